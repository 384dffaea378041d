/**
 * The word on one rule. A rule is broken only where the whole interval lies above its limit, and passed only where the
 * whole interval lies within; everything else is inconclusive and says what would settle it.
 */
import { blocksText, fewBlocks } from "../across/judge-across.js";
import type { CellSample } from "../across/cell-sample.js";
import type { Interval } from "../comparison-shape.js";
import { takenBack } from "../judge-cell.js";
import { SMALLEST_N_FOR_VERDICT } from "../statistics/equivalence.js";
import type { RankInterval } from "../statistics/hodges-lehmann.js";
import { mannWhitneyTest } from "../statistics/mann-whitney.js";
import { moreBlocksNeeded } from "../statistics/sample-size.js";
import { signedRankTest } from "../statistics/signed-rank.js";
import { THRESHOLDS } from "../verdict-thresholds.js";
import { counted, durationText, percentText } from "../verdict-words.js";
import type { GateOutcome, RuleVerdict } from "./gate-report.js";
import type { GateRule } from "./gate-rule.js";
import { limitText } from "./read-rule.js";
import type { Evidence, Hindrance } from "./rule-evidence.js";

/** @param alpha α/m */
export function judgeRule(
  rule: GateRule,
  evidence: Evidence | Hindrance,
  alpha: number,
): Omit<RuleVerdict, "adjustedP"> {
  if ("outcome" in evidence) {
    const { outcome, text } = evidence;
    return { ...NOTHING, rule, outcome, reason: `${text}.`, why: `${text}.` };
  }
  const { now, then, theta, ns } = evidence;
  const { outcome, text } = wordOn(rule, evidence, alpha);
  const figures = figuresText(rule, evidence);
  const reason = `${figures}: ${text(`the limit of ${limitText(rule.limit)}`)}.`;
  return {
    ...{ rule, outcome, reason, figures, why: `${text("the limit")}.` },
    ratio: theta === null ? null : mapped(theta, Math.exp),
    absoluteNs: mapped(ns, (value) => value),
    nowNs: now.candidateNs,
    thenNs: then?.candidateNs ?? null,
    calls: { now: now.candidateCalls, then: then?.candidateCalls ?? null },
    blocks: { now: now.blocks, then: then?.blocks ?? null },
    suspect: { now: now.suspect, then: then?.suspect ?? null },
    confidenceReached: (theta ?? ns).confidenceReached,
    p: pAtLimit(rule, evidence),
  };
}

const NOTHING = {
  figures: null,
  ...{ ratio: null, absoluteNs: null, nowNs: null, thenNs: null, confidenceReached: null, p: null },
  calls: { now: 0, then: null },
  blocks: { now: 0, then: null },
  suspect: { now: 0, then: null },
};

interface Word {
  readonly outcome: GateOutcome;
  /** @param limit how the sentence names it: with its figure where it stands alone */
  readonly text: (limit: string) => string;
}

function wordOn(rule: GateRule, evidence: Evidence, alpha: number): Word {
  const inconclusive = (text: string): Word => ({ outcome: "inconclusive", text: () => text });
  const decisive = rule.limit.unit === "ns" ? evidence.ns : evidence.theta;
  if (decisive === null) return inconclusive("no ratio can be taken of it: its limit must be a length of time");
  const doubtful = tooSuspect(evidence) ?? tooFew(evidence, decisive);
  if (doubtful !== null) return inconclusive(doubtful);
  const effect = evidence.theta?.estimate;
  for (const brokenTwin of effect === undefined ? [] : evidence.brokenTwins) {
    const taken = takenBack(effect ?? 0, "slower", { brokenTwin, adjustedP: null, mustSurvive: null });
    if (taken !== null) return inconclusive(taken);
  }
  const { limit, note } = effectiveLimit(rule, evidence);
  const whole = (side: string) => (named: string) => `the whole interval lies ${side} ${named}${note}`;
  if (decisive.low > limit) return { outcome: "broken", text: whole("above") };
  if (decisive.high < limit) return { outcome: "passed", text: whole("below") };
  const sharper = evidence.hasTurns ? `, and sooner under load: interleaved, where roads take turns` : "";
  const more = advice(rule, evidence, decisive, limit, alpha);
  return {
    outcome: "inconclusive",
    text: (named) => `${named}${note} lies inside the interval; ${more}${sharper}`,
  };
}

