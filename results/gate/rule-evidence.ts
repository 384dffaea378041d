/**
 * What the trials say on one rule: the figure that the rule speaks of with its interval, or why there is none. Whether
 * that breaks the rule is decided in judge-rule.ts.
 */
import { brokenTwinOf, judgeTwins } from "../compare-run.js";
import type { Comparison, Floor, Margin } from "../comparison-shape.js";
import type { JudgedAgainst } from "../judge-cell.js";
import type { Cell } from "../paired-trials.js";
import type { PassDesign, Run } from "../run-shape.js";
import { countBeyond } from "../sparse-histogram.js";
import { hodgesLehmannPaired, type RankInterval } from "../statistics/hodges-lehmann.js";
import { quantileOfMetric } from "../trial-metrics.js";
import { THRESHOLDS } from "../verdict-thresholds.js";
import { levelSample, tollSample, type CellSample } from "../across/cell-sample.js";
import { passMeasuring, whyNotComparable } from "../across/comparable.js";
import { brokenTwinsAcross, marginAcross } from "../across/compare-runs.js";
import { shiftBetween, type Shift } from "../across/shift.js";
import type { GateRule } from "./gate-rule.js";

/** A run with all that judging it needs. */
export interface JudgedRun {
  readonly run: Run;
  readonly twins: readonly Comparison[];
  readonly floors: readonly Floor[];
}

export function judgedRun(run: Run, floors: readonly Floor[]): JudgedRun {
  return { run, twins: judgeTwins(run), floors };
}

export interface Evidence {
  readonly now: CellSample;
  /** Of the baseline run; null for rules within one run. */
  readonly then: CellSample | null;
  /** ln: of a regression the shift, of a toll its ratio; null for a fence, and where no ratio can be taken. */
  readonly theta: RankInterval | null;
  /** ns: the change of the toll or level, the toll, or the level itself. */
  readonly ns: RankInterval;
  readonly margin: Margin | null;
  readonly brokenTwins: readonly JudgedAgainst["brokenTwin"][];
  /** The rule asks for windows of the road's own where the same was measured with the roads taking turns. */
  readonly hasTurns: boolean;
}

/** Why a rule cannot be judged, in words. */
export interface Hindrance {
  readonly outcome: "inconclusive" | "invalid";
  readonly text: string;
}

/** @param confidence of the intervals: 1 − α/m */
export function evidenceOf(
  rule: GateRule,
  now: JudgedRun,
  baseline: JudgedRun | null,
  confidence: number,
): Evidence | Hindrance {
  const { held } = rule;
  if (held.kind === "fence") return fence(rule, now, confidence);
  if (held.kind === "toll") return toll(rule, held.over, now, confidence);
  if (baseline === null) return hindered("there is no run to hold it against");
  return regression(rule, held.of, now, baseline, confidence);
}

/** The cell of a rule in a run; null where the road has no baseline in it to take a toll over. */
export function cellOf({ road, pass, method, metric, held }: GateRule, { header }: Run): Cell | null {
  const own = header.scenarios.find((scenario) => scenario.name === road)?.baseline ?? null;
  const baseline = held.kind === "toll" ? held.over : held.kind === "regression" && held.of === "toll" ? own : road;
  return baseline === null ? null : { candidate: road, baseline, pass, method, metric };
}

function fence(rule: GateRule, { run }: JudgedRun, confidence: number): Evidence | Hindrance {
  const sample = measured(rule, run, levelSample(run, { ...rule, candidate: rule.road }));
  if ("outcome" in sample) return sample;
  const ns = hodgesLehmannPaired(sample.valuesNs, { confidence });
  return { now: sample, then: null, theta: null, ns, margin: null, brokenTwins: [], hasTurns: false };
}

