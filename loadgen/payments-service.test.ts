import { describe, expect, test } from "vitest";
import { resourcePath } from "../proto/package-root.js";
import { PAYMENTS_METHODS, paymentsPath, type PaymentsMethod } from "../proto/payments.js";
import type { DueQueueWorld } from "./due-queue.js";
import { HealthService } from "./health-service.js";
import { withInjections, type InjectionWorld } from "./injections.js";
import { createPaymentsService } from "./payments-service.js";
import { findMethod, loadProto } from "./protobuf.js";
import { DEFAULT_SERVICE, type Effect, type Injection, type PaymentsServiceOptions } from "./server-protocol.js";
import { okAnswer, type Outcome, type UnaryMethod, type UnaryService } from "./unary-service.js";
import { ms, ns, us } from "./units.js";

const services = loadProto(resourcePath("proto/payments.proto"));

/** A service whose waiting is played: what is due later is kept. */
class Scene {
  at = 0;
  readonly later: Outcome[] = [];
  private turns: (() => void)[] = [];
  readonly service: UnaryService;

  constructor(options: Partial<PaymentsServiceOptions> = {}) {
    const world: DueQueueWorld = {
      // Busy waiting reads the clock until its time has come.
      clock: () => ns((this.at += 1_000)),
      setImmediate: (turn) => this.turns.push(turn),
      setTimeout: (turn) => (this.turns.push(turn), () => undefined),
    };
    this.service = createPaymentsService({ ...DEFAULT_SERVICE, ...options }, world);
  }

  call(name: PaymentsMethod, request: object = {}): Outcome | null {
    const { requestSerialize } = findMethod(services, paymentsPath(name));
    return this.callRaw(name, requestSerialize(request));
  }

  callRaw(name: PaymentsMethod, message: Buffer): Outcome | null {
    const method = this.service.methods.get(paymentsPath(name))!;
    const padded = Buffer.concat([Buffer.from("before"), message, Buffer.from("behind")]);
    const defer = () => (outcome: Outcome) => void this.later.push(outcome);
    return method.handle(padded, 6, 6 + message.length, { defer });
  }

  answer(name: PaymentsMethod, request: object = {}): Record<string, unknown> {
    return messageOf(name, this.call(name, request));
  }

  /** Turns the loop until nothing waits. */
  turn(): void {
    while (this.turns.length > 0) for (const turn of this.turns.splice(0)) turn();
  }
}

function messageOf(name: PaymentsMethod, outcome: Outcome | null): Record<string, unknown> {
  if (outcome?.kind !== "answer" || outcome.status !== 0) throw new Error(`no answer: ${JSON.stringify(outcome)}`);
  return findMethod(services, paymentsPath(name)).responseDeserialize(outcome.message) as Record<string, unknown>;
}

