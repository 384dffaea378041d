import { describe, expect, test } from "vitest";
import type { GrpcStatusName } from "../loadgen/grpc/status.js";
import type { Measurement, Quantity } from "../loadgen/measurement.js";
import { ms, ns } from "../loadgen/units.js";
import type { CpuWindow } from "./cpu-window.js";
import { SparseHistogram } from "./sparse-histogram.js";
import { syntheticRun } from "./synthetic-run.js";
import type { TrialEvidence } from "./trial-evidence.js";
import type { MeasuredTrial } from "./trial-metrics.js";
import type { PathProof } from "./trial.js";
import { judgeTrial } from "./verdict.js";

const CALLS = 20_000;
const open = evidenceOf("mix");
const closed = evidenceOf("single");
const refused = evidenceOf("refused");

function evidenceOf(pass: "single" | "mix" | "refused"): TrialEvidence {
  const run = syntheticRun({ blocks: 1, scenarios: ["l7"], passes: [pass], callsPerTrial: CALLS });
  const trial = run.trials[0] as MeasuredTrial;
  const { measurement, cpu, path } = trial.outcome;
  const ending: GrpcStatusName = pass === "refused" ? "PERMISSION_DENIED" : "OK";
  const expectedStatuses = new Map(trial.plan.mix.map((share) => [share.method, ending]));
  return { plan: trial.plan, measurement, cpu, proof: path.proof, expectedStatuses };
}

/** The rules a trial broke, with the state each gives. */
function broken(evidence: TrialEvidence): string[] {
  return judgeTrial(evidence).reasons.map((reason) => `${reason.state} ${reason.rule}`);
}

function withMeasurement(evidence: TrialEvidence, change: Partial<Measurement>): TrialEvidence {
  return { ...evidence, measurement: { ...evidence.measurement, ...change } };
}

const withBooks = (evidence: TrialEvidence, change: Partial<Measurement["books"]>): TrialEvidence =>
  withMeasurement(evidence, { books: { ...evidence.measurement.books, ...change } });

const withHealth = (evidence: TrialEvidence, change: Partial<Measurement["health"]>): TrialEvidence =>
  withMeasurement(evidence, { health: { ...evidence.measurement.health, ...change } });

const withProof = (proof: Partial<PathProof>): TrialEvidence => ({
  ...open,
  proof: { level: "exact", evidence: [], contradictions: [], doubts: [], ...proof },
});

/** Every call of that series takes the same time. */
function withSeries(
  evidence: TrialEvidence,
  constants: readonly [method: string, quantity: Quantity, valueNs: number][],
): TrialEvidence {
  const series = evidence.measurement.series.map((one) => {
    const constant = constants.find(([method, quantity]) => method === one.method && quantity === one.quantity);
    if (constant === undefined) return one;
    const values = new Array<number>(one.histogram.count).fill(constant[2]);
    return { ...one, histogram: SparseHistogram.of(values).encode() };
  });
  return withMeasurement(evidence, { series });
}

describe("a trial as it should be", () => {
  test("is VALID without a reason, for every load", () => {
    for (const evidence of [open, closed, refused])
      expect(judgeTrial(evidence)).toEqual({ state: "VALID", reasons: [] });
  });

  test("needs neither a path proof nor CPU readings to be judged", () => {
    expect(judgeTrial({ ...open, proof: null, cpu: null }).state).toBe("VALID");
  });
});

describe("the path", () => {
  test("contradicted makes the trial INVALID, with each contradiction as a reason", () => {
    const evidence = withProof({ level: "contradicted", contradictions: ["Envoy counted 0 requests", "no handshake"] });
    expect(judgeTrial(evidence).state).toBe("INVALID");
    expect(judgeTrial(evidence).reasons.map((reason) => reason.text)).toEqual([
      "Envoy counted 0 requests",
      "no handshake",
    ]);
  });

  test("proven below exact, or with a doubt, makes it SUSPECT", () => {
    expect(broken(withProof({ level: "lower-bound" }))).toEqual(["SUSPECT path"]);
    expect(broken(withProof({ level: "behavioural" }))).toEqual(["SUSPECT path"]);
    expect(broken(withProof({ doubts: ["a burst"] }))).toEqual(["SUSPECT path"]);
  });
});

