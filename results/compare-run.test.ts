import { describe, expect, test } from "vitest";
import { CHAINS } from "../scenarios/catalogue.js";
import { ALPHA, compareRun, MINIMUM_MARGIN } from "./compare-run.js";
import type { Comparison, Floor, RunComparison } from "./comparison-shape.js";
import type { Run } from "./run-shape.js";
import { syntheticRun, type SyntheticOptions } from "./synthetic-run.js";
import type { MeasuredTrial } from "./trial-metrics.js";
import type { Trial, TrialVerdict, VerdictReason } from "./trial.js";

const ROADS = ["no-policy", "no-policy-again", "l4", "l7", "l7-again"];
const CALLS = 400;

function compared(options: SyntheticOptions, compare: Parameters<typeof compareRun>[1] = {}): RunComparison {
  return compareRun(syntheticRun({ scenarios: ROADS, passes: ["single"], callsPerTrial: CALLS, ...options }), compare);
}

function cell(list: readonly Comparison[], candidate: string, baseline: string, metric = "service_p50"): Comparison {
  const found = list.find((one) => one.candidate === candidate && one.baseline === baseline && one.metric === metric);
  if (found === undefined) throw new Error(`no ${metric} of ${candidate} against ${baseline}`);
  return found;
}

/** The same run with some trials changed. */
function changed(run: Run, wanted: (trial: Trial) => boolean, change: (trial: MeasuredTrial) => Trial): Run {
  return { ...run, trials: run.trials.map((trial) => (wanted(trial) ? change(trial as MeasuredTrial) : trial)) };
}

function judgedAs(trial: MeasuredTrial, state: TrialVerdict["state"], reason: Partial<VerdictReason> = {}): Trial {
  const reasons = [
    { state: state === "INVALID" ? state : ("SUSPECT" as const), rule: "test", text: "test", ...reason },
  ];
  return { ...trial, outcome: { ...trial.outcome, verdict: { state, reasons } } };
}

describe("the declared family", () => {
  const declaredPasses = (run: Run): string[] => [
    ...new Set(
      compareRun(run)
        .comparisons.filter(({ family }) => family === "declared")
        .map(({ pass }) => pass),
    ),
  ];

  test("speaks of the pass in which roads took turns, where the run has it", () => {
    const run = syntheticRun({ scenarios: ROADS, passes: ["interleaved", "single"], callsPerTrial: CALLS });
    expect(declaredPasses(run)).toEqual(["interleaved"]);
    expect(compareRun(run).declared.size).toBe(2);
  });

  test("speaks of the pass of single roads where they could not take turns", () => {
    expect(declaredPasses(syntheticRun({ scenarios: ROADS, passes: ["single"], callsPerTrial: CALLS }))).toEqual([
      "single",
    ]);
  });

  test("compares no CPU of a window that several roads shared", () => {
    const { comparisons } = compared({ passes: ["interleaved", "single"] });
    const cpuOf = (pass: string): number =>
      comparisons.filter((one) => one.pass === pass && one.metric === "cpu_per_call").length;
    expect([cpuOf("interleaved"), cpuOf("single")]).toEqual([0, 2]);
  });
});