/** On the scale that decides: ln for shares, ns. A limit below the margin is judged at the margin (METHOD §4.4). */
function effectiveLimit({ limit }: GateRule, { margin, now }: Evidence): { limit: number; note: string } {
  const asked = limit.unit === "share" ? Math.log1p(limit.value) : limit.value;
  if (margin === null) return { limit: asked, note: "" };
  const least = limit.unit === "share" ? Math.log1p(margin.fraction) : margin.fraction * (now.candidateNs ?? 0);
  if (asked >= least) return { limit: asked, note: "" };
  const source = margin.source === "floor" ? "the A/A floor" : "two steps of the histogram";
  return { limit: least, note: ` (judged at ${percentText(margin.fraction)}, ${source}: less cannot be seen here)` };
}

function tooSuspect({ now, then }: Evidence): string | null {
  const tooMany = ({ suspect, blocks }: CellSample): boolean => suspect > blocks * THRESHOLDS.suspectShareOfCell;
  const text = ({ suspect, blocks }: CellSample): string =>
    `${suspect} of ${counted(blocks, "block")} ${suspect === 1 ? "holds" : "hold"} a SUSPECT trial`;
  const advice = "more than a third: more blocks would not settle it, a quieter machine might";
  if (tooMany(now)) return `${text(now)}, ${advice}`;
  return then !== null && tooMany(then) ? `${text(then)} of the baseline, ${advice}` : null;
}

function tooFew({ now, then }: Evidence, decisive: RankInterval): string | null {
  if (then !== null) return fewBlocks(then.thetas.length, now.thetas.length, decisive);
  const { n, confidence, confidenceReached } = decisive;
  if (n < SMALLEST_N_FOR_VERDICT)
    return `${counted(n, "block")}, ${SMALLEST_N_FOR_VERDICT} are the least for a verdict`;
  if (confidenceReached >= confidence - 1e-12) return null;
  return `${counted(n, "block")} reach ${percentText(confidenceReached)} confidence, ${percentText(confidence)} is needed`;
}

/** What would bring the interval clear of the limit. */
function advice(rule: GateRule, { now, then }: Evidence, decisive: RankInterval, limit: number, alpha: number): string {
  const values = (sample: CellSample): readonly number[] =>
    rule.limit.unit === "ns" ? sample.valuesNs : sample.thetas;
  if (then !== null) return blocksText(values(then), values(now), Math.abs(decisive.estimate - limit), alpha);
  const more = moreBlocksNeeded(
    values(now).map((value) => value - limit),
    0,
    { alpha },
  );
  return more.kind === "about"
    ? `about ${counted(more.blocks, "more block")} would settle it (--blocks ${now.blocks + more.blocks})`
    : `not to be settled with ${more.ceiling} blocks: the figure lies on the limit`;
}

/** How believable it is that the figure lies at the limit itself: the exact rank test of the values moved by it. */
function pAtLimit(rule: GateRule, { now, then }: Evidence): number | null {
  const isNs = rule.limit.unit === "ns";
  const limit = isNs ? rule.limit.value : Math.log1p(rule.limit.value);
  const moved = (isNs ? now.valuesNs : now.thetas).map((value) => value - limit);
  if (moved.length === 0) return null;
  if (then === null) return signedRankTest(moved).p;
  const before = isNs ? then.valuesNs : then.thetas;
  return before.length === 0 ? null : mannWhitneyTest(before, moved).p;
}

/** `toll +15 % [12 %, 19 %], +32.1 µs [26 µs, 40.2 µs]`, absolute and relative side by side. */
function figuresText(rule: GateRule, { theta, ns }: Evidence): string {
  const relative = theta === null ? [] : [intervalText(mapped(theta, Math.expm1), signedPercent)];
  if (rule.held.kind === "fence") return intervalText(ns, durationText);
  return [...relative, intervalText(ns, signedDuration)].join(", ");
}

function intervalText({ estimate, low, high }: Interval, text: (value: number) => string): string {
  return `${text(estimate)} [${text(low)}, ${text(high)}]`;
}

const signedPercent = (share: number): string => `${share < 0 ? "−" : "+"}${percentText(Math.abs(share))}`;
const signedDuration = (ns: number): string => `${ns < 0 ? "−" : "+"}${durationText(Math.abs(ns))}`;

function mapped({ estimate, low, high }: Interval, change: (value: number) => number): Interval {
  return { estimate: change(estimate), low: change(low), high: change(high) };
}
