/** Every trial as a dot, a thin line per block: if a road's dots wander, so should the reader's trust. */
import type { PassName, Trial } from "../../../results/trial.js";
import { isUsable, metricOf } from "../../../results/trial-metrics.js";
import type { Metric } from "../../../results/comparison-shape.js";
import type { Scenario } from "../../../scenarios/scenario.js";
import { escapeHtml } from "../../html-text.js";
import { duration } from "../../quantities.js";
import { roadColour } from "../../road-paint.js";
import { horizontalGrid, logAxis } from "../../charts/axis.js";

export interface DotsRequest {
  readonly trials: readonly Trial[];
  readonly scenarios: readonly Scenario[];
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
}

interface Dot {
  readonly scenario: string;
  readonly block: number;
  readonly valueNs: number;
  readonly isSuspect: boolean;
}

const WIDTH = 1040;
const HEIGHT = 300;
const LEFT = 76;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = HEIGHT - 48;

/** Null when there is nothing to draw. */
export function trialDots(request: DotsRequest): string | null {
  const dots = dotsOf(request);
  const scenarios = request.scenarios.filter(({ name }) => dots.some((dot) => dot.scenario === name));
  if (scenarios.length === 0) return null;
  const values = dots.map((dot) => dot.valueNs);
  const axis = logAxis(Math.min(...values), Math.max(...values), BOTTOM, TOP);
  const step = (WIDTH - LEFT - RIGHT) / scenarios.length;
  const x = (name: string): number => LEFT + step * (scenarios.findIndex((one) => one.name === name) + 0.5);
  return (
    `<svg class="wide" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="dots-${request.pass}">` +
    `<title id="dots-${request.pass}">One dot per trial, ${dots.length} trials, joined by block; lowest ${duration(Math.min(...values))}, highest ${duration(Math.max(...values))}</title>` +
    `${horizontalGrid(axis, LEFT, WIDTH - RIGHT)}${joins(dots, scenarios, x, axis.at)}` +
    `${scenarios.map((scenario) => column(scenario, dots, x(scenario.name), axis.at)).join("")}</svg>`
  );
}

function dotsOf({ trials, pass, method, metric }: DotsRequest): Dot[] {
  return trials.filter(isUsable).flatMap((trial) => {
    if (trial.pass !== pass) return [];
    const valueNs = metricOf(trial, method, metric);
    if (valueNs === null || valueNs <= 0) return [];
    const isSuspect = trial.outcome.verdict.state === "SUSPECT";
    return [{ scenario: trial.scenario, block: trial.block, valueNs, isSuspect }];
  });
}

function joins(
  dots: readonly Dot[],
  scenarios: readonly Scenario[],
  x: (name: string) => number,
  y: (ns: number) => number,
): string {
  const blocks = new Set(dots.map((dot) => dot.block));
  return [...blocks]
    .map((block) => {
      const points = scenarios.flatMap(({ name }) => {
        const dot = dots.find((one) => one.block === block && one.scenario === name);
        return dot === undefined ? [] : [`${(x(name) + offset(block)).toFixed(1)} ${y(dot.valueNs).toFixed(1)}`];
      });
      return points.length < 2 ? "" : `<path class="join" d="M${points.join("L")}"/>`;
    })
    .join("");
}

function column(scenario: Scenario, dots: readonly Dot[], x: number, y: (ns: number) => number): string {
  const own = dots.filter((dot) => dot.scenario === scenario.name);
  const marks = own.map((dot) => {
    const paint = dot.isSuspect
      ? `fill="none" stroke="${roadColour(scenario)}" stroke-width="1.6"`
      : `fill="${roadColour(scenario)}"`;
    const label = `${scenario.name}, block ${dot.block + 1}: ${duration(dot.valueNs)}${dot.isSuspect ? " (suspect)" : ""}`;
    return `<circle cx="${(x + offset(dot.block)).toFixed(1)}" cy="${y(dot.valueNs).toFixed(1)}" r="4" ${paint}><title>${escapeHtml(label)}</title></circle>`;
  });
  const middle = y(median(own.map((dot) => dot.valueNs))).toFixed(1);
  return (
    `${marks.join("")}<line class="median" x1="${(x - 20).toFixed(1)}" x2="${(x + 20).toFixed(1)}" y1="${middle}" y2="${middle}"/>` +
    `<text class="tick" x="${x.toFixed(1)}" y="${BOTTOM + 24}" text-anchor="middle">${escapeHtml(scenario.name)}</text>`
  );
}

/** Blocks side by side, always in the same place of their column. */
const offset = (block: number): number => ((block * 7) % 11) * 2.4 - 12;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
