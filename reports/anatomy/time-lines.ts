/**
 * The figure of an anatomy: one horizontal time line a road, all on one axis, each segment coloured by who has the call.
 * Lengths are medians, which a disturbed call does not stretch; since they do not add up, the rest up to the caller's own
 * median is drawn as what it is: the caller's part and what medians leave out.
 */
import type { AnatomySegment, Owner, RoadAnatomy } from "../../results/anatomy.js";
import { linearAxis, verticalGrid } from "../charts/axis.js";
import { escapeHtml } from "../html-text.js";
import { duration } from "../quantities.js";
import { OWNER_WORDS, sumOfMedians } from "./anatomy-text.js";

/** Colours of html-style.ts, by who has the call. */
export const OWNER_PAINT: Readonly<Record<Owner, string>> = {
  caller: "var(--caller)",
  kernel: "var(--kernel)",
  envoy: "var(--l7)",
  server: "var(--server)",
};

const WIDTH = 1040;
const LEFT = 130;
const RIGHT = 70;
const ROW = 66;
const BAR = 30;
/** Narrower segments get no text of their own; the table beneath has all of them. */
const TEXT_FROM = 58;

export function timeLines(roads: readonly RoadAnatomy[]): string {
  const longest = Math.max(...roads.map(wholeOf));
  const axis = linearAxis(0, longest, LEFT, WIDTH - RIGHT, 8);
  const bottom = 10 + roads.length * ROW;
  const title = `Where the time of one call goes: ${roads.map((road) => `${road.scenario.name} ${duration(road.caller.median.estimateNs)}`).join(", ")}`;
  return (
    `<svg class="wide" viewBox="0 0 ${WIDTH} ${bottom + 30}" role="img" aria-labelledby="time-lines"><title id="time-lines">${escapeHtml(title)}</title>` +
    `${verticalGrid(axis, 6, bottom)}${roads.map((road, index) => line(road, 16 + index * ROW, axis.at)).join("")}</svg>`
  );
}

function line(road: RoadAnatomy, y: number, at: (ns: number) => number): string {
  const name = escapeHtml(road.scenario.name);
  let fromNs = 0;
  const drawn = lengthsOf(road).map((segment) => {
    const toNs = fromNs + segment.lengthNs;
    const text = bar(road.scenario.name, segment, at(fromNs), at(toNs), y);
    fromNs = toNs;
    return text;
  });
  const end = (at(wholeOf(road)) + 8).toFixed(1);
  return (
    `<text class="strong" x="${LEFT - 12}" y="${y + 20}" text-anchor="end">${name}</text>${drawn.join("")}` +
    `<text class="halo" x="${end}" y="${y + 20}">${duration(road.caller.median.estimateNs)}</text>`
  );
}

interface Drawn extends Pick<AnatomySegment, "name" | "owner"> {
  readonly lengthNs: number;
}

function lengthsOf(road: RoadAnatomy): Drawn[] {
  const known = road.segments.flatMap(({ name, owner, median }) =>
    median === null ? [] : [{ name, owner, lengthNs: median.estimateNs }],
  );
  const lengthNs = Math.max(0, road.caller.median.estimateNs - sumOfMedians(road));
  return [...known, { name: "the caller's part, and what medians leave out", owner: "caller", lengthNs }];
}

function wholeOf(road: RoadAnatomy): number {
  return Math.max(road.caller.median.estimateNs, sumOfMedians(road));
}

function bar(road: string, { name, owner, lengthNs }: Drawn, left: number, right: number, y: number): string {
  const width = Math.max(0.6, right - left - 1);
  const hover = `${road}, ${name} (${OWNER_WORDS[owner]}): median ${duration(lengthNs)}`;
  const label =
    right - left < TEXT_FROM
      ? ""
      : `<text class="sub" x="${((left + right) / 2).toFixed(1)}" y="${y + BAR + 14}" text-anchor="middle">${duration(lengthNs)}</text>`;
  return `<rect x="${left.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${OWNER_PAINT[owner]}"><title>${escapeHtml(hover)}</title></rect>${label}`;
}