describe("a toll that is known", () => {
  test("of 20 % comes out slower, with the truth in its interval", () => {
    const { comparisons } = compared({ tolls: { l4: 15_800 } });
    const l4 = cell(comparisons, "l4", "no-policy");
    expect(l4).toMatchObject({ verdict: "slower", family: "declared", n: 10, load: "closed", pass: "single" });
    expect(l4.ratio!.low).toBeLessThan(1.2);
    expect(l4.ratio!.high).toBeGreaterThan(1.2);
    expect(l4.absoluteNs!.low).toBeLessThan(15_800);
    expect(l4.absoluteNs!.high).toBeGreaterThan(15_800);
    expect(l4.candidateNs! - l4.baselineNs!).toBeCloseTo(l4.absoluteNs!.estimate, -4);
    expect([l4.candidateCalls, l4.baselineCalls]).toEqual([10 * CALLS, 10 * CALLS]);
  });

  test("that is a gain comes out faster", () => {
    const { comparisons } = compared({ tolls: { l4: -15_800 } });
    expect(cell(comparisons, "l4", "no-policy")).toMatchObject({ verdict: "faster" });
  });

  test("of nothing is indistinguishable only where the interval lies within the margin", () => {
    const quiet = { tolls: { l4: 0 }, trialSd: 0.001, callsPerTrial: 2_000 };
    expect(cell(compared(quiet, { minEffect: 0.02 }).comparisons, "l4", "no-policy").verdict).toBe("indistinguishable");
    const noisy = cell(compared({ tolls: { l4: 0 } }).comparisons, "l4", "no-policy");
    expect(noisy.verdict).toBe("inconclusive");
    expect(noisy.notes.join()).toMatch(/more blocks|not to be settled/);
  });

  test("below the user's smallest effect of interest is no verdict", () => {
    const small = { tolls: { l4: 15_800 }, trialSd: 0.005 };
    expect(cell(compared(small).comparisons, "l4", "no-policy").verdict).toBe("slower");
    const margin = cell(compared(small, { minEffect: 0.3 }).comparisons, "l4", "no-policy");
    expect(margin).toMatchObject({ verdict: "indistinguishable", margin: { fraction: 0.3, source: "user" } });
  });

  test("of Envoy's CPU is added where the baseline has no proxy", () => {
    const envoy = cell(compared({}).comparisons, "l7", "l4", "envoy_cpu_per_call");
    expect(envoy).toMatchObject({ verdict: "added", ratio: null, method: "all", baselineNs: null });
    expect(envoy.absoluteNs!.estimate).toBeCloseTo(218_000, -4.5);
    expect(envoy.notes).toEqual(["there is no proxy on l4"]);
    // Beside an interval stands what it rests on: the trials of l7, and their confidence.
    expect(envoy.n).toBe(10);
    expect(envoy.confidence).toBeGreaterThanOrEqual(0.95);
  });
});

describe("the declared family", () => {
  test("is the chains of the method on service p50 at 1 in flight, with intervals at 1 − α/m", () => {
    const { comparisons, declared } = compared({ scenarios: [...ROADS, "l4-proxy", "tls", "l7-tls"] });
    const family = comparisons.filter((one) => one.family === "declared");
    expect(family.map(({ candidate, baseline }) => ({ candidate, baseline }))).toEqual(CHAINS);
    expect(declared).toEqual({ size: 6, alpha: ALPHA, confidence: 1 - ALPHA / 6 });
    for (const one of family) {
      expect(one.metric).toBe("service_p50");
      expect(one.confidence).toBeGreaterThanOrEqual(1 - ALPHA / 6);
      expect(one.adjustedP!).toBeGreaterThanOrEqual(one.p!);
    }
  });

  test("shrinks with the roads that were measured", () => {
    expect(compared({ scenarios: ["no-policy", "l4"] }).declared).toEqual({ size: 1, alpha: 0.05, confidence: 0.95 });
  });

  test("claims nothing when so few blocks cannot reach its confidence, and says how many would", () => {
    const six = cell(
      compared({ blocks: 6, scenarios: [...ROADS, "l4-proxy", "tls", "l7-tls"] }).comparisons,
      "l7",
      "l4",
    );
    expect(six.verdict).toBe("inconclusive");
    expect(six.notes).toContain("6 pairs reach 96.9 % confidence, 99.2 % is needed");
    expect(six.notes.join()).toMatch(/about 2 more blocks/);
    const five = cell(compared({ blocks: 5, scenarios: ["no-policy", "l4"] }).comparisons, "l4", "no-policy");
    expect(five.notes).toContain("5 pairs, 6 are the least for a verdict");
  });
});

describe("all else", () => {
  test("is exploratory, and a claim must survive the correction for all that was looked at", () => {
    const tolls = { "no-policy": 0, l4: 0, tls: 0 };
    const exploratory = [1, 2, 3, 4, 5, 6].flatMap(
      (seed) =>
        compared({ seed, tolls, scenarios: Object.keys(tolls), passes: ["mix"], callsPerTrial: 300 }).comparisons,
    );
    const takenBack = exploratory.filter((one) => one.notes.some((note) => note.includes("does not survive")));
    expect(takenBack.length).toBeGreaterThan(0);
    for (const one of takenBack) {
      expect(one.verdict).toBe("inconclusive");
      expect(one.p!).toBeLessThan(0.05);
      expect(one.adjustedP!).toBeGreaterThan(0.1);
    }
    const claims = exploratory.filter((one) => one.verdict === "slower" || one.verdict === "faster");
    for (const one of claims) expect(one.adjustedP!).toBeLessThanOrEqual(0.1);
  });
});

