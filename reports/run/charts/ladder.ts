/**
 * The toll ladder: what each mechanism adds to the median of one call, one rung after the other along the chain
 * no policy → L4 → hop → HTTP/2 and rules → TLS. Whiskers are the exact intervals of each rung.
 */
import type { Comparison, Interval } from "../../../results/comparison-shape.js";
import { roadName } from "../../../scenarios/envoy-arms.js";
import type { Scenario } from "../../../scenarios/scenario.js";
import { escapeHtml } from "../../html-text.js";
import { duration, durationInterval, signedDuration } from "../../quantities.js";
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

/** Where things stand: labels beside the bars, or, on a telephone, above them. */
interface Shape {
  readonly name: "wide" | "narrow";
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
  readonly bar: number;
  readonly ticks: number;
}
const WIDE: Shape = { name: "wide", width: 1040, left: 176, right: 190, row: 49, bar: 34, ticks: 7 };
const NARROW: Shape = { name: "narrow", width: 360, left: 16, right: 24, row: 54, bar: 22, ticks: 4 };

/**
 * Drawn for a wide page and for a narrow one, of which the style shows one. Null when there are not two rungs to draw.
 * @param comparisons all of the table's pass
 */
export function tollLadder(table: TollTable, comparisons: readonly Comparison[]): string | null {
  const rungs = rungsOf(table, comparisons);
  return rungs.length < 2 ? null : ladder(rungs, WIDE) + ladder(rungs, NARROW);
}

function ladder(rungs: readonly Rung[], shape: Shape): string {
  const { name, width, left, right, row, ticks } = shape;
  const bottom = 14 + rungs.length * row;
  const highest = Math.max(
    ...rungs.map(({ fromNs, toNs, interval }) => Math.max(toNs, fromNs + (interval?.high ?? 0))),
  );
  const axis = linearAxis(0, highest, left, width - right, ticks);
  const marks = rungs.map((rung, index) => rungMarks(rung, index, axis.at, shape)).join("");
  return (
    `<svg class="chart dim ${name}" viewBox="0 0 ${width} ${bottom + 30}" role="img" aria-labelledby="ladder-${name}">` +
    `<title id="ladder-${name}">${escapeHtml(describe(rungs))}</title>${verticalGrid(axis, 10, bottom)}${marks}</svg>`
  );
}

/** The longest way up from the floor, each step a comparison that was made, so that no rung is a difference of others. */
function rungsOf({ rows, pass, method, quantity }: TollTable, comparisons: readonly Comparison[]): Rung[] {
  const isHere = (name: string): boolean => rows.some(({ scenario }) => scenario.name === name);
  const floor = rows.find(({ scenario: { baseline } }) => baseline === null || !isHere(baseline));
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
    // Another Envoy on the same road replaces the first, it is nothing on top of it.
    if (roadName(step.candidate) === roadName(step.baseline)) return [];
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

function rungMarks(rung: Rung, index: number, at: (ns: number) => number, shape: Shape): string {
  const { scenario, fromNs, toNs, interval } = rung;
  const { bar, row } = shape;
  const y = 16 + index * row + (shape.name === "narrow" ? 20 : 0);
  const [left, right] = [at(Math.min(fromNs, toNs)), at(Math.max(fromNs, toNs))];
  const middle = y + bar / 2;
  const [low, high] = interval === null ? [right, right] : [at(fromNs + interval.low), at(fromNs + interval.high)];
  const whisker =
    interval === null
      ? ""
      : `<path class="whisker" d="M${low.toFixed(1)} ${middle}H${high.toFixed(1)}M${low.toFixed(1)} ${middle - 5}v10M${high.toFixed(1)} ${middle - 5}v10"/>`;
  const riser = index === 0 ? "" : `<path class="riser" d="M${at(fromNs).toFixed(1)} ${y - row + bar}V${y}"/>`;
  const text = index === 0 ? `${duration(toNs)} floor` : durationInterval(interval ?? { estimate: 0, low: 0, high: 0 });
  const fill = `fill="${roadColour(scenario)}"`;
  return (
    `<g data-roads="${escapeHtml(scenario.name)}">${riser}` +
    `<rect x="${left.toFixed(1)}" y="${y}" width="${Math.max(1.5, right - left).toFixed(1)}" height="${bar}" rx="2" ${fill}><title>${escapeHtml(`${scenario.name}, ${rung.differs}: ${text}`)}</title></rect>` +
    `${whisker}${labels(rung, y, Math.max(right, high) + 10, shape)}</g>`
  );
}

function labels({ scenario, differs, fromNs, toNs, interval }: Rung, y: number, x: number, shape: Shape): string {
  const [name, words] = [escapeHtml(scenario.name), escapeHtml(differs)];
  const value = interval === null ? duration(toNs) : signedDuration(toNs - fromNs);
  if (shape.name === "narrow") {
    return (
      `<text class="halo" x="0" y="${y - 6}"><tspan class="strong">${name}</tspan><tspan class="sub"> ${words}</tspan></text>` +
      `<text class="strong halo" x="${shape.width - 4}" y="${y - 6}" text-anchor="end">${value}</text>`
    );
  }
  const bounds = interval === null ? "" : durationInterval(interval).replace(/^[^[]*/, " ");
  return (
    `<text class="strong" x="${shape.left - 14}" y="${y + 15}" text-anchor="end">${name}</text>` +
    `<text class="sub" x="${shape.left - 14}" y="${y + 30}" text-anchor="end">${words}</text>` +
    `<text class="halo" x="${x.toFixed(1)}" y="${y + shape.bar / 2 + 5}"><tspan class="strong">${value}</tspan><tspan class="sub">${bounds}</tspan></text>`
  );
}

function describe(rungs: readonly Rung[]): string {
  const parts = rungs.map(({ scenario, fromNs, toNs }, index) =>
    index === 0 ? `${scenario.name} ${duration(toNs)}` : `${scenario.name} ${signedDuration(toNs - fromNs)}`,
  );
  return `Toll ladder, median of one call: ${parts.join(", ")}`;
}