function toll(
  rule: GateRule,
  over: string,
  { run, twins, floors }: JudgedRun,
  confidence: number,
): Evidence | Hindrance {
  const cell: Cell = { ...rule, candidate: rule.road, baseline: over };
  const sample = measured(rule, run, tollSample(run, cell, confidence));
  if ("outcome" in sample) return sample;
  const hasRatio = sample.basis === "toll" && sample.thetas.length > 0;
  return {
    now: sample,
    then: null,
    theta: hasRatio ? hodgesLehmannPaired(sample.thetas, { confidence }) : null,
    ns: hodgesLehmannPaired(sample.valuesNs, { confidence }),
    margin: marginAcross({ before: run, after: run, options: { floors: { before: floors, after: floors } } }, cell),
    brokenTwins: [brokenTwinOf(run, cell, twins)].filter((twin) => twin !== null),
    hasTurns: hasTurns(run, cell),
  };
}

function regression(
  rule: GateRule,
  of: "toll" | "level",
  after: JudgedRun,
  before: JudgedRun,
  confidence: number,
): Evidence | Hindrance {
  const cell = cellOf(rule, after.run);
  if (cell === null)
    return hindered(`${rule.road} has no toll in ${after.run.header.id}: it stands there without the road below it`);
  const hindrance = whyNotComparable(before.run.header, after.run.header, cell);
  if (hindrance !== null) return hindered(`not comparable with the baseline: ${hindrance.reason}`);
  const sampleOf = ({ run }: JudgedRun): CellSample =>
    of === "level" ? levelSample(run, cell) : tollSample(run, cell, confidence);
  const now = measured(rule, after.run, sampleOf(after));
  if ("outcome" in now) return now;
  const then = measured(rule, before.run, sampleOf(before));
  // A baseline that shows nothing is no fault of the run that is judged.
  if ("outcome" in then) return hindered(then.text);
  const shift: Shift | null = now.basis === then.basis ? shiftBetween(then, now, confidence) : null;
  if (shift === null) return hindered("no block of both runs holds a value of it");
  const pair = { before: before.run, after: after.run };
  return {
    ...{ now, then, theta: shift.theta, ns: shift.changeNs },
    margin: marginAcross({ ...pair, options: { floors: { before: before.floors, after: after.floors } } }, cell),
    brokenTwins: brokenTwinsAcross({ ...pair, twins: { before: before.twins, after: after.twins } }, cell),
    hasTurns: of === "toll" && hasTurns(after.run, cell) && hasTurns(before.run, cell),
  };
}

/** Whether the toll of a cell in a window of its own was also measured taking turns; tails need more calls than that has. */
function hasTurns({ header }: Run, cell: Cell): boolean {
  if (cell.pass !== "single" || !["service_p50", "service_p90"].includes(cell.metric)) return false;
  return passMeasuring(header, { ...cell, pass: "interleaved" }) !== null;
}

/** The sample, unless it holds nothing. */
function measured(rule: GateRule, run: Run, sample: CellSample): CellSample | Hindrance {
  const { missing } = sample;
  const { id } = run.header;
  const cell = cellOf(rule, run);
  const pass = cell === null ? null : passMeasuring(run.header, cell);
  if (cell !== null && pass === null) {
    const over = cell.baseline === cell.candidate ? "" : ` and ${cell.baseline}`;
    return hindered(`${id} did not measure ${rule.road}${over} under this load and method`);
  }
  if (missing === null) return sample;
  if (missing.isVoid) return { outcome: "invalid", text: `${missing.text} in ${id}` };
  return hindered(`${missing.text} in ${id}${pass === null ? "" : longerWindows(rule, pass, sample)}`);
}

const hindered = (text: string): Hindrance => ({ outcome: "inconclusive", text });

/** The `--duration` with which a quantile has the calls beyond it that each trial and all together need, and a fifth more. */
function longerWindows({ metric }: GateRule, pass: PassDesign, { candidateCalls }: CellSample): string {
  const q = quantileOfMetric(metric)?.q;
  const beyond = q === undefined ? 0 : countBeyond(q, candidateCalls);
  if (beyond === 0 || pass.name === "reconnect") return "";
  const times = Math.max((THRESHOLDS.beyondInTrial * pass.blocks) / beyond, THRESHOLDS.beyondInAll / beyond);
  const roads = pass.name === "interleaved" ? pass.scenarios.length : 1;
  const seconds = Math.ceil((1.2 * times * pass.plan.windowNs) / roads / 100e6) / 10;
  return times <= 1 ? "" : `; --duration ${seconds}s would bring enough of them`;
}
