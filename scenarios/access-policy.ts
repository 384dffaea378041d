/**
 * The access policy that every judging road enforces: who may call which method of the payments service. Pairs that are
 * not named are refused, so IssueRefund, which nobody is given, is the probe for refusal.
 */
import { PAYMENTS_METHODS, type PaymentsMethod } from "../proto/payments.js";
import type { CallerName } from "../loadgen/load-plan.js";
import type { AccessPolicy, Road } from "./scenario.js";

export const PAYMENTS_ACCESS: AccessPolicy = {
  rules: [
    { caller: "api-gateway", methods: ["ProcessPayment", "GetPaymentStatus"] },
    { caller: "finance-batch-job", methods: ["GenerateFinancialReport"] },
  ],
  fillerRules: 0,
};

/** The method that no rule of PAYMENTS_ACCESS allows to anyone. */
export const REFUSED_METHOD: PaymentsMethod = "IssueRefund";

export function isAllowed(access: AccessPolicy, caller: CallerName, method: string): boolean {
  return access.rules.some((rule) => rule.caller === caller && rule.methods.some((allowed) => allowed === method));
}

/** The access policy that a road enforces, in Envoy or in the kernel; null: methods are not judged. */
export function accessOf({ proxy, kernel }: Road): AccessPolicy | null {
  if (kernel !== undefined) return kernel.action === "observe" ? null : kernel.access;
  return proxy.kind === "http" ? proxy.access : null;
}

/** The methods that no rule allows to any caller, in the order of the service. */
export function methodsAllowedToNobody(access: AccessPolicy): readonly PaymentsMethod[] {
  return PAYMENTS_METHODS.filter((method) => !access.rules.some((rule) => rule.methods.includes(method)));
}

/** Names no method has, one for each rule that is there only to be looked at and passed over. */
export function fillerMethods(access: AccessPolicy): readonly string[] {
  return Array.from({ length: access.fillerRules }, (_, index) => `Filler${String(index + 1).padStart(4, "0")}`);
}
