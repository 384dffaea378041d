import { describe, expect, test } from "vitest";
import { PAYMENTS_METHODS, paymentsPath } from "../proto/payments.js";
import { resourcePath } from "../proto/package-root.js";
import type { CallShare } from "./load-plan.js";
import { PayloadPool } from "./payload-pool.js";
import { findMethod, loadProto } from "./protobuf.js";
import { ms } from "./units.js";

const shareOf = (method: string): CallShare => ({
  method,
  path: `/payments.Payments/${method}`,
  weight: 1,
  caller: "anyone",
  payload: { kind: "payments" },
});
const take = (pool: PayloadPool, count: number): Buffer[] => Array.from({ length: count }, () => pool.next().message);

describe("the pool of a payments method", () => {
  test("is the same for the same seed, in every process", () => {
    const pools = [3, 3, 4].map((seed) => new PayloadPool(shareOf("ProcessPayment"), { seed, timeoutNs: null }));
    const [one, same, other] = pools.map((pool) => take(pool, 20));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test.each(PAYMENTS_METHODS)("holds requests of realistic size that the proto file understands: %s", (method) => {
    const { requestDeserialize } = findMethod(loadProto(resourcePath("proto/payments.proto")), paymentsPath(method));
    const messages = take(new PayloadPool(shareOf(method), { seed: 1, timeoutNs: null }), 64);
    const [least, most] = SIZES[method];
    for (const message of messages) {
      expect(message.length).toBeGreaterThanOrEqual(least);
      expect(message.length).toBeLessThanOrEqual(most);
      expect(Object.values(requestDeserialize(message)).every((field) => field !== "" && field !== null)).toBe(true);
    }
    expect(new Set(messages.map((message) => message.toString("hex"))).size).toBe(64);
  });

  const SIZES = {
    ProcessPayment: [100, 160],
    GetPaymentStatus: [22, 22],
    IssueRefund: [70, 110],
    GenerateFinancialReport: [30, 60],
  } as const;

  test("refuses a method that is none of theirs", () => {
    expect(() => new PayloadPool(shareOf("Transfer"), { seed: 1, timeoutNs: null })).toThrow("no seeded payload");
  });
});

describe("a fixed payload", () => {
  const fixed = (messages: string[]): CallShare => ({ ...shareOf("Any"), payload: { kind: "fixed", messages } });

  test("is taken in turn, with the plan's deadline", () => {
    const pool = new PayloadPool(fixed(["AA==", "AQ=="]), { seed: 1, timeoutNs: ms(5) });
    expect(take(pool, 3).map((message) => message[0])).toEqual([0, 1, 0]);
    expect(pool.next().timeoutNs).toBe(5e6);
  });

  test("must be there", () => {
    expect(() => new PayloadPool(fixed([]), { seed: 1, timeoutNs: null })).toThrow("no message to send");
  });
});