describe("the books", () => {
  const books = closed.measurement.books;

  test("must balance in every identity", () => {
    const wrong: Partial<Measurement["books"]>[] = [
      { scheduled: books.scheduled + 1 },
      { unsent: 1 },
      { sent: books.sent - 1 },
      { ok: books.ok - 1 },
      { inFlightAtEnd: 1 },
      { totalSent: books.totalSent + 1 },
    ];
    for (const change of wrong) {
      const verdict = judgeTrial(withBooks(closed, change));
      expect(verdict.state, JSON.stringify(change)).toBe("INVALID");
      expect(verdict.reasons.every((reason) => reason.rule === "books")).toBe(true);
    }
  });

  test("must balance with each method's own", () => {
    const methods = closed.measurement.methods.map((one) => ({ ...one, ok: one.ok - 1, failed: { OK: 0 } }));
    expect(broken(withMeasurement(closed, { methods }))).toContain("INVALID books");
  });

  test("must balance with the histogram of service", () => {
    const series = closed.measurement.series.map((one) => ({
      ...one,
      histogram: { ...one.histogram, count: one.histogram.count - 1 },
    }));
    const verdict = judgeTrial(withMeasurement(closed, { series }));
    expect(verdict.reasons.map((reason) => reason.text)).toEqual([
      "the books do not balance: ProcessPayment ended OK 20,000 times, its service histogram holds 19,999",
    ]);
  });

  test("count a call in flight at the window's end as neither lost nor ended", () => {
    const evidence = withBooks(closed, { scheduled: books.sent + 1, sent: books.sent + 1, inFlightAtEnd: 1 });
    const methods = closed.measurement.methods.map((one) => ({ ...one, sent: one.sent + 1 }));
    expect(judgeTrial(withMeasurement(evidence, { methods })).state).toBe("VALID");
  });
});

describe("calls that were scheduled and not sent", () => {
  const unsent = (count: number, inFlight: number): TrialEvidence => {
    const evidence = withBooks(open, { scheduled: open.measurement.books.sent + count, unsent: count });
    const intervals = open.measurement.intervals.map((line) => ({ ...line, inFlight }));
    return withMeasurement(evidence, { intervals });
  };

  test("may be one in a hundred", () => {
    expect(broken(unsent(Math.floor(CALLS / 99), 3))).toEqual([]);
    expect(broken(unsent(Math.ceil(CALLS / 99) + 1, 3))).toEqual(["INVALID sent"]);
  });

  test("are the road's doing when every stream was taken", () => {
    const { plan } = open;
    const everyStream = 2 * plan.connections * plan.streams;
    expect(broken(unsent(CALLS, everyStream))).toEqual([]);
    expect(broken(unsent(CALLS, everyStream - 1))).toEqual(["INVALID sent"]);
  });

  test("are no matter in a closed loop", () => {
    const evidence = withBooks(closed, { scheduled: 2 * CALLS, unsent: CALLS });
    expect(broken(evidence)).toEqual([]);
  });
});

describe("lateness", () => {
  const late = (valueNs: number): TrialEvidence =>
    withSeries(open, [
      ["all", "lateness", valueNs],
      ["ProcessPayment", "response", 100_000],
      ["ProcessPayment", "service", 100_000],
    ]);

  test("may be a tenth of the headline's response at p50", () => {
    expect(broken(late(9_990))).toEqual([]);
    expect(broken(late(10_100))).toEqual(["INVALID lateness"]);
  });

  test("is told with its figures", () => {
    expect(judgeTrial(late(20_000)).reasons[0]?.text).toBe(
      "calls left 20 µs late at p50, 20 % of the response p50 of 100 µs",
    );
  });
});

