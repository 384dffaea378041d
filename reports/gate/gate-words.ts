/** How gates are told in every form: a mark and a sentence for each outcome, and the one line on the whole. */
import type { Interval } from "../../results/comparison-shape.js";
import type { GateOutcome, GateReport, RuleVerdict } from "../../results/gate/gate-report.js";
import { counted } from "../../results/verdict-words.js";

export const OUTCOME_MARKS: Readonly<Record<GateOutcome, string>> = {
  passed: "✓",
  broken: "✗",
  inconclusive: "?",
  invalid: "!",
};

/** `1 of 4 gates broken, 1 inconclusive, 2 passed` */
export function headline({ rules }: GateReport): string {
  const counts = (["broken", "invalid", "inconclusive", "passed"] as const)
    .map((outcome) => ({ outcome, count: rules.filter((one) => one.outcome === outcome).length }))
    .filter(({ count }) => count > 0);
  const [first, ...rest] = counts.map(({ outcome, count }, i) =>
    i === 0 ? `${count} of ${counted(rules.length, "gate")} ${outcome}` : `${count} ${outcome}`,
  );
  return [first, ...rest].join(", ");
}

/** What an inconclusive gate does and does not mean; null where all are decided. @param required --require-conclusive */
export function inconclusiveSentence({ rules }: GateReport, required: boolean): string | null {
  const count = rules.filter(({ outcome }) => outcome === "inconclusive").length;
  if (count === 0) return null;
  const they = count === 1 ? "1 gate is INCONCLUSIVE" : `${count} gates are INCONCLUSIVE`;
  return required
    ? `${they}: neither a break nor a pass was shown, and a conclusion is required`
    : `${they}: nothing was shown either way, and the run is let through (--require-conclusive ends it with 4)`;
}

/** A command, and what it would tell. */
export interface NextStep {
  readonly command: string;
  readonly tells: string;
}

/** What to do about a gate that broke, or of which nothing may be believed; none for the others: their reason says it. */
export function nextSteps({ run, baseline }: GateReport, { rule, outcome }: RuleVerdict): readonly NextStep[] {
  const report = (tells: string): NextStep => ({ command: `tollgate report ${run.id}`, tells });
  if (outcome === "invalid") return [report("tells why its trials are void")];
  if (outcome !== "broken") return [];
  const again = { command: `tollgate run --like ${run.id}`, tells: "tells whether it comes again" };
  switch (rule.held.kind) {
    case "regression": {
      if (baseline === null || "missing" in baseline) return [again];
      return [{ command: `tollgate compare ${baseline.id} ${run.id}`, tells: "tells what else differs" }, again];
    }
    case "toll":
      return [report(`shows the way from ${rule.held.over} to ${rule.road} step by step`), again];
    case "fence": {
      const command = `tollgate report ${run.id} --format html --output report.html`;
      return [{ command, tells: "shows every trial behind the figure" }, again];
    }
  }
}

/** `tollgate compare A B tells what else differs` */
export const stepText = ({ command, tells }: NextStep): string => `${command} ${tells}`;

/** `20261101-090000-lab-14e2, last-stable: …`; why there is none; null where none is needed. */
export function baselineText({ baseline }: GateReport): string | null {
  if (baseline === null) return null;
  return "id" in baseline ? `${baseline.id} (${baseline.chosenBy})` : baseline.missing;
}

/** The figures of a verdict by name, for machines: durations in ns, ratios as factors. */
export function figuresOf(verdict: RuleVerdict): [string, number][] {
  const { ratio, absoluteNs, nowNs, thenNs, calls, blocks, suspect, confidenceReached, p, adjustedP } = verdict;
  const ends = (name: string, unit: string, interval: Interval | null): (readonly [string, number | undefined])[] =>
    (["estimate", "low", "high"] as const).map((end) => [`${name}_${end}${unit}`, interval?.[end]]);
  const figures: (readonly [string, number | null | undefined])[] = [
    ["limit", verdict.rule.limit.value],
    ...ends("ratio", "", ratio),
    ...ends("absolute", "_ns", absoluteNs),
    ["now_ns", nowNs],
    ["then_ns", thenNs],
    ["calls_now", calls.now],
    ["calls_then", calls.then],
    ["blocks_now", blocks.now],
    ["blocks_then", blocks.then],
    ["suspect_now", suspect.now],
    ["suspect_then", suspect.then],
    ["confidence", confidenceReached],
    ["p", p],
    ["adjusted_p", adjustedP],
  ];
  return figures.flatMap(([name, value]) => (typeof value === "number" ? [[name, value]] : []));
}