describe("the A/A controls", () => {
  test("stand apart, without a floor, and hold", () => {
    const floor: Floor = {
      kind: "without proxy",
      pass: "single",
      method: "ProcessPayment",
      metric: "service_p50",
      fraction: 0.5,
      runs: 5,
    };
    const { twins, comparisons, warnings } = compared({}, { floors: [floor] });
    expect(
      twins.map(({ candidate, baseline }) => [candidate, baseline].join()).filter((v, i, all) => all.indexOf(v) === i),
    ).toEqual(["no-policy-again,no-policy", "l7-again,l7"]);
    expect(twins.every((one) => one.family === "control" && one.margin.source === "minimum")).toBe(true);
    expect(comparisons.some((one) => one.candidate.endsWith("again"))).toBe(false);
    expect(warnings.filter((text) => text.includes("control failed"))).toEqual([]);
  });

  const broken = { trialSd: 0.005, tolls: { "l7-again": 245_000, l4: 4_000 } };

  test("that fail are told on top, and take back what is not three times as large, on their side of the proxy", () => {
    const near = compared({
      ...broken,
      scenarios: [...ROADS, "l7-tls"],
      tolls: { ...broken.tolls, "l7-tls": 260_000 },
    });
    expect(cell(near.twins, "l7-again", "l7").verdict).toBe("slower");
    expect(near.warnings[0]).toMatch(
      /the A\/A control failed: l7-again is slower than l7 by \d+(\.\d)? % in service p50/,
    );
    const taken = cell(near.comparisons, "l7-tls", "l7");
    expect(taken.verdict).toBe("inconclusive");
    expect(taken.notes[0]).toMatch(/the A\/A control behind the proxy is itself slower/);
    expect(cell(near.comparisons, "l7", "l4").verdict).toBe("slower");
    expect(cell(near.comparisons, "l4", "no-policy").verdict).toBe("slower");
  });

  test("that fail take back a claim of no difference as well", () => {
    const same = { ...broken, scenarios: [...ROADS, "l7-tls"], tolls: { ...broken.tolls, "l7-tls": 215_000 } };
    const one = cell(compared(same, { minEffect: 0.05 }).comparisons, "l7-tls", "l7");
    expect(one.verdict).toBe("inconclusive");
    const held = { ...same, tolls: { ...same.tolls, "l7-again": 215_000 } };
    expect(cell(compared(held, { minEffect: 0.05 }).comparisons, "l7-tls", "l7").verdict).toBe("indistinguishable");
  });

  test("that are missing are missed", () => {
    const { warnings } = compared({ scenarios: ["no-policy", "no-policy-again", "l4", "l7"] });
    expect(warnings).toContain(
      "this run has no A/A control behind the proxy: nothing shows how much two equal roads differ there",
    );
    expect(warnings.join()).not.toMatch(/no A\/A control without proxy/);
  });
});

describe("the margin", () => {
  const floor = (fraction: number): Floor => ({
    kind: "behind the proxy",
    pass: "single",
    method: "ProcessPayment",
    metric: "service_p50",
    fraction,
    runs: 3,
  });

  test("is the largest of the user's, the floor and 0.2 %", () => {
    const margin = (options: Parameters<typeof compareRun>[1]) =>
      cell(compared({}, options).comparisons, "l7", "l4").margin;
    expect(margin({})).toEqual({ fraction: MINIMUM_MARGIN, source: "minimum" });
    expect(margin({ minEffect: 0.01 })).toEqual({ fraction: 0.01, source: "user" });
    expect(margin({ minEffect: 0.01, floors: [floor(0.03)] })).toEqual({ fraction: 0.03, source: "floor" });
    expect(margin({ minEffect: 0.05, floors: [floor(0.03)] })).toEqual({ fraction: 0.05, source: "user" });
  });

  test("takes the floor of its own side of the proxy and its own metric only", () => {
    const { comparisons } = compared({}, { floors: [floor(0.03)] });
    expect(cell(comparisons, "l4", "no-policy").margin.source).toBe("minimum");
    expect(cell(comparisons, "l7", "l4", "service_p90").margin.source).toBe("minimum");
  });

  test("without any floor says that there are too few earlier runs", () => {
    expect(compared({}).warnings.join()).toMatch(/fewer than three earlier runs of this set-up/);
    expect(compared({}, { floors: [floor(0.03)] }).warnings.join()).not.toMatch(/earlier runs of this set-up/);
  });
});

