import { describe, expect, test } from "vitest";
import type { Measurement } from "../../loadgen/measurement.js";
import type { CpuWindow } from "../cpu-window.js";
import type { Trial, TrialOutcome, VerdictReason } from "../trial.js";
import { capacityRun } from "./capacity-run.test-helper.js";
import { judgePoint, pointDoubts } from "./point.js";

const ASKED = { slo: { quantile: 0.99, limitNs: 10e6 }, failureBudget: 0.001 };
const RUN = capacityRun({ shares: [0.5, 1.2] });

type Measured = Extract<TrialOutcome, { state: "measured" }>;

/** The l7 road's trial at half of what it can carry, changed. */
function trial(
  change: (outcome: Measured) => Partial<Measured> = () => ({}),
  share: "half" | "too much" = "half",
): Trial {
  const found = RUN.trials.find(({ scenario, block }) => scenario === "l7" && block === (share === "half" ? 0 : 1));
  if (found?.outcome.state !== "measured") throw new Error("a synthetic trial is measured");
  return { ...found, outcome: { ...found.outcome, ...change(found.outcome) } };
}

const withMeasurement = (change: (measurement: Measurement) => Partial<Measurement>) => (outcome: Measured) => ({
  measurement: { ...outcome.measurement, ...change(outcome.measurement) },
});

const withBooks = (change: Partial<Measurement["books"]>) =>
  withMeasurement(({ books }) => ({ books: { ...books, ...change } }));

const withReason = (rule: string) => (outcome: Measured) => {
  const reason: VerdictReason = { state: "INVALID", rule, text: `broken: ${rule}` };
  return { ...outcome, verdict: { state: "INVALID" as const, reasons: [reason] } };
};

/** CPU of one second on two cores, the generator on one of them. */
function cpu(
  ns: { generator: number; server: number; envoy?: number; busiestEnvoy?: number; unknown?: number },
  cpus = 2,
): CpuWindow {
  const process = (role: "generator" | "server" | "envoy", cpuNs: number, busiestThreadNs = cpuNs) => ({
    ...{ role, name: role, pid: 1, cpuNs, userNs: cpuNs, systemNs: 0, busiestThreadNs },
  });
  const busy = ns.generator + ns.server + (ns.envoy ?? 0) + (ns.unknown ?? 0);
  return {
    durationNs: 1e9,
    cpus,
    node: { userNs: busy, systemNs: 0, softirqNs: 0, irqNs: 0, stealNs: 0, idleNs: cpus * 1e9 - busy, stealTicks: 0 },
    processes: [
      process("generator", ns.generator),
      process("server", ns.server),
      ...(ns.envoy === undefined ? [] : [process("envoy", ns.envoy, ns.busiestEnvoy)]),
    ],
  };
}

const busyGenerator = (busyShare: number) => (measurement: Measurement) => ({
  health: { ...measurement.health, busyShare },
});

describe("a point is met", () => {
  test("when the quantile, the failures and the sent calls all keep to the SLO", () => {
    expect(judgePoint(trial(), ASKED)).toMatchObject({
      road: "l7",
      rate: 1_645,
      outcome: "met",
      limit: null,
      because: [],
    });
  });

  test("although a call failed, within the budget, which voids a trial of a comparison", () => {
    const forgiven = trial((outcome) => ({
      ...withReason("status")(outcome),
      ...withBooks({ failed: { UNAVAILABLE: 1 } })(outcome),
    }));
    expect(judgePoint(forgiven, ASKED)).toMatchObject({ outcome: "met", verdict: "INVALID" });
  });

  test("although calls left late, since the SLO was kept with our own delay in it", () => {
    expect(judgePoint(trial(withReason("lateness")), ASKED).outcome).toBe("met");
  });
});

describe("a point is missed", () => {
  test("by its latency", () => {
    const { outcome, because } = judgePoint(
      trial(() => ({}), "too much"),
      ASKED,
    );
    expect(outcome).toBe("missed");
    expect(because[0]).toMatch(/^response p99 was \d+ ms$/);
  });

  test("by calls that failed or got no answer", () => {
    const { sent } = (trial().outcome as Measured).measurement.books;
    const failing = trial(withBooks({ failed: { DEADLINE_EXCEEDED: Math.ceil(sent * 0.001) }, inFlightAtEnd: 1 }));
    expect(judgePoint(failing, ASKED)).toMatchObject({ outcome: "missed", limit: "server-limited" });
    expect(judgePoint(failing, { ...ASKED, failureBudget: 0.01 }).outcome).toBe("met");
  });

  test("by calls that were not sent", () => {
    const { sent } = (trial().outcome as Measured).measurement.books;
    const unsent = judgePoint(trial(withBooks({ scheduled: Math.ceil(sent / 0.99) })), ASKED);
    expect(unsent.outcome).toBe("missed");
    expect(unsent.because[0]).toBe("99 % of the scheduled calls were sent");
  });
});

describe("a point is void", () => {
  test.each(["path", "books", "policy", "clock", "throttled", "start"])("when the rule %s is broken", (rule) => {
    expect(judgePoint(trial(withReason(rule)), ASKED)).toMatchObject({
      outcome: "void",
      measured: null,
      because: [`broken: ${rule}`],
    });
  });

  test("when its trial failed, or sent nothing", () => {
    const failed: Trial = { ...trial(), outcome: { state: "failed", stage: "load", message: "Envoy died\nand rose" } };
    expect(judgePoint(failed, ASKED)).toMatchObject({ outcome: "void", because: ["Envoy died"], verdict: "FAILED" });
    expect(judgePoint(trial(withBooks({ sent: 0 })), ASKED).outcome).toBe("void");
  });
});

