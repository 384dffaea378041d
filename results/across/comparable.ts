/**
 * Which cells of two runs may stand against each other, from their designs alone: decided before any number is seen.
 */
import { isDeepStrictEqual } from "node:util";
import { EXIT, Fault } from "../../loadgen/fault.js";
import { comparedCells, withoutExperimental } from "../comparison-cells.js";
import type { Cell } from "../paired-trials.js";
import type { PassDesign, RunHeader } from "../run-shape.js";
import { ALL_METHODS } from "../trial-evidence.js";
import { loadDifference, placementDifference, roadDifference } from "./same-load.js";

export interface NotComparable {
  readonly verdict: "added" | "removed" | "not compared";
  readonly reason: string;
}

/**
 * A lab and a cluster have nothing in common that cancels, and a run against itself says nothing.
 * @throws Fault (usage) in either case
 */
export function refuseIncomparable(before: RunHeader, after: RunHeader): void {
  if (before.id === after.id) {
    throw new Fault({
      fact: `${after.id} cannot be compared with itself`,
      expected: "two runs",
      try: "tollgate report shows one run alone",
      exitCode: EXIT.usage,
    });
  }
  if (before.environment === after.environment) return;
  throw new Fault({
    fact: "runs of different environments are never compared",
    expected: "two runs of the lab, or two of a cluster",
    seen: `${before.id}: ${before.environment}\n${after.id}: ${after.environment}`,
    so: "tolls of one machine and of a cluster are tolls of different things",
    try: "tollgate report on each of them",
    exitCode: EXIT.usage,
  });
}

/** The cells of both runs together, as the later one orders them; those of the earlier one only come last. */
export function cellsOfBoth(before: RunHeader, after: RunHeader): Cell[] {
  const cells = withoutExperimental(after, comparedCells(after));
  const earlier = withoutExperimental(before, comparedCells(before)).filter(
    (cell) => !cells.some((one) => isDeepStrictEqual(one, cell)),
  );
  return [...cells, ...earlier];
}

/** Why a cell of either run cannot be compared; null when it can. */
export function whyNotComparable(before: RunHeader, after: RunHeader, cell: Cell): NotComparable | null {
  const [earlier, later] = [passMeasuring(before, cell), passMeasuring(after, cell)];
  if (earlier === null && later === null) return notCompared("measured in neither run");
  if (later === null) return { verdict: "removed", reason: `only in ${before.id}` };
  if (earlier === null) return { verdict: "added", reason: `only in ${after.id}` };
  const reason =
    roadDifference(before, after, cell.candidate) ??
    roadDifference(before, after, cell.baseline) ??
    loadDifference(earlier, later) ??
    placementDifference(before.placement, after.placement);
  return reason === null ? null : notCompared(reason);
}

const notCompared = (reason: string): NotComparable => ({ verdict: "not compared", reason });

/** The pass that measured both roads and the method of a cell, if the design has one. */
export function passMeasuring({ design }: RunHeader, cell: Cell): PassDesign | null {
  const pass = design.passes.find(({ name }) => name === cell.pass);
  if (pass === undefined) return null;
  const hasRoads = pass.scenarios.includes(cell.candidate) && pass.scenarios.includes(cell.baseline);
  const hasMethod = cell.method === ALL_METHODS || pass.plan.mix.some(({ method }) => method === cell.method);
  return hasRoads && hasMethod ? pass : null;
}