describe("statuses", () => {
  const failing = (evidence: TrialEvidence, status: GrpcStatusName, count: number): TrialEvidence => {
    const { books, methods, series } = evidence.measurement;
    const [first, ...rest] = methods;
    if (first === undefined) throw new Error("no method");
    const changed = { ...first, ok: first.ok - count, failed: { ...first.failed, [status]: count } };
    return withMeasurement(evidence, {
      books: { ...books, ok: books.ok - count, failed: { ...books.failed, [status]: count } },
      methods: [changed, ...rest],
      series: series.map((one) =>
        one.method === first.method && one.quantity === "service"
          ? { ...one, histogram: { ...one.histogram, count: one.histogram.count - count } }
          : one,
      ),
    });
  };

  test("that the road does not promise make it INVALID, be it one call", () => {
    expect(broken(failing(closed, "UNAVAILABLE", 1))).toEqual(["INVALID status"]);
    expect(broken(failing(closed, "DEADLINE_EXCEEDED", 1))).toEqual(["INVALID status"]);
  });

  test("of the wrong policy are told as that", () => {
    expect(broken(failing(closed, "PERMISSION_DENIED", 5))).toEqual(["INVALID policy"]);
    const letThrough = { ...closed, expectedStatuses: refused.expectedStatuses };
    const toRefuse = new Map([["ProcessPayment", "PERMISSION_DENIED" as const]]);
    expect(broken({ ...letThrough, expectedStatuses: toRefuse })).toEqual(["INVALID policy"]);
  });
});

describe("the generator's own trouble", () => {
  test("with the clock or the CPU quota makes it INVALID", () => {
    expect(broken(withHealth(open, { clockStepped: true }))).toEqual(["INVALID clock"]);
    expect(broken(withHealth(open, { throttled: 1 }))).toEqual(["INVALID throttled"]);
  });

  test("with a worker that misses part of the window makes it INVALID", () => {
    expect(broken(withHealth(open, { startedLateNs: open.plan.warmupNs }))).toEqual([]);
    expect(broken(withHealth(open, { startedLateNs: ns(open.plan.warmupNs + 1) }))).toEqual(["INVALID start"]);
    const cold = { ...open, plan: { ...open.plan, warmupNs: ns(0) } };
    expect(broken(withHealth(cold, { startedLateNs: ms(1) }))).toEqual([]);
    expect(broken(withHealth(cold, { startedLateNs: ms(1.1) }))).toEqual(["INVALID start"]);
  });

  test("with its own garbage collection makes it SUSPECT above half a per cent of the calls", () => {
    expect(broken(withHealth(closed, { gcAffectedCalls: 100 }))).toEqual([]);
    expect(broken(withHealth(closed, { gcAffectedCalls: 101 }))).toEqual(["SUSPECT gc"]);
  });

  test("with the gaps between calls makes it SUSPECT above a distance of 0.05", () => {
    expect(broken(withHealth(open, { gapDistance: 0.05 }))).toEqual([]);
    expect(broken(withHealth(open, { gapDistance: 0.051 }))).toEqual(["SUSPECT arrivals"]);
    expect(broken(withHealth(open, { gapDistance: null }))).toEqual([]);
  });

  test("with its core makes it SUSPECT above 80 %", () => {
    expect(broken(withHealth(open, { busyShare: 0.8 }))).toEqual([]);
    expect(broken(withHealth(open, { busyShare: 0.81 }))).toEqual(["SUSPECT generator"]);
  });

  test("with standing still for a fifth of a closed loop's window makes it SUSPECT, where the loop spins", () => {
    const stalled = (share: number, idle: "spin" | "sleep"): string[] =>
      broken(withHealth(closed, { idle, loopDelayMaxNs: ns(share * closed.measurement.durationNs) }));
    expect(stalled(0.2, "spin")).toEqual([]);
    expect(stalled(0.21, "spin")).toEqual(["SUSPECT stall"]);
    expect(stalled(0.5, "sleep")).toEqual([]);
  });

  test("so bad that no call was sent makes it INVALID, though its books balance", () => {
    const empty = withMeasurement(closed, {
      books: { ...closed.measurement.books, scheduled: 0, sent: 0, ok: 0 },
      methods: closed.measurement.methods.map((one) => ({ ...one, sent: 0, ok: 0 })),
      series: [],
    });
    expect(broken(empty)).toContain("INVALID sent");
  });
});

