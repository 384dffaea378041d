/** Every trial as a dot, a thin line per block: if a road's dots wander, so should the reader's trust. */
import { horizontalGrid, linearAxis, logAxis, type Axis } from "../../charts/axis.js";
import { escapeHtml } from "../../html-text.js";
import { duration } from "../../quantities.js";
import { roadColour } from "../../road-paint.js";
import type { Scenario } from "../../../scenarios/scenario.js";
import { quantileText } from "../toll-tables.js";
import type { PointSet, TrialPoint } from "../trial-points.js";

const WIDTH = 1040;
const HEIGHT = 320;
const LEFT = 76;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = HEIGHT - 44;

interface Place {
  readonly x: (scenario: string, block: number) => number;
  readonly log: Axis;
  readonly linear: Axis;
}

/** @param id unique on the page */
export function trialDots(set: PointSet, id: string): string {
  const { scenarios, points } = set;
  const values = points.map((point) => point.valueNs);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const step = (WIDTH - LEFT - RIGHT) / scenarios.length;
  const spread = blockSpread(points, step);
  const middle = (name: string): number => LEFT + step * (scenarios.findIndex((one) => one.name === name) + 0.5);
  const place: Place = {
    x: (name, block) => middle(name) + spread(block),
    log: logAxis(lowest, highest, BOTTOM, TOP),
    linear: linearAxis(0, highest, BOTTOM, TOP, 6),
  };
  const title = `${set.method}, ${set.quantity} ${quantileText(set.quantile)} of every trial: ${points.length} trials on ${scenarios.length} roads, joined by block; lowest ${duration(lowest)}, highest ${duration(highest)}`;
  const grid = (axis: Axis): string => horizontalGrid(axis, LEFT, WIDTH - RIGHT);
  return (
    `<svg class="wide chart dim" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(title)}</title>` +
    `<g class="scale-log">${grid(place.log)}</g><g class="scale-linear">${grid(place.linear)}</g>${joins(set, place)}` +
    `${scenarios.map((scenario) => column(scenario, points, middle(scenario.name), place)).join("")}</svg>`
  );
}

/** Blocks side by side in the order of time, always in the same place of their column. */
function blockSpread(points: readonly TrialPoint[], step: number): (block: number) => number {
  const last = Math.max(1, ...points.map((point) => point.block));
  const width = Math.min(56, step * 0.6);
  return (block) => (block / last - 0.5) * width;
}

function joins({ scenarios, points }: PointSet, { x, log, linear }: Place): string {
  return [...new Set(points.map((point) => point.block))]
    .map((block) => {
      const own = scenarios.flatMap(
        ({ name }) => points.find((one) => one.block === block && one.scenario === name) ?? [],
      );
      const path = (axis: Axis): string =>
        `M${own.map((point) => `${x(point.scenario, block).toFixed(1)} ${axis.at(point.valueNs).toFixed(1)}`).join("L")}`;
      return own.length < 2 ? "" : `<path class="join" d="${path(log)}" data-linear="${path(linear)}"/>`;
    })
    .join("");
}

function column(scenario: Scenario, points: readonly TrialPoint[], middle: number, { x, log, linear }: Place): string {
  const own = points.filter((point) => point.scenario === scenario.name);
  const marks = own.map(({ block, valueNs, isSuspect }) => {
    const text = `${scenario.name}, block ${block + 1}: ${duration(valueNs)}${isSuspect ? " (suspect)" : ""}`;
    const [cy, cyLinear] = [log, linear].map((axis) => axis.at(valueNs).toFixed(1));
    return `<circle class="dot${isSuspect ? " hollow" : ""}" cx="${x(scenario.name, block).toFixed(1)}" cy="${cy}" data-linear="${cyLinear}" r="4"><title>${escapeHtml(text)}</title></circle>`;
  });
  const medianNs = median(own.map((point) => point.valueNs));
  const bar = (axis: Axis): string => `M${(middle - 32).toFixed(1)} ${axis.at(medianNs).toFixed(1)}h64`;
  return (
    `<g data-roads="${escapeHtml(scenario.name)}" style="--road:${roadColour(scenario)}">${marks.join("")}` +
    `<path class="median" d="${bar(log)}" data-linear="${bar(linear)}"/>` +
    `<text class="tick" x="${middle.toFixed(1)}" y="${BOTTOM + 26}" text-anchor="middle">${escapeHtml(scenario.name)}</text></g>`
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
