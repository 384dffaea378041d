/**
 * `tollgate capacity`: the largest rate at an SLO on each road, and what a call costs in CPU. Reads the flags, stands the
 * environment up, searches, and tells the result.
 */
import type { Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import type { IdleStrategy } from "../../loadgen/load-plan.js";
import { randomSeed } from "../../loadgen/random.js";
import type { CallsPerSecond, Nanoseconds } from "../../loadgen/units.js";
import { sloText } from "../../results/capacity/slo.js";
import { refuseElsewhere } from "../../results/named-run.js";
import type { Slo } from "../../results/run-shape.js";
import { CHAINS, CATALOGUE } from "../../scenarios/catalogue.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { selectScenarios } from "../../scenarios/selection.js";
import { findFreshCalibration } from "../calibrate/record.js";
import { findSearch } from "../capacity/find-search.js";
import { leastRateOf, searchDesign, type SearchWishes } from "../capacity/search-design.js";
import { searchProgress } from "../capacity/search-progress.js";
import { searchRoads } from "../capacity/search-roads.js";
import { slo } from "../capacity/slo-option.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { choice, count, duration, fraction, rate } from "../options.js";
import { interruption } from "../run/interruption.js";
import { performRun, type RunSource } from "../run/run.js";
import { addEnvironmentOptions, startEnvironment, type EnvironmentFlags } from "../start-environment.js";
import { tellSearch } from "../capacity/tell-search.js";
import { version } from "../version.js";
import { registerCapacityPlan } from "./capacity-plan.js";
import { readOption, severalOption } from "./read-option.js";

interface CapacityFlags extends EnvironmentFlags {
  readonly slo: Slo;
  readonly failures: number;
  readonly duration: Nanoseconds;
  readonly warmup: Nanoseconds;
  readonly maxRate: CallsPerSecond;
  readonly connections: number;
  readonly streams: number;
  readonly idle: IdleStrategy;
  readonly seed?: number;
  readonly tag: readonly string[];
  readonly results: string;
  readonly resume?: string | true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  tollgate capacity                              the roads of the chains, p99 below 10 ms
  tollgate capacity no-policy l7 --slo 'p99<2ms' two roads, another objective
  tollgate capacity --resume                     go on with the search that was cut short last
  tollgate capacity plan --peak 20000 --node-cores 16 --utilisation 0.6 --price 0.04`;

export function registerCapacity(program: Command, io: Io): void {
  const command = program
    .command("capacity")
    .argument("[roads...]", "which roads; default: those that are compared with each other")
    .description("the largest rate at an SLO on each road, and the CPU line: fixed + per call")
    .enablePositionalOptions()
    .addOption(readOption("--slo <objective>", "of the response time of ProcessPayment", slo, "p99<10ms"))
    .addOption(readOption("--failures <fraction>", "of the calls that may fail", fraction, "0.1%"))
    .addOption(readOption("--duration <time>", "measured window of a point at least", duration, "700ms"))
    .addOption(readOption("--warmup <time>", "warm-up of a point", duration, "200ms"))
    .addOption(readOption("--max-rate <calls/s>", "no point above it", rate, "100k"))
    .option("--connections <n>", "connections per caller", count("--connections"), 4)
    .option("--streams <n>", "calls in flight per connection at most", count("--streams"), 100)
    .option(
      "--idle <strategy>",
      "auto, sleep, hybrid or spin",
      choice("--idle", ["auto", "sleep", "hybrid", "spin"]),
      "auto",
    )
    .option("--seed <n>", "of orders, arrivals and payloads (default: a new one, kept in the record)", count("--seed"))
    .option(
      "--resume [run]",
      "go on with a search that was cut short: its id, its beginning, `tag:<name>` (default: the latest)",
    )
    .addOption(severalOption("--tag <name>", "a name for this search; may be given more than once", "none"))
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .option("--json", "the result on stdout, for machines")
    .addHelpText("after", EXAMPLES);
  addEnvironmentOptions(command);
  command.action((roads: readonly string[], flags: CapacityFlags) => guard(io, () => capacity(roads, flags, io)));
  registerCapacityPlan(command, io);
}

async function capacity(roads: readonly string[], flags: CapacityFlags, io: Io): Promise<ExitCode> {
  const source = await sourceOf(roads, flags);
  using stop = interruption(process);
  const kept = await (async () => {
    await using environment = await startEnvironment(flags, io);
    return await performRun(
      {
        resultsDir: flags.results,
        command: ["tollgate", ...process.argv.slice(2)],
        tags: flags.tag,
        version,
        source,
        calibration: (facts) => findFreshCalibration(flags.results, facts.fingerprint),
        drive: searchRoads,
      },
      { environment, progress: searchProgress(io), signal: stop.signal, now: () => new Date() },
    );
  })();
  return tellSearch(kept, { resultsDir: flags.results, json: flags.json === true }, io);
}

async function sourceOf(roads: readonly string[], flags: CapacityFlags): Promise<RunSource> {
  if (flags.resume !== undefined) return resumed(flags);
  const wishes = wishesOf(flags);
  const scenarios = selectScenarios(roads.length === 0 ? DEFAULT_ROADS : roads);
  refuseExperimental(scenarios);
  return { kind: "designed", scenarios, design: (measurable) => searchDesign(measurable, wishes) };
}

/** @throws Fault (usage) */
function refuseExperimental(scenarios: readonly Scenario[]): void {
  const one = scenarios.find(({ road }) => isExperimental(road));
  if (one === undefined) return;
  throw new Fault({
    fact: `the road ${one.name} is experimental: no capacity is planned on it`,
    expected: `some of ${DEFAULT_ROADS.join(", ")}`,
    try: `tollgate run --roads +${one.name}, which shows what it costs and what it does to callers`,
    exitCode: EXIT.usage,
  });
}

async function resumed({ results, resume }: CapacityFlags): Promise<RunSource> {
  const { run, folder } = await findSearch(results, resume === true ? undefined : resume);
  refuseElsewhere(results, folder);
  if (run.end?.state !== "complete") return { kind: "resume", run };
  throw new Fault({
    fact: `search ${run.header.id} is complete: there is nothing to resume`,
    try: `tollgate capacity plan ${run.header.id}, or tollgate capacity for a new one`,
    exitCode: EXIT.usage,
  });
}

function wishesOf(flags: CapacityFlags): SearchWishes {
  const least = leastRateOf(flags.slo, flags.duration);
  if (flags.maxRate < least) {
    throw new Fault({
      fact: `--max-rate ${flags.maxRate}: too few calls for ${sloText(flags.slo)}`,
      expected: `${least}/s at least, so that ten calls lie beyond the quantile in the longest window`,
      try: `--max-rate ${least}, or a longer --duration`,
      exitCode: EXIT.usage,
    });
  }
  return {
    slo: flags.slo,
    failureBudget: flags.failures,
    maxRate: flags.maxRate,
    windowNs: flags.duration,
    warmupNs: flags.warmup,
    connections: flags.connections,
    streams: flags.streams,
    idle: flags.idle,
    seed: flags.seed ?? randomSeed(),
  };
}

/** The roads of the declared chains, in catalogue order; no twins. */
const DEFAULT_ROADS = CATALOGUE.map(({ name }) => name).filter((name) =>
  CHAINS.some(({ candidate, baseline }) => name === candidate || name === baseline),
);
