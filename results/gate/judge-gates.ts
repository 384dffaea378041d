/**
 * A gates file against a run: every rule judged at 1 − α/m, since the file is the declared family (METHOD §4.3).
 *
 * Easy to get wrong: a file of many rules judged with few blocks could never be broken, and would pass for ever; it is
 * refused, with the blocks that it needs.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import { place } from "../../scenarios/yaml.js";
import { passMeasuring, refuseIncomparable } from "../across/comparable.js";
import { adjustedPs, ALPHA } from "../compare-run.js";
import { brokenTwinSentence } from "../comparison-warnings.js";
import type { Floor } from "../comparison-shape.js";
import type { Run } from "../run-shape.js";
import { smallestMannWhitneyP } from "../statistics/mann-whitney.js";
import { holm } from "../statistics/multiplicity.js";
import { blocksForAlpha, blocksForTwoSampleAlpha } from "../statistics/sample-size.js";
import { smallestSignedRankP } from "../statistics/signed-rank.js";
import { isUsable } from "../trial-metrics.js";
import { percentText } from "../verdict-words.js";
import type { GatedRun, GateOutcome, GateReport } from "./gate-report.js";
import type { GateFile, GateRule } from "./gate-rule.js";
import { judgeRule } from "./judge-rule.js";
import { cellOf, evidenceOf, judgedRun, type Hindrance, type JudgedRun } from "./rule-evidence.js";

/** The run that regressions are held against, and how it came to be that one; or why there is none. */
export type Baseline =
  { readonly run: Run; readonly chosenBy: string; readonly floors: readonly Floor[] } | { readonly missing: string };

/** Whether any rule needs an earlier run. */
export const needsBaseline = ({ rules }: GateFile): boolean => rules.some(({ held }) => held.kind === "regression");

/**
 * @param baseline null where no rule needs one
 * @throws Fault (usage) when the file asks for more than these blocks can ever show, or the runs cannot be compared
 */
export function judgeGates(
  file: GateFile,
  run: Run,
  baseline: Baseline | null,
  floors: readonly Floor[] = [],
): GateReport {
  const before = baseline !== null && "run" in baseline ? baseline : null;
  if (before !== null) refuseIncomparable(before.run.header, run.header);
  refuseFewBlocks(file, run, before?.run ?? null);
  const alpha = ALPHA / file.rules.length;
  const [now, then] = [gateable(run), before === null ? null : gateable(before.run)];
  const after = judgedRun(now.run, floors);
  const earlier = then === null || before === null ? null : judgedRun(then.run, before.floors);
  const judged = file.rules.map((rule) => {
    const hindrance = noBaseline(rule, baseline);
    return judgeRule(rule, hindrance ?? evidenceOf(rule, after, earlier, 1 - alpha), alpha);
  });
  const adjusted = adjustedPs(judged, holm);
  const rules = judged.map((one, i) => ({ ...one, adjustedP: adjusted[i] ?? null }));
  const gated = gatedRun(run);
  return {
    file: file.file,
    run: gated,
    baseline: baselineLine(baseline),
    rules,
    outcome: worst(rules.map(({ outcome }) => outcome)),
    confidence: 1 - alpha,
    warnings: [
      ...stateWarnings(gated),
      ...[now, ...(then === null ? [] : [then])].flatMap(leftOutWarning),
      ...[after, ...(earlier === null ? [] : [earlier])].flatMap(twinWarnings),
    ],
  };
}

const WORST_FIRST: readonly GateOutcome[] = ["broken", "invalid", "inconclusive", "passed"];

function worst(outcomes: readonly GateOutcome[]): GateOutcome {
  return WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? "passed";
}

function noBaseline({ held }: GateRule, baseline: Baseline | null): Hindrance | null {
  if (held.kind !== "regression" || baseline === null || "run" in baseline) return null;
  return { outcome: "inconclusive", text: baseline.missing };
}

