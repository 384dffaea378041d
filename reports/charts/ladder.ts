/**
 * The toll ladder: what each mechanism adds to the median of one call, one rung after the other along the chain
 * no policy → L4 → hop → parsing → rules → TLS. Whiskers are the exact intervals of each rung.
 */
import { escapeHtml } from "../html-text.js";
import { duration, signedDuration } from "../quantities.js";
import type { TollRow, TollTable } from "../report-model.js";
import { roadColour } from "../road-paint.js";
import { linearAxis, verticalGrid } from "./axis.js";

interface Rung {
  readonly row: TollRow;
  readonly fromNs: number;
  readonly toNs: number;
}

const WIDTH = 1040;
const LEFT = 160;
const RIGHT = 120;
const ROW = 49;
const BAR = 34;

/** Null when there are not two rungs to draw. */
export function tollLadder(table: TollTable): string | null {
  const rungs = rungsOf(table);
  if (rungs.length < 2) return null;
  const bottom = 14 + rungs.length * ROW;
  const highest = Math.max(
    ...rungs.map(({ row, fromNs, toNs }) => Math.max(toNs, fromNs + (row.p50?.absoluteNs?.high ?? 0))),
  );
  const axis = linearAxis(0, highest, LEFT, WIDTH - RIGHT, 8);
  const marks = rungs.map((rung, index) => rungMarks(rung, 18 + index * ROW, index, axis.at)).join("");
  return (
    `<svg class="wide" viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img" aria-labelledby="ladder-title">` +
    `<title id="ladder-title">${escapeHtml(describe(rungs))}</title>${verticalGrid(axis, 10, bottom)}${marks}</svg>`
  );
}

/** From the floor upwards, each rung the scenario whose baseline is the rung before; the costlier road where two begin. */
function rungsOf({ rows }: TollTable): Rung[] {
  const floor = rows.find((row) => row.scenario.baseline === null);
  if (floor?.levelP50Ns == null) return [];
  const rungs: Rung[] = [{ row: floor, fromNs: 0, toNs: floor.levelP50Ns }];
  for (;;) {
    const last = rungs[rungs.length - 1];
    if (last === undefined) return rungs;
    const next = nextRung(rows, last);
    if (next === null) return rungs;
    const toll = next.p50?.absoluteNs?.estimate ?? 0;
    rungs.push({ row: next, fromNs: last.toNs, toNs: last.toNs + toll });
  }
}

function nextRung(rows: readonly TollRow[], last: Rung): TollRow | null {
  const candidates = rows.filter(
    ({ scenario, p50 }) =>
      scenario.baseline === last.row.scenario.name && scenario.twinOf === null && p50?.absoluteNs != null,
  );
  // Of two roads on one baseline the ladder takes the one that others stand on, or that has a policy.
  const standsUnder = (row: TollRow): number =>
    rows.filter(({ scenario }) => scenario.baseline === row.scenario.name && scenario.twinOf === null).length +
    (row.scenario.road.policy === "l4" ? 1 : 0);
  return candidates.sort((a, b) => standsUnder(b) - standsUnder(a))[0] ?? null;
}

function rungMarks({ row, fromNs, toNs }: Rung, y: number, index: number, at: (ns: number) => number): string {
  const { scenario, p50 } = row;
  const [left, right] = [at(Math.min(fromNs, toNs)), at(Math.max(fromNs, toNs))];
  const middle = y + BAR / 2;
  const interval = index === 0 ? null : (p50?.absoluteNs ?? null);
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
    `<text class="sub" x="${LEFT - 14}" y="${y + 30}" text-anchor="end">${escapeHtml(scenario.differs)}</text>${riser}` +
    `<rect x="${left.toFixed(1)}" y="${y}" width="${Math.max(1, right - left).toFixed(1)}" height="${BAR}" rx="3" fill="${roadColour(scenario)}"/>` +
    `${whisker}<text class="strong" x="${(Math.max(right, high) + 10).toFixed(1)}" y="${middle + 5}">${label}</text>`
  );
}

function describe(rungs: readonly Rung[]): string {
  const parts = rungs.map(({ row, fromNs, toNs }, index) =>
    index === 0 ? `${row.scenario.name} ${duration(toNs)}` : `${row.scenario.name} ${signedDuration(toNs - fromNs)}`,
  );
  return `Toll ladder, median of one call: ${parts.join(", ")}`;
}