describe("trials that are void", () => {
  const run = syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["single"], callsPerTrial: CALLS });
  const l4 = (comparison: RunComparison): Comparison => cell(comparison.comparisons, "l4", "no-policy");

  test("never enter: their pairs drop out, and they are counted", () => {
    const comparison = compareRun(
      changed(
        run,
        (trial) => trial.scenario === "l4" && trial.block < 2,
        (trial) => judgedAs(trial, "INVALID"),
      ),
    );
    expect(l4(comparison).n).toBe(8);
    expect(comparison.trials).toEqual({ valid: 18, suspect: 0, invalid: 2, failed: 0 });
  });

  test("are replaced by their repeats", () => {
    const first = run.trials.find((trial) => trial.scenario === "l4" && trial.block === 0) as MeasuredTrial;
    const repeat = { ...first, index: 99, attempt: 1 };
    const tried = changed(
      run,
      (trial) => trial === first,
      (trial) => judgedAs(trial, "INVALID"),
    );
    expect(l4(compareRun({ ...tried, trials: [...tried.trials, repeat] }))).toEqual(l4(compareRun(run)));
  });

  test("on a whole road make its comparisons invalid", () => {
    const all = compareRun(
      changed(
        run,
        (trial) => trial.scenario === "l4",
        (trial) => judgedAs(trial, "INVALID"),
      ),
    );
    expect(l4(all)).toMatchObject({ verdict: "invalid", n: 0, ratio: null, notes: ["all 10 trials of l4 are void"] });
    const failed: Run = {
      ...run,
      trials: run.trials.map((trial) =>
        trial.scenario === "l4"
          ? { ...trial, outcome: { state: "failed", stage: "load", message: "Envoy died" } }
          : trial,
      ),
    };
    expect(compareRun(failed).trials.failed).toBe(10);
    expect(l4(compareRun(failed)).verdict).toBe("invalid");
    expect(l4(compareRun({ ...run, trials: [] })).notes).toEqual(["l4 was not measured"]);
  });
});

describe("trials that are suspect", () => {
  const run = syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["mix"], callsPerTrial: 2_000, blocks: 9 });
  const metric = (comparison: RunComparison, name: string, method = "ProcessPayment"): Comparison =>
    comparison.comparisons.find((one) => one.metric === name && one.method === method && one.candidate === "l4")!;
  const suspect = (blocks: number, reason: Partial<VerdictReason> = {}): RunComparison =>
    compareRun(
      changed(
        run,
        (trial) => trial.scenario === "l4" && trial.block < blocks,
        (trial) => judgedAs(trial, "SUSPECT", reason),
      ),
    );

  test("enter, are counted, and above a third of the pairs are said to forbid a gate", () => {
    expect(metric(suspect(3), "service_p50")).toMatchObject({ n: 9, suspect: 3 });
    expect(metric(suspect(3), "service_p50").notes.join()).not.toMatch(/SUSPECT/);
    expect(metric(suspect(4), "service_p50").notes.join()).toMatch(/4 of 9 pairs hold a SUSPECT trial/);
  });

  test("for one quantile of one method's response are suspect there only", () => {
    const doubted = suspect(2, { quantile: 0.9, method: "ProcessPayment" });
    expect(metric(doubted, "response_p90").suspect).toBe(2);
    expect(metric(doubted, "response_p50").suspect).toBe(0);
    expect(metric(doubted, "service_p90").suspect).toBe(0);
    expect(metric(doubted, "response_p90", "GetPaymentStatus").suspect).toBe(0);
  });
});

describe("a quantile", () => {
  const run = (callsPerTrial: number): Run =>
    syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 8, callsPerTrial });
  const p = (callsPerTrial: number, metric: string): Comparison =>
    cell(compareRun(run(callsPerTrial)).comparisons, "l4", "no-policy", metric);

  test("with ten calls beyond it in each trial carries a verdict; with fewer it is described from all calls together", () => {
    expect(p(1_300, "service_p99")).toMatchObject({ n: 8 });
    const described = p(990, "service_p90");
    expect(described.n).toBe(8);
    const tail = cell(compareRun(run(1_300)).comparisons, "l4", "no-policy", "service_p999");
    expect(tail.verdict).toBe("inconclusive");
  });

  test("with a hundred calls beyond it in all trials of a road is shown; with fewer it is n/a", () => {
    const shown = cell(compareRun({ ...run(13_000) }).comparisons, "l4", "no-policy", "service_p999");
    expect(shown.candidateNs).not.toBeNull();
    const hidden = p(1_200, "service_p99");
    expect(hidden).toMatchObject({ n: 0, ratio: null, absoluteNs: null, candidateNs: null, verdict: "inconclusive" });
    expect(hidden.notes).toEqual(["n/a: 96 calls lie beyond this quantile, 100 are needed to show it"]);
  });

  test("that single windows cannot show has the level of all calls together, and no interval", () => {
    const many = syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 30, callsPerTrial: 450 });
    const tail = cell(compareRun(many).comparisons, "l4", "no-policy", "service_p99");
    expect(tail).toMatchObject({ n: 0, ratio: null, verdict: "inconclusive" });
    expect(tail.candidateNs).toBeGreaterThan(83_000);
    expect(tail.notes.join()).toMatch(/descriptive only: no block holds 10 calls beyond/);
  });
});