test("a point with fewer than ten calls beyond the quantile is neither met nor missed", () => {
  const point = judgePoint(trial(), { ...ASKED, slo: { quantile: 0.999, limitNs: 100e6 } });
  expect(point).toMatchObject({ outcome: "too few calls", limit: null });
  expect(point.because[0]).toMatch(/calls are too few for a p99.9/);
});

describe("what stood in the way", () => {
  const missed = (window: CpuWindow, change: (measurement: Measurement) => Partial<Measurement> = () => ({})) =>
    judgePoint(
      trial((outcome) => ({ ...withMeasurement(change)(outcome), cpu: window }), "too much"),
      ASKED,
    );

  test("is the road's own queue when no core was full", () => {
    const point = missed(cpu({ generator: 0.4e9, server: 0.2e9, envoy: 0.5e9 }));
    expect(point).toMatchObject({ limit: "slo-limited", isCertain: false });
  });

  test("is Envoy when one of its workers fills a core, though other cores idle", () => {
    const point = missed(cpu({ generator: 0.4e9, server: 0.2e9, envoy: 1.5e9, busiestEnvoy: 0.97e9 }, 8));
    expect(point).toMatchObject({ limit: "proxy-limited", isCertain: true });
    expect(point.because.at(-1)).toBe("a worker of Envoy filled 97 % of a core");
  });

  test("is the server when it fills its core", () => {
    expect(missed(cpu({ generator: 0.4e9, server: 0.94e9 }))).toMatchObject({
      limit: "server-limited",
      isCertain: true,
    });
  });

  test("is the machine when Envoy and server share the one core that is left, and it is full", () => {
    const point = missed(cpu({ generator: 0.4e9, server: 0.2e9, envoy: 0.75e9, unknown: 0.03e9 }));
    expect(point).toMatchObject({ limit: "machine-limited", isCertain: true });
    expect(point.because.at(-1)).toBe(
      "the one core left for the road was full, shared by Envoy 75 %, the server 20 %, work of no process we know 3 %",
    );
  });

  test("is the machine when the generator's core and the road's are full together", () => {
    const point = missed(cpu({ generator: 1e9, server: 0.97e9 }), busyGenerator(0.9));
    expect(point).toMatchObject({ limit: "machine-limited", isCertain: true });
  });

  test("is looked at again when somebody else's work filled the core", () => {
    const point = missed(cpu({ generator: 0.4e9, server: 0.2e9, envoy: 0.4e9, unknown: 0.38e9 }));
    expect(point).toMatchObject({ limit: "machine-limited", isCertain: false });
    expect(point.because.at(-1)).toBe(
      "the machine was full of other work: 0.4 cores of it belonged to no process we know",
    );
    expect(pointDoubts(point).join()).toContain("work of no process we know took 38 % of the road's cores");
  });

  test("is our generator when its core is full and the road's is not", () => {
    const point = missed(cpu({ generator: 1e9, server: 0.5e9 }), busyGenerator(0.92));
    expect(point).toMatchObject({ limit: "generator-limited", isCertain: true });
  });

  test("is our generator when calls kept to the SLO once they were sent", () => {
    const point = missed(cpu({ generator: 0.4e9, server: 0.2e9 }), ({ series }) => ({
      series: series.map((one) =>
        one.quantity === "service"
          ? { ...one, histogram: series.find(({ quantity }) => quantity === "lateness")!.histogram }
          : one,
      ),
    }));
    expect(point).toMatchObject({ limit: "generator-limited", isCertain: false });
  });

  test("is our generator when the trial's verdict says that it fell behind", () => {
    const late = trial(
      (outcome) => ({ ...withReason("lateness")(outcome), cpu: cpu({ generator: 0.4e9, server: 0.2e9 }) }),
      "too much",
    );
    expect(judgePoint(late, ASKED).limit).toBe("generator-limited");
  });

  test("is judged by the whole process where a record has no threads", () => {
    const window = cpu({ generator: 0.4e9, server: 0.2e9, envoy: 0.95e9 }, 4);
    const older = { ...window, processes: window.processes.map(({ busiestThreadNs: _, ...process }) => process) };
    expect(missed(older).limit).toBe("proxy-limited");
  });
});

describe("Little's law", () => {
  const inFlight = (count: number) =>
    judgePoint(
      trial(
        withMeasurement(({ intervals }) => ({ intervals: intervals.map((line) => ({ ...line, inFlight: count })) })),
      ),
      ASKED,
    );

  test("holds when as many calls are in flight as rate and time say", () => {
    const { computed } = judgePoint(trial(), ASKED).measured!.little!;
    expect(computed).toBeGreaterThan(0.5);
    expect(inFlight(Math.round(computed)).measured?.little?.agrees).toBe(true);
  });

  test("is doubted, with both figures, when the counters disagree", () => {
    const point = inFlight(40);
    expect(point.measured?.little?.agrees).toBe(false);
    expect(pointDoubts(point)[0]).toMatch(
      /^Little's law does not hold: in flight: 40 counted, \d\.\d+ by Little's law$/,
    );
  });

  test("is not asked of a window with few samples", () => {
    const few = trial(withMeasurement(({ intervals }) => ({ intervals: intervals.slice(0, 5) })));
    expect(judgePoint(few, ASKED).measured?.little).toBeNull();
  });
});
