/**
 * What of a run goes into an export: which trials, and which of their latency series.
 */
import type { GrpcStatusName } from "../../loadgen/grpc/status.js";
import type { Quantity } from "../../loadgen/measurement.js";
import { EXIT, Fault } from "../../loadgen/fault.js";
import { nearestWord } from "../../loadgen/nearest-word.js";
import { decodedHistogram } from "../../results/measured-series.js";
import type { Run } from "../../results/run-shape.js";
import type { SparseHistogram } from "../../results/sparse-histogram.js";
import { isUsable, type MeasuredTrial } from "../../results/trial-metrics.js";
import type { PassName, Trial } from "../../results/trial.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";

export interface Selection {
  /** One trial by its index, whatever its verdict. Null: all trials that are not void. */
  readonly trial: number | null;
  /** Empty: all but the experimental ones, which must be asked for by name. */
  readonly roads: readonly string[];
  readonly passes: readonly string[];
  readonly methods: readonly string[];
}

/** One latency histogram of one trial. Refused and failed calls are series of their own (METHOD §2.7). */
export interface ExportedSeries {
  readonly trial: MeasuredTrial;
  readonly method: string;
  readonly quantity: LatencyQuantity;
  /** How the calls ended. */
  readonly status: GrpcStatusName;
  readonly histogram: SparseHistogram;
}

/** What failed calls have is their service time. */
export type LatencyQuantity = "response" | "service" | "call";

/** @throws Fault (usage) when a name is not in the run, the trial measured nothing, or nothing is left */
export function selectTrials(run: Run, selection: Selection): MeasuredTrial[] {
  checkNames(run, selection);
  const trials = selection.trial === null ? run.trials.filter(isUsable) : [measuredTrial(run, selection.trial)];
  const experimental = run.header.scenarios.filter(({ road }) => isExperimental(road)).map(({ name }) => name);
  const isUnasked = ({ scenario }: MeasuredTrial): boolean =>
    selection.trial === null && selection.roads.length === 0 && experimental.includes(scenario);
  const wanted = (words: readonly string[], word: string): boolean => words.length === 0 || words.includes(word);
  const left = trials.filter(
    (trial) => !isUnasked(trial) && wanted(selection.roads, trial.scenario) && wanted(selection.passes, trial.pass),
  );
  if (left.length > 0) return left;
  throw new Fault({
    fact: `nothing of run ${run.header.id} is left to export`,
    expected: "a trial that is not void, on the asked roads and passes",
    seen: `${run.trials.length} trials, ${run.trials.filter(isUsable).length} of them not void`,
    try: `tollgate report ${run.header.id}`,
    exitCode: EXIT.usage,
  });
}

/** Every latency series of the trials that holds a call, in the order of trials. */
export function latencySeries(trials: readonly MeasuredTrial[], methods: readonly string[]): ExportedSeries[] {
  return trials.flatMap((trial) =>
    trial.outcome.measurement.series.flatMap(({ method, quantity, histogram }) => {
      const kind = latencyKind(quantity);
      if (kind === null || histogram.count === 0 || (methods.length > 0 && !methods.includes(method))) return [];
      return [{ trial, method, ...kind, histogram: decodedHistogram(histogram) }];
    }),
  );
}

/** Of each method and status the one a reader looks at first: response of an open loop, else service. */
export function headlineSeries(trials: readonly MeasuredTrial[], methods: readonly string[]): ExportedSeries[] {
  const isHeadline = ({ trial, quantity, status }: ExportedSeries): boolean =>
    status === "OK" ? quantity === headlineQuantity(trial) : true;
  return latencySeries(trials, methods).filter(isHeadline);
}

function headlineQuantity({ plan: { loop } }: Trial): LatencyQuantity {
  if (loop.kind === "open") return "response";
  return loop.connectionPerCall ? "call" : "service";
}

/** Null for what is no latency of a call: lateness, and waiting for a stream. */
function latencyKind(quantity: Quantity): Pick<ExportedSeries, "quantity" | "status"> | null {
  if (quantity === "response" || quantity === "service" || quantity === "call") return { quantity, status: "OK" };
  if (quantity === "lateness" || quantity === "blocked") return null;
  return { quantity: "service", status: quantity.slice("failure:".length) as GrpcStatusName };
}

function measuredTrial(run: Run, index: number): MeasuredTrial {
  const trial = run.trials.find((one) => one.index === index);
  if (trial === undefined) {
    throw new Fault({
      fact: `--trial ${index}: run ${run.header.id} has no such trial`,
      expected: run.trials.length === 0 ? "a run with trials" : `0 to ${run.trials.at(-1)?.index ?? 0}`,
      exitCode: EXIT.usage,
    });
  }
  const { outcome } = trial;
  if (outcome.state === "measured") return { ...trial, outcome };
  throw new Fault({
    fact: `--trial ${index}: it failed, and measured nothing`,
    seen: `${outcome.stage}: ${outcome.message}`,
    try: "another trial; trials.csv lists them all",
    exitCode: EXIT.usage,
  });
}

function checkNames({ header }: Run, { roads, passes, methods }: Selection): void {
  const { scenarios, design } = header;
  const plans = design.passes.map(({ plan }) => plan);
  check(
    "--road",
    roads,
    scenarios.map(({ name }) => name),
  );
  check(
    "--pass",
    passes,
    design.passes.map(({ name }): PassName => name),
  );
  check("--method", methods, [...new Set(plans.flatMap(({ mix }) => mix.map(({ method }) => method)))]);
}

function check(flag: string, asked: readonly string[], known: readonly string[]): void {
  const unknown = asked.find((word) => !known.includes(word));
  if (unknown === undefined) return;
  const nearest = nearestWord(unknown, known);
  throw new Fault({
    fact: `${flag} ${unknown}: not in this run`,
    expected: known.join(", "),
    ...(nearest === null ? {} : { try: `${flag} ${nearest}` }),
    exitCode: EXIT.usage,
  });
}