describe("a window", () => {
  const halves = (firstP50Ns: number | null, secondP50Ns: number | null): string[] =>
    broken(withHealth(closed, { halves: { firstP50Ns, secondP50Ns } }));

  test("whose halves differ by more than a quarter is SUSPECT, whichever is slower", () => {
    expect(halves(100, 125)).toEqual([]);
    expect(halves(100, 126)).toEqual(["SUSPECT halves"]);
    expect(halves(126, 100)).toEqual(["SUSPECT halves"]);
    expect(halves(100, null)).toEqual([]);
  });

  test("in which the hypervisor took more than 1 % and at least 5 ticks is SUSPECT", () => {
    const stolen = (ticks: number, share: number): TrialEvidence => {
      const cpu = open.cpu as CpuWindow;
      const stealNs = share * cpu.durationNs * cpu.cpus;
      return { ...open, cpu: { ...cpu, node: { ...cpu.node, stealTicks: ticks, stealNs } } };
    };
    expect(broken(stolen(5, 0.011))).toEqual(["SUSPECT steal"]);
    expect(broken(stolen(4, 0.5))).toEqual([]);
    expect(broken(stolen(500, 0.01))).toEqual([]);
  });

  test("without node readings is judged by the steal that the generator saw", () => {
    const seen = withHealth({ ...open, cpu: null }, { steal: { ticks: 6, share: 0.02 } });
    expect(broken(seen)).toEqual(["SUSPECT steal"]);
  });
});

describe("response beyond service", () => {
  const excess = (responseNs: number): TrialEvidence =>
    withSeries(open, [
      ["ProcessPayment", "response", responseNs],
      ["ProcessPayment", "service", 75_000],
    ]);

  test("casts doubt on those quantiles only, above a quarter of response", () => {
    expect(broken(excess(99_900))).toEqual([]);
    const { state, reasons } = judgeTrial(excess(101_000));
    expect(state).toBe("SUSPECT");
    expect(reasons.map(({ rule, quantile, method }) => [rule, quantile, method])).toEqual(
      [0.5, 0.9, 0.99, 0.999].map((q) => ["response", q, "ProcessPayment"]),
    );
  });

  test("says nothing of quantiles with fewer than ten calls beyond them", () => {
    const few = syntheticRun({ blocks: 1, scenarios: ["l7"], passes: ["mix"], callsPerTrial: 1_000 });
    const trial = few.trials[0] as MeasuredTrial;
    const small = { ...open, plan: trial.plan, measurement: trial.outcome.measurement };
    const doubted = withSeries(small, [
      ["ProcessPayment", "response", 200_000],
      ["ProcessPayment", "service", 75_000],
    ]);
    expect(judgeTrial(doubted).reasons.map((reason) => reason.quantile)).toEqual([0.5, 0.9]);
  });
});

test("the worst reason decides, and all are kept", () => {
  const evidence = withHealth(withProof({ doubts: ["odd"] }), { clockStepped: true, busyShare: 0.9 });
  expect(judgeTrial(evidence).state).toBe("INVALID");
  expect(broken(evidence)).toEqual(["INVALID clock", "SUSPECT path", "SUSPECT generator"]);
});
