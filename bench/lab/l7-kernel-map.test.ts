import { describe, expect, test } from "vitest";
import { PAYMENTS_METHODS, paymentsPath, type PaymentsMethod } from "../../proto/payments.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { AccessPolicy, Scenario } from "../../scenarios/scenario.js";
import { planRoads, type RoadPlan } from "./address-plan.js";
import { kernelCountersOf, l7CountersOf, l7KernelBatch } from "./l7-kernel-map.js";
import { l7KernelObstacle, refusalText } from "./l7-kernel-program.js";
import { poisonOf } from "./path-poison.js";
import { Fault } from "../../loadgen/fault.js";

const kernel = scenarioByName("l7-kernel");

function withAccess(access: AccessPolicy): Scenario {
  return { ...kernel, road: { ...kernel.road, kernel: { access, action: "drop" } } };
}

const entriesOf = (map: string, batch: string): string[] =>
  batch.split("\n").filter((line) => line.includes(`/${map} `));

describe("the maps of l7-kernel", () => {
  test("hold both forms of every method's path, a rule for every allowed pair, and nothing of other roads", () => {
    const batch = l7KernelBatch(planRoads([scenarioByName("l4"), kernel]));
    expect(entriesOf("tg_l7_method", batch)).toHaveLength(2 * PAYMENTS_METHODS.length);
    // Road 1 has the identities 258 and 259; methods count from 2.
    expect(entriesOf("tg_l7_rule", batch).map((line) => /key hex (.*) value/.exec(line)?.[1])).toEqual([
      "02 01 00 00 02 00 00 00",
      "02 01 00 00 03 00 00 00",
      "03 01 00 00 05 00 00 00",
    ]);
    expect(entriesOf("tg_l7_action", batch).map((line) => line.slice(-11))).toEqual(["01 00 00 00", "01 00 00 00"]);
  });

  test("refuse a method that the service does not have", () => {
    const rules = [{ caller: "api-gateway" as const, methods: ["ProcesPayment" as PaymentsMethod] }];
    expect(() => l7KernelBatch(planRoads([withAccess({ rules, fillerRules: 0 })]))).toThrow(/"ProcesPayment"/);
  });

  test("refuse more methods than they hold", () => {
    expect(() => l7KernelBatch(planRoads([withAccess({ rules: [], fillerRules: 200 })]))).toThrow(/too small/);
  });

  test("are read per road: hits by method, and what could not be judged", () => {
    const [, road] = planRoads([scenarioByName("l4"), kernel]) as [RoadPlan, RoadPlan];
    const printed = (hex: string): string[] => hex.split(" ").map((byte) => `0x${byte}`);
    const u64 = (value: number): string => `${value.toString(16).padStart(2, "0")} 00 00 00 00 00 00 00`;
    const rules = [
      { key: printed("02 01 00 00 02 00 00 00"), value: printed(u64(5)) },
      { key: printed("00 01 00 00 02 00 00 00"), value: printed(u64(9)) },
    ];
    const perCpu = (unjudged: number) => ({
      value: printed([7, 5, 1, unjudged, 0, 2, ...Array<number>(15).fill(0)].map(u64).join(" ")),
    });
    const counts = [{ key: printed("02 01 00 00"), values: [perCpu(3), perCpu(4)] }];
    expect(kernelCountersOf(road, rules, counts)).toEqual({
      hits: { ProcessPayment: 5 },
      denied: 2,
      unjudged: 7,
      outOfOrder: 0,
      retransmitted: 4,
    });
    expect(l7CountersOf(road, counts)).toMatchObject({ packets: 14, allowed: 10 });
  });
});

test.each(PAYMENTS_METHODS)("%s has a path of the same length on the wire that no server knows", (method) => {
  const path = paymentsPath(method);
  const poisoned = poisonOf(path);
  expect(poisoned).toHaveLength(path.length);
  expect(PAYMENTS_METHODS.map(paymentsPath)).not.toContain(poisoned);
});

describe("what keeps the road from standing", () => {
  test("is a kernel without bpf_loop", () => {
    expect(l7KernelObstacle([{ scenario: kernel }], "5.15.0-91-generic")).toMatch(/no bpf_loop, which came with 5.17/);
    expect(l7KernelObstacle([{ scenario: kernel }], "5.17.0")).toBeNull();
  });

  test("is TLS", () => {
    const overTls: Scenario = { ...kernel, road: { ...kernel.road, tls: "end-to-end" } };
    expect(l7KernelObstacle([{ scenario: overTls }], "6.1.0")).toMatch(/no HTTP\/2 on the wire/);
  });

  test("is a verifier, whose last lines are shown with what to report", () => {
    const log = [
      "ended with exit code 255: libbpf: prog 'tg_l7_ingress': BPF program load failed: Permission denied",
      "libbpf: prog 'tg_l7_ingress': -- BEGIN PROG LOAD LOG --",
      "0: R1=ctx()",
      "R4 min value is negative",
      "processed 4711 insns (limit 1000000)",
      "-- END PROG LOAD LOG --",
      "libbpf: failed to load object 'l7-kernel.bpf.o'",
      "Error: failed to load object file",
      "Warning: bpftool is now running in libbpf strict mode",
    ];
    const reason = refusalText(new Fault({ fact: "bpftool failed", seen: log.join("\n") }));
    expect(reason).toMatch(
      /verifier refuses.*R4 min value is negative \| processed 4711 insns \(limit 1000000\) \(.*uname -r/,
    );
    expect(reason).not.toMatch(/libbpf|strict mode/);
  });

  test("is anything else, in its own words", () => {
    const fault = new Fault({
      fact: "bpftool failed",
      expected: "success of: bpftool",
      seen: "Operation not permitted",
    });
    expect(refusalText(fault)).toBe("bpftool failed; success of: bpftool; Operation not permitted");
  });
});
