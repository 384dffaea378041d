/**
 * The toll ladder: what each mechanism adds to the median of one call, one rung after the other along the chain
 * no policy → L4 → hop → HTTP/2 and rules → TLS. Whiskers are the exact intervals of each rung.
 */
import type { Comparison, Interval } from "../../../results/comparison-shape.js";
import type { Scenario } from "../../../scenarios/scenario.js";
import { escapeHtml } from "../../html-text.js";
import { duration, signedDuration } from "../../quantities.js";
import { roadDifference } from "../road-difference.js";
import { roadColour } from "../../road-paint.js";
import type { TollTable } from "../toll-tables.js";
import { linearAxis, verticalGrid } from "../../charts/axis.js";

interface Rung {
  readonly scenario: Scenario;
  /** What this rung adds, in words. */
  readonly differs: string;
  readonly fromNs: number;
  readonly toNs: number;
  readonly interval: Interval | null;
}

const WIDTH = 1040;
const LEFT = 176;
const RIGHT = 120;
const ROW = 49;
const BAR = 34;

/**
 * Null when there are not two rungs to draw.
 * @param comparisons all of the table's pass
 */
export function tollLadder(table: TollTable, comparisons: readonly Comparison[]): string | null {
  const rungs = rungsOf(table, comparisons);
  if (rungs.length < 2) return null;
  const bottom = 14 + rungs.length * ROW;
  const highest = Math.max(
    ...rungs.map(({ fromNs, toNs, interval }) => Math.max(toNs, fromNs + (interval?.high ?? 0))),
  );
  const axis = linearAxis(0, highest, LEFT, WIDTH - RIGHT, 8);
  const marks = rungs.map((rung, index) => rungMarks(rung, 18 + index * ROW, index, axis.at)).join("");
  return (
    `<svg class="wide" viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img" aria-labelledby="ladder-title">` +
    `<title id="ladder-title">${escapeHtml(describe(rungs))}</title>${verticalGrid(axis, 10, bottom)}${marks}</svg>`
  );
}

/** The longest way up from the floor, each step a comparison that was made, so that no rung is a difference of others. */
function rungsOf({ rows, pass, method, quantity }: TollTable, comparisons: readonly Comparison[]): Rung[] {
  const floor = rows.find(({ scenario }) => scenario.baseline === null);
  const floorNs = floor?.at.p50.levelNs ?? null;
  if (floor === undefined || floorNs === null) return [];
  const steps = comparisons.filter(
    (one) => one.pass === pass && one.method === method && one.metric === `${quantity}_p50` && one.absoluteNs !== null,
  );
  const first: Rung = {
    scenario: floor.scenario,
    differs: floor.scenario.differs,
    fromNs: 0,
    toNs: floorNs,
    interval: null,
  };
  return climb(first, steps, new Map(rows.map(({ scenario }) => [scenario.name, scenario])), new Set());
}

function climb(
  rung: Rung,
  steps: readonly Comparison[],
  scenarios: ReadonlyMap<string, Scenario>,
  passed: ReadonlySet<string>,
): Rung[] {
  const seen = new Set([...passed, rung.scenario.name]);
  const ways = steps.flatMap((step) => {
    const next = scenarios.get(step.candidate);
    if (step.baseline !== rung.scenario.name || step.absoluteNs === null) return [];
    if (next === undefined || next.twinOf !== null || seen.has(next.name)) return [];
    const toNs = rung.toNs + step.absoluteNs.estimate;
    const differs = roadDifference(rung.scenario, next);
    return [
      climb({ scenario: next, differs, fromNs: rung.toNs, toNs, interval: step.absoluteNs }, steps, scenarios, seen),
    ];
  });
  const longest = ways.reduce((best, way) => (way.length > best.length ? way : best), [] as Rung[]);
  return [rung, ...longest];
}

function rungMarks(
  { scenario, differs, fromNs, toNs, interval }: Rung,
  y: number,
  index: number,
  at: (ns: number) => number,
): string {
  const [left, right] = [at(Math.min(fromNs, toNs)), at(Math.max(fromNs, toNs))];
  const middle = y + BAR / 2;
  const [low, high] = interval === null ? [right, right] : [at(fromNs + interval.low), at(fromNs + interval.high)];
  const whisker =
    interval === null
      ? ""
      : `<path class="whisker" d="M${low.toFixed(1)} ${middle}H${high.toFixed(1)}M${low.toFixed(1)} ${middle - 5}v10M${high.toFixed(1)} ${middle - 5}v10"/>`;
  const riser =
    index === 0
      ? ""
      : `<line class="riser" x1="${at(fromNs).toFixed(1)}" x2="${at(fromNs).toFixed(1)}" y1="${y - ROW + BAR}" y2="${y}"/>`;
  const label = index === 0 ? duration(toNs) : signedDuration(toNs - fromNs);
  return (
    `<text class="strong" x="${LEFT - 14}" y="${y + 15}" text-anchor="end">${escapeHtml(scenario.name)}</text>` +
    `<text class="sub" x="${LEFT - 14}" y="${y + 30}" text-anchor="end">${escapeHtml(differs)}</text>${riser}` +
    `<rect x="${left.toFixed(1)}" y="${y}" width="${Math.max(1, right - left).toFixed(1)}" height="${BAR}" rx="3" fill="${roadColour(scenario)}"/>` +
    `${whisker}<text class="strong halo" x="${(Math.max(right, high) + 10).toFixed(1)}" y="${middle + 5}">${label}</text>`
  );
}

function describe(rungs: readonly Rung[]): string {
  const parts = rungs.map(({ scenario, fromNs, toNs }, index) =>
    index === 0 ? `${scenario.name} ${duration(toNs)}` : `${scenario.name} ${signedDuration(toNs - fromNs)}`,
  );
  return `Toll ladder, median of one call: ${parts.join(", ")}`;
}