describe("answers", () => {
  test("are messages of payments.proto that fit the request", () => {
    const scene = new Scene();
    expect(scene.answer("ProcessPayment")).toMatchObject({
      payment_id: expect.stringMatching(/^pay_[0-9a-f]{16}$/),
      status: "PAYMENT_STATUS_SETTLED",
    });
    expect(scene.answer("GetPaymentStatus", { payment_id: "pay_42" })).toMatchObject({
      payment_id: "pay_42",
      status: "PAYMENT_STATUS_SETTLED",
      amount: { currency: "EUR" },
    });
    expect(scene.answer("IssueRefund")).toMatchObject({
      refund_id: expect.stringMatching(/^ref_/),
      status: "PAYMENT_STATUS_REFUNDED",
    });
    const period = { from_unix_ms: "1704067200000", to_unix_ms: "1706745600000" };
    const report = scene.answer("GenerateFinancialReport", { period });
    expect(report).toMatchObject({ period, report_id: expect.stringMatching(/^rep_/) });
    expect((report["lines"] as unknown[]).length).toBeGreaterThan(100);
  });

  test("differ from call to call, and are the same again from the same seed", () => {
    const ids = (seed: number) => {
      const scene = new Scene({ seed });
      return Array.from({ length: 20 }, () => scene.answer("ProcessPayment")["payment_id"]);
    };
    expect(new Set(ids(1)).size).toBe(20);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(2)).not.toEqual(ids(1));
  });

  test("of reports have the sizes that were asked for", () => {
    const sizesOf = (options: Partial<PaymentsServiceOptions>) => {
      const scene = new Scene(options);
      return Array.from({ length: 200 }, () => {
        const outcome = scene.call("GenerateFinancialReport");
        return outcome?.kind === "answer" ? outcome.message.length : 0;
      });
    };
    const usual = sizesOf({});
    expect(Math.min(...usual)).toBeGreaterThan(16_000);
    expect(Math.max(...usual)).toBeLessThan(67_000);
    expect(Math.max(...usual)).toBeGreaterThan(2 * Math.min(...usual));
    const fixed = sizesOf({ reportBytes: { min: 4_000, max: 4_000 } });
    expect(Math.min(...fixed)).toBeGreaterThan(3_800);
    expect(Math.max(...fixed)).toBeLessThan(4_200);
  });

  test("to a request that is no message, or repeats what no identifier can be", () => {
    const scene = new Scene();
    expect(scene.callRaw("GetPaymentStatus", Buffer.from([0x0a, 200]))).toMatchObject({ status: 3 });
    expect(scene.answer("GetPaymentStatus", { payment_id: "x".repeat(1_000) })["payment_id"]).toBe("");
    expect(scene.answer("GetPaymentStatus")["payment_id"]).toBe("");
  });

  test("given out before do not change", () => {
    const scene = new Scene();
    const first = scene.call("GetPaymentStatus", { payment_id: "pay_1" });
    for (let i = 0; i < 1_000; i++) scene.call("GetPaymentStatus", { payment_id: `pay_${i}` });
    expect(messageOf("GetPaymentStatus", first)["payment_id"]).toBe("pay_1");
  });
});

describe("service time", () => {
  test("idle: answers come when their time is over, and others are served meanwhile", () => {
    const scene = new Scene({ serviceTime: { kind: "fixed", ns: us(200) } });
    expect(scene.call("ProcessPayment")).toBeNull();
    expect(scene.call("ProcessPayment")).toBeNull();
    expect(scene.later).toEqual([]);
    const before = scene.at;
    scene.turn();
    expect(scene.later).toHaveLength(2);
    expect(scene.at - before).toBeGreaterThan(190_000);
  });

  test("busy: the call itself takes its time", () => {
    const scene = new Scene({ serviceTime: { kind: "fixed", ns: us(200) }, waiting: "busy" });
    const before = scene.at;
    expect(scene.call("ProcessPayment")).not.toBeNull();
    expect(scene.at - before).toBeGreaterThanOrEqual(us(200));
  });

  test("is drawn from its distribution, the same from the same seed", () => {
    const timesOf = (serviceTime: PaymentsServiceOptions["serviceTime"]) => {
      const scene = new Scene({ serviceTime, waiting: "busy" });
      return Array.from({ length: 2_000 }, () => {
        const before = scene.at;
        scene.call("IssueRefund");
        return scene.at - before;
      }).sort((a, b) => a - b);
    };
    const exponential = timesOf({ kind: "exponential", meanNs: ms(1) });
    expect(exponential.reduce((sum, time) => sum + time, 0) / 2_000).toBeGreaterThan(900_000);
    expect(exponential.reduce((sum, time) => sum + time, 0) / 2_000).toBeLessThan(1_100_000);
    const lognormal = timesOf({ kind: "lognormal", medianNs: ms(1), sigma: 0.5 });
    expect(lognormal[1_000]).toBeGreaterThan(950_000);
    expect(lognormal[1_000]).toBeLessThan(1_050_000);
    expect(lognormal[1_682]! / lognormal[1_000]!).toBeGreaterThan(1.5);
    expect(timesOf({ kind: "exponential", meanNs: ms(1) })).toEqual(exponential);
  });
});