function baselineLine(baseline: Baseline | null): GateReport["baseline"] {
  if (baseline === null || "missing" in baseline) return baseline;
  return { id: baseline.run.header.id, chosenBy: baseline.chosenBy };
}

interface Gateable {
  readonly run: Run;
  readonly leftOut: number;
}

/** Without the trials whose path is not proven to the call: they gate nothing (METHOD §2.10). */
function gateable(run: Run): Gateable {
  const trials = run.trials.filter(
    (trial) => trial.outcome.state === "failed" || ["exact", "contradicted"].includes(trial.outcome.path.proof.level),
  );
  return { run: { ...run, trials }, leftOut: run.trials.length - trials.length };
}

function leftOutWarning({ run, leftOut }: Gateable): string[] {
  if (leftOut === 0) return [];
  const id = run.header.id;
  return [
    leftOut === 1
      ? `1 trial of ${id} does not prove its path to the call: it gates nothing, and was left out`
      : `${leftOut} trials of ${id} do not prove their path to the call: they gate nothing, and were left out`,
  ];
}

function twinWarnings({ run, twins }: JudgedRun): string[] {
  return twins
    .filter(({ verdict }) => verdict === "slower" || verdict === "faster")
    .map((twin) => `${run.header.id}: ${brokenTwinSentence(twin)}`);
}

function gatedRun(run: Run): GatedRun {
  const usableTrials = run.trials.filter(isUsable).length;
  return { id: run.header.id, state: run.end?.state ?? "unfinished", usableTrials, trials: run.trials.length };
}

function stateWarnings({ id, state, usableTrials, trials }: GatedRun): string[] {
  return [
    ...(state === "complete" ? [] : [`${id} is ${state}: only the blocks that it finished are judged`]),
    ...(usableTrials === 0 ? [`${id} has no valid trial (of ${trials}): nothing of it may be believed`] : []),
  ];
}

function refuseFewBlocks({ file, rules }: GateFile, run: Run, before: Run | null): void {
  const alpha = ALPHA / rules.length;
  const refusals = rules.flatMap((rule) => {
    const needed = blocksMissing(rule, alpha, run, before);
    return needed === null ? [] : [`${file}:${place(rule.at)}: ${rule.name}: ${needed}`];
  });
  if (refusals.length === 0) return;
  throw new Fault({
    fact: `${file}: these gates could never be broken with so few blocks`,
    expected: `blocks that can reach p = α/m = ${percentText(ALPHA)} / ${rules.length} = ${percentText(alpha)}`,
    seen: refusals.join("\n"),
    so: "no gate was judged: a gate that cannot break says nothing by passing",
    try: "tollgate run --blocks N, or fewer gates in the file",
    exitCode: EXIT.usage,
  });
}

/** Which blocks a rule lacks by design, in words; null when it has enough, or was not measured at all. */
function blocksMissing(rule: GateRule, alpha: number, run: Run, before: Run | null): string | null {
  const planned = (one: Run): number | null => {
    const cell = cellOf(rule, one);
    return cell === null ? null : (passMeasuring(one.header, cell)?.blocks ?? null);
  };
  const now = planned(run);
  if (now === null) return null;
  if (rule.held.kind !== "regression") {
    if (smallestSignedRankP(now) <= alpha * (1 + 1e-12)) return null;
    return `${now} blocks give no p below ${percentText(smallestSignedRankP(now))}; it needs ${blocksForAlpha(alpha)}`;
  }
  const then = before === null ? null : planned(before);
  if (then === null || smallestMannWhitneyP(then, now) <= alpha * (1 + 1e-12)) return null;
  const inBoth = blocksForTwoSampleAlpha(alpha);
  const here = blocksForTwoSampleAlpha(alpha, then);
  const needed =
    here === null
      ? `${inBoth ?? "more"} in each run`
      : `${here} against these ${then}, or ${inBoth ?? "more"} in each run`;
  return `${now} blocks against ${then} give no p below ${percentText(smallestMannWhitneyP(then, now))}; it needs ${needed}`;
}