describe("an open loop", () => {
  test("has response and service of each method, and CPU of all", () => {
    const { comparisons } = compared({ passes: ["mix"], scenarios: ["no-policy", "l4"], callsPerTrial: 2_000 });
    const cells = new Set(comparisons.map(({ method, metric, load }) => `${load} ${method} ${metric}`));
    expect(cells.size).toBe(3 * 8 + 1);
    expect(cells).toContain("open GenerateFinancialReport response_p50");
    expect(cells).toContain("open all cpu_per_call");
    expect(comparisons.every((one) => one.family === "exploratory")).toBe(true);
  });
});

describe("a run with little in it", () => {
  test("of one block has pairs, and no verdict", () => {
    const one = cell(compared({ blocks: 1 }).comparisons, "l7", "l4");
    expect(one).toMatchObject({ n: 1, verdict: "inconclusive" });
    expect(one.notes).toContain("1 pairs, 6 are the least for a verdict");
  });

  test("of one road compares nothing", () => {
    const { comparisons, twins, declared } = compared({ scenarios: ["no-policy"] });
    expect([comparisons, twins, declared.size]).toEqual([[], [], 0]);
  });

  test("of which one road never answered a method has that cell added or removed, not compared", () => {
    const run = syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["mix"], callsPerTrial: 1_000 });
    const without = (road: string): RunComparison =>
      compareRun(
        changed(
          run,
          (trial) => trial.scenario === road,
          (trial) => {
            const { measurement } = trial.outcome;
            const series = measurement.series.filter((one) => one.method !== "GetPaymentStatus");
            return { ...trial, outcome: { ...trial.outcome, measurement: { ...measurement, series } } };
          },
        ),
      );
    const status = (comparison: RunComparison): Comparison =>
      comparison.comparisons.find((one) => one.method === "GetPaymentStatus" && one.metric === "service_p50")!;
    expect(status(without("no-policy"))).toMatchObject({ verdict: "added", ratio: null, n: 0 });
    expect(status(without("l4"))).toMatchObject({ verdict: "removed", ratio: null, n: 0 });
    expect(status(without("l4")).notes).toEqual(["no call of this method succeeded on l4"]);
  });
});

test("a run that was cut short says so first", () => {
  const run = syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["single"], callsPerTrial: 50 });
  expect(compareRun({ ...run, end: null }).warnings[0]).toMatch(/cut short/);
  const failed = {
    state: "failed" as const,
    at: "2026-11-23T18:30:00.000Z",
    message: "Envoy died\nmore",
    warnings: ["later"],
  };
  const { warnings } = compareRun({ ...run, end: failed, warnings: ["a torn line"] });
  expect(warnings[0]).toBe("the run is failed: Envoy died");
  expect(warnings.slice(-2)).toEqual(["a torn line", "later"]);
});

describe("on A/A data", () => {
  test("the declared family gives a false alarm in at most 5 % of runs, and so do the twins", () => {
    const RUNS = 150;
    const roads = ["no-policy", "no-policy-again", "l4", "l4-proxy", "l7", "l7-again", "tls", "l7-tls"];
    const tolls = Object.fromEntries(roads.map((road) => [road, 0]));
    const isClaim = ({ verdict }: Comparison): boolean => verdict === "slower" || verdict === "faster";
    let alarms = 0;
    let brokenTwins = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const { comparisons, twins } = compared({ seed, scenarios: roads, tolls, callsPerTrial: 40 });
      alarms += comparisons.some((one) => one.family === "declared" && isClaim(one)) ? 1 : 0;
      brokenTwins += twins.some((one) => one.metric === "service_p50" && isClaim(one)) ? 1 : 0;
    }
    expect(alarms / RUNS).toBeLessThanOrEqual(0.05);
    expect(brokenTwins / RUNS).toBeLessThanOrEqual(0.05);
  }, 120_000);
});