describe("injections", () => {
  const injection = (effect: Effect, changes: Partial<Injection> = {}): Injection => ({
    method: null,
    from: 0,
    every: 1,
    times: null,
    effect,
    ...changes,
  });
  const failing: Effect = { kind: "status", status: 14, detail: "on demand" };

  test("hit the calls they are meant for", () => {
    const hitsOf = (changes: Partial<Injection>) => {
      const scene = new Scene({ injections: [injection(failing, changes)] });
      return Array.from({ length: 12 }, (_, i) => i).filter(() => {
        const outcome = scene.call("ProcessPayment");
        return outcome?.kind === "answer" && outcome.status === 14;
      });
    };
    expect(hitsOf({})).toHaveLength(12);
    expect(hitsOf({ from: 2, every: 3 })).toEqual([2, 5, 8, 11]);
    expect(hitsOf({ from: 5, times: 1 })).toEqual([5]);
    expect(hitsOf({ every: 4, times: 2 })).toEqual([0, 4]);
    expect(hitsOf({ method: "IssueRefund" })).toEqual([]);
    expect(hitsOf({ method: "ProcessPayment", from: 11 })).toEqual([11]);
  });

  test("may break the protocol, each in its way", () => {
    const breakages: Effect[] = [
      { kind: "reset", code: 2 },
      { kind: "garbage" },
      { kind: "disconnect" },
      { kind: "silence" },
    ];
    for (const effect of breakages) {
      expect(new Scene({ injections: [injection(effect)] }).call("ProcessPayment")).toEqual(effect);
    }
  });

  test("delay one call and let the others pass", () => {
    const scene = new Scene({ injections: [injection({ kind: "delay", ns: ms(5) }, { times: 1 })] });
    expect(scene.call("ProcessPayment")).toBeNull();
    expect(scene.call("ProcessPayment")).not.toBeNull();
    scene.turn();
    expect(scene.later).toHaveLength(1);
    expect(scene.at).toBeGreaterThan(5_000_000);
  });

  test("stand still as a whole", () => {
    const stops: number[] = [];
    const world = { standStill: (time: number) => stops.push(time) } as unknown as InjectionWorld;
    const plain: UnaryMethod = { name: "A", handle: () => okAnswer(Buffer.alloc(0)) };
    const method = withInjections(plain, [injection({ kind: "stall", ns: ms(1_000) }, { from: 1, times: 1 })], world);
    const call = { defer: () => () => undefined };
    for (let i = 0; i < 3; i++) expect(method.handle(Buffer.alloc(0), 0, 0, call)).toMatchObject({ status: 0 });
    expect(stops).toEqual([ms(1_000)]);
  });

  test("that are not there cost nothing: the method is the same", () => {
    const plain: UnaryMethod = { name: "A", handle: () => okAnswer(Buffer.alloc(0)) };
    expect(withInjections(plain, [injection(failing, { method: "B" })], {} as InjectionWorld)).toBe(plain);
  });
});

test("every method of the proto is served", () => {
  expect([...new Scene().service.methods.keys()]).toEqual(PAYMENTS_METHODS.map(paymentsPath));
});

test("health is serving until it is stopped, for the service and the server as a whole", () => {
  const health = new HealthService("payments.Payments");
  const check = (name: string) => {
    const request =
      name === "" ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]);
    const method = health.methods.get("/grpc.health.v1.Health/Check")!;
    return method.handle(request, 0, request.length, { defer: () => () => undefined });
  };
  expect(check("")).toMatchObject({ status: 0, message: Buffer.from([8, 1]) });
  expect(check("payments.Payments")).toMatchObject({ status: 0, message: Buffer.from([8, 1]) });
  expect(check("other")).toMatchObject({ status: 5 });
  health.stop();
  expect(check("")).toMatchObject({ status: 0, message: Buffer.from([8, 2]) });
});
