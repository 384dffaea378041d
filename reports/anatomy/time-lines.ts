/**
 * The figure of an anatomy: one horizontal time line a road, all on one axis, each segment coloured by who has the call.
 * Lengths are medians, which a disturbed call does not stretch; since they do not add up, the rest up to the caller's own
 * median is drawn as what it is: the caller's part and what medians leave out.
 */
import type { AnatomySegment, RoadAnatomy } from "../../results/anatomy.js";
import type { Owner } from "../../results/anatomy-segments.js";
import { shownName } from "../../scenarios/l7-kernel.js";
import { linearAxis, verticalGrid } from "../charts/axis.js";
import { escapeHtml } from "../html-text.js";
import { duration } from "../quantities.js";
import { OWNER_WORDS, sumOfMedians } from "./anatomy-text.js";

/** Colours of html-style.ts, by who has the call. */
export const OWNER_PAINT: Readonly<Record<Owner, string>> = {
  caller: "var(--caller)",
  kernel: "var(--kernel)",
  scheduler: "var(--tls)",
  envoy: "var(--l7)",
  server: "var(--server)",
};

interface Shape {
  readonly name: "wide" | "narrow";
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
  /** From the top of a row to its bar: on a narrow screen the road's name stands above it. */
  readonly above: number;
  readonly ticks: number;
}

const SHAPES: readonly Shape[] = [
  { name: "wide", width: 1040, left: 130, right: 70, row: 66, above: 0, ticks: 8 },
  { name: "narrow", width: 340, left: 16, right: 24, row: 78, above: 22, ticks: 3 },
];
const BAR = 30;
/** Narrower segments get no text of their own; the table beneath has all of them. */
const TEXT_FROM = 58;

/** Drawn twice, for wide screens and narrow ones; the style shows the one that fits. */
export function timeLines(roads: readonly RoadAnatomy[]): string {
  return SHAPES.map((shape) => drawing(roads, shape)).join("");
}

function drawing(roads: readonly RoadAnatomy[], shape: Shape): string {
  const longest = Math.max(...roads.map(wholeOf));
  const axis = linearAxis(0, longest, shape.left, shape.width - shape.right, shape.ticks);
  const bottom = 10 + roads.length * shape.row;
  const title = `Where the time of one call goes: ${roads.map((road) => `${road.scenario.name} ${duration(road.caller.median.estimateNs)}`).join(", ")}`;
  const id = `time-lines-${shape.name}`;
  return (
    `<svg class="${shape.name}" viewBox="0 0 ${shape.width} ${bottom + 30}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(title)}</title>` +
    `${verticalGrid(axis, 6, bottom)}${roads.map((road, index) => line(road, 16 + index * shape.row, shape, axis.at)).join("")}</svg>`
  );
}

function line(road: RoadAnatomy, top: number, shape: Shape, at: (ns: number) => number): string {
  const y = top + shape.above;
  let fromNs = 0;
  const drawn = lengthsOf(road).map((segment) => {
    const toNs = fromNs + segment.lengthNs;
    const text = bar(road.scenario.name, segment, at(fromNs), at(toNs), y);
    fromNs = toNs;
    return text;
  });
  return `${names(road, top, shape, at(wholeOf(road)))}${drawn.join("")}`;
}

/** The road, and its caller's median. */
function names(road: RoadAnatomy, top: number, shape: Shape, end: number): string {
  const name = escapeHtml(shape.name === "narrow" ? shownName(road.scenario) : road.scenario.name);
  const median = duration(road.caller.median.estimateNs);
  if (shape.name === "narrow") {
    return `<text class="halo" x="${shape.left}" y="${top + 14}"><tspan class="strong">${name}</tspan> ${median}</text>`;
  }
  return (
    `<text class="strong" x="${shape.left - 12}" y="${top + 20}" text-anchor="end">${name}</text>` +
    `<text class="halo" x="${(end + 8).toFixed(1)}" y="${top + 20}">${median}</text>`
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
