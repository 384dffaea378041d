/** Every trial's own quantile, as data for the dots: which block, which road, how long, and whether it is in doubt. */
import type { Metric } from "../../results/comparison-shape.js";
import type { Run } from "../../results/run-shape.js";
import { isSuspectFor, isUsable, metricOf } from "../../results/trial-metrics.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { QuantileName, TollTable } from "./toll-tables.js";

export interface PointSet {
  readonly view: string;
  readonly title: string;
  readonly method: string;
  readonly quantity: TollTable["quantity"];
  readonly quantile: QuantileName;
  /** Roads with at least one point, as tables order them. */
  readonly scenarios: readonly Scenario[];
  readonly points: readonly TrialPoint[];
}

export interface TrialPoint {
  readonly scenario: string;
  /** Counts from 0. */
  readonly block: number;
  readonly valueNs: number;
  readonly isSuspect: boolean;
  /** What was remarked while it was measured. */
  readonly notes: readonly string[];
}

/** The middle and the tail; further ones would show the same dots a little higher. */
const SHOWN = ["p50", "p99"] as const;

/** Void trials are left out: they are counted in the basis, and their repeats stand here. */
export function pointSets(run: Run, tables: readonly TollTable[]): PointSet[] {
  return tables.flatMap((table) => SHOWN.flatMap((quantile) => pointSet(run, table, quantile) ?? []));
}

function pointSet(
  run: Run,
  { view, title, method, quantity, pass, rows }: TollTable,
  quantile: QuantileName,
): PointSet | null {
  const metric = `${quantity}_${quantile}` as Metric;
  const points = run.trials.filter(isUsable).flatMap((trial): TrialPoint[] => {
    if (trial.pass !== pass || !rows.some(({ scenario }) => scenario.name === trial.scenario)) return [];
    const valueNs = metricOf(trial, method, metric);
    if (valueNs === null || valueNs <= 0) return [];
    const isSuspect = isSuspectFor(trial, method, metric);
    const { notes } = trial.outcome.measurement;
    return [{ scenario: trial.scenario, block: trial.block, valueNs, isSuspect, notes }];
  });
  const scenarios = rows
    .map(({ scenario }) => scenario)
    .filter(({ name }) => points.some((point) => point.scenario === name));
  return scenarios.length === 0 ? null : { view, title, method, quantity, quantile, scenarios, points };
}
