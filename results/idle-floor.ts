/**
 * Whether the reading of the idle node can be what is taken off a road's CPU. It is read once, before the first trial;
 * when other work runs just then, it is more than the node spends on anything but the calls, and what is left for a
 * road is too little, or less than nothing.
 */
import { standingTrials } from "./paired-trials.js";
import type { Run } from "./run-shape.js";
import { hodgesLehmannPaired } from "./statistics/hodges-lehmann.js";
import { ALL_METHODS } from "./trial-evidence.js";
import { metricOf } from "./trial-metrics.js";
import type { PassName } from "./trial.js";

const known = new WeakMap<Run, Map<PassName, boolean>>();

/** False when any road of the pass would cost less than nothing: one reading was taken off all of them. */
export function isIdleFloorBelievable(run: Run, pass: PassName): boolean {
  const passes = known.get(run) ?? new Map<PassName, boolean>();
  known.set(run, passes);
  const believable = passes.get(pass) ?? roadLevels(run, pass).every((level) => level > 0);
  passes.set(pass, believable);
  return believable;
}

function roadLevels(run: Run, pass: PassName): number[] {
  const floor = run.header.idleBusyNsPerSecond;
  if (floor === undefined) return [];
  const roads = run.header.design.passes.find(({ name }) => name === pass)?.scenarios ?? [];
  return roads.flatMap((road) => {
    const values = standingTrials(run, pass, road).flatMap(
      (trial) => metricOf(trial, ALL_METHODS, "cpu_per_call", floor) ?? [],
    );
    return values.length === 0 ? [] : [hodgesLehmannPaired(values).estimate];
  });
}
