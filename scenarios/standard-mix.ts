/**
 * The two loads every run puts on a road (METHOD §2.8): the standard mix of the three allowed methods, and
 * ProcessPayment alone for the pass at 1 in flight. Refused calls are never part of a mix (METHOD §2.7).
 */
import { paymentsPath, type PaymentsMethod } from "../proto/payments.js";
import type { CallerName, CallShare } from "../loadgen/load-plan.js";

/** Weights in percent of all calls. */
export const STANDARD_MIX: readonly CallShare[] = [
  share("ProcessPayment", 60, "api-gateway"),
  share("GetPaymentStatus", 38, "api-gateway"),
  share("GenerateFinancialReport", 2, "finance-batch-job"),
];

export const HEADLINE_METHOD: PaymentsMethod = "ProcessPayment";

/** The mix of the pass at 1 in flight. */
export const HEADLINE_MIX: readonly CallShare[] = [share(HEADLINE_METHOD, 100, "api-gateway")];

/** One payments method's share of the calls, with payloads from the seeded pool. */
export function share(method: PaymentsMethod, weight: number, caller: CallerName): CallShare {
  return { method, path: paymentsPath(method), weight, caller, payload: { kind: "payments" } };
}
