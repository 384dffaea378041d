/**
 * Requests of the payments service as real callers make them: keys, accounts and references of the usual lengths. Seeded,
 * so that both sides of a comparison send the same bytes, and free of the wall clock.
 */
import { resourcePath } from "../proto/package-root.js";
import { paymentsPath, type PaymentsMethod } from "../proto/payments.js";
import { findMethod, loadProto, type ProtoMethod } from "./protobuf.js";
import { randomStream, type RandomStream } from "./random.js";

/** `count` requests of one method, encoded: 90 to 130 bytes for a payment, 22 for a status query. */
export function paymentsRequests(method: PaymentsMethod, count: number, seed: number): Buffer[] {
  const { requestSerialize } = protoMethod(method);
  const random = randomStream(seed);
  return Array.from({ length: count }, () => requestSerialize(REQUESTS[method](random)));
}

const REQUESTS: Readonly<Record<PaymentsMethod, (random: RandomStream) => object>> = {
  ProcessPayment: (random) => ({
    idempotency_key: uuid(random),
    payer_account: iban(random),
    payee_account: iban(random),
    amount: money(random),
    reference: `INV-${digits(random, 4)}-${digits(random, 6)}${random.uniform() < 0.3 ? ` / order ${digits(random, 8)}` : ""}`,
  }),
  GetPaymentStatus: (random) => ({ payment_id: paymentId(random) }),
  IssueRefund: (random) => ({
    idempotency_key: uuid(random),
    payment_id: paymentId(random),
    amount: money(random),
    reason: pick(random, ["customer request", "duplicate charge", "goods not delivered", "fraud suspected"]),
  }),
  GenerateFinancialReport: (random) => {
    const from = FIRST_DAY_MS + random.integer(700) * DAY_MS;
    return {
      period: { from_unix_ms: from, to_unix_ms: from + (1 + random.integer(90)) * DAY_MS },
      account: iban(random),
      currency: currency(random),
    };
  },
};

const DAY_MS = 86_400_000;
/** 2024-01-01, UTC. */
const FIRST_DAY_MS = 1_704_067_200_000;

const methods = new Map<PaymentsMethod, ProtoMethod>();

/** Parsing a proto file takes some 30 ms: once per process, not once per trial. */
function protoMethod(name: PaymentsMethod): ProtoMethod {
  let method = methods.get(name);
  if (method === undefined) {
    method = findMethod(loadProto(resourcePath("proto/payments.proto")), paymentsPath(name));
    methods.set(name, method);
  }
  return method;
}

/** Log-normal, half of them below 49.99: small amounts are common, large ones exist. */
function money(random: RandomStream): object {
  return { minor_units: Math.ceil(random.lognormal(4_999, 1.2)), currency: currency(random) };
}

function currency(random: RandomStream): string {
  return pick(random, ["EUR", "EUR", "EUR", "USD", "GBP", "CHF"]);
}

function iban(random: RandomStream): string {
  return `DE${digits(random, 20)}`;
}

function paymentId(random: RandomStream): string {
  return `pay_${hex(random, 16)}`;
}

function uuid(random: RandomStream): string {
  return [8, 4, 4, 4, 12].map((length) => hex(random, length)).join("-");
}

function hex(random: RandomStream, length: number): string {
  return Array.from({ length }, () => random.integer(16).toString(16)).join("");
}

function digits(random: RandomStream, length: number): string {
  return Array.from({ length }, () => random.integer(10)).join("");
}

function pick<T>(random: RandomStream, all: readonly T[]): T {
  return all[random.integer(all.length)] as T;
}
