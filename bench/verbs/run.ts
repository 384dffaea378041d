/**
 * `tollgate run`: which road costs what. Reads the flags, stands the environment up, runs the design and tells the
 * result; each of these is somebody else's work.
 */
import type { Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import type { IdleStrategy } from "../../loadgen/load-plan.js";
import { randomSeed } from "../../loadgen/random.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { CallsPerSecond, Nanoseconds } from "../../loadgen/units.js";
import { checkTagName, folderOfNamedRun, readNamedRun, refuseElsewhere } from "../../results/named-run.js";
import { readRunFolder } from "../../results/read-run-folder.js";
import type { Run } from "../../results/run-shape.js";
import type { PassName } from "../../results/trial.js";
import { envoyArms, envoysOf } from "../../scenarios/envoy-arms.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { selectScenarios, standardRoads } from "../../scenarios/selection.js";
import type { Stand } from "../cluster/stand.js";
import { findFreshCalibration } from "../calibrate/record.js";
import { capacityPassOf } from "../capacity/search-design.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { choice, count, duration, fraction, list, rate } from "../options.js";
import { CLUSTER_PASSES, FULL_BLOCKS, FULL_PASSES, QUICK_BLOCKS, QUICK_PASSES, WINDOWS_MS } from "../run/design.js";
import { interruption } from "../run/interruption.js";
import { performRun, type RunSource } from "../run/run.js";
import { runProgress } from "../run/run-progress.js";
import { addEnvironmentOptions, envoysOfFlags, startEnvironment, type EnvironmentFlags } from "../start-environment.js";
import { tellRun } from "../tell-run.js";
import { version } from "../version.js";
import { recordOf, standOf } from "./attached-run.js";
import { readOption, severalOption } from "./read-option.js";

interface RunFlags extends EnvironmentFlags {
  readonly roads?: readonly string[];
  readonly passes?: readonly string[];
  readonly quick?: true;
  readonly blocks?: number;
  readonly restarts?: number;
  readonly duration?: Nanoseconds;
  readonly warmup?: Nanoseconds;
  readonly rate: CallsPerSecond | "auto";
  readonly connections: number;
  readonly streams: number;
  readonly timeout: Nanoseconds;
  readonly idle: IdleStrategy;
  readonly transport: TransportName;
  readonly seed?: number;
  readonly tag: readonly string[];
  readonly results: string;
  readonly like?: string;
  readonly resume?: string | true;
  readonly attach?: string | true;
  readonly minEffect?: number;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  tollgate run                              every road of the lab, under five minutes
  tollgate run --quick                      1 call in flight and refusals only, under 75 seconds
  tollgate run --roads no-policy,l4,l7      three roads
  tollgate run --blocks 20 --duration 1s    for a release gate
  tollgate run --envoy 1.36.4 --envoy 1.37.0 --roads l4,l7,l7-again,l7-tls    what would this Envoy change?
  tollgate run --cilium 1.19.3 --cilium 1.20.0    the same, with the Envoys nearest to those releases'
  tollgate run --like 20261123-183000-lab-3f9c --tag after-upgrade
  tollgate run --resume                     go on with the run that was cut short last
  tollgate run --env cluster --quick        the same questions on a Kubernetes cluster with Cilium
  tollgate run --attach                     go on with the run on the cluster whose command line was lost
  tollgate run --env cluster --restarts 2   with new pods, slots changed, before every second block`;

export function registerRun(program: Command, io: Io): void {
  const command = program
    .command("run")
    .description("measure what each road costs a gRPC call, with intervals and proof")
    .option("--roads <names>", "only these roads, comma-separated (tollgate scenarios list)", list)
    .option("--quick", `1 call in flight and refusals only, ${QUICK_BLOCKS} blocks`)
    .option("--passes <names>", `of ${FULL_PASSES.join(", ")}`, list)
    .option("--blocks <n>", `blocks of every arm in random order (default: ${FULL_BLOCKS})`, count("--blocks"))
    .option(
      "--restarts <n>",
      "before every n blocks, make the pods of all roads anew (lab: the Envoys), slots changed (default: in a preview before every block, else never)",
      count("--restarts"),
    )
    .option(
      "--duration <time>",
      `measured time of each road in a block of ${lengthsInHelp("window")}; the small passes keep their own`,
      duration("--duration"),
    )
    .option("--warmup <time>", `warm-up of ${lengthsInHelp("warmup")}`, duration("--warmup"))
    .option("--rate <calls/s>", "of the open loop; auto: below the knee of the slowest road", rateOrAuto, "auto")
    .option("--connections <n>", "connections per caller of the open loop", count("--connections"), 4)
    .option("--streams <n>", "calls in flight per connection at most", count("--streams"), 100)
    .addOption(readOption("--timeout <time>", "deadline of each call", duration, "2s"))
    .option(
      "--idle <strategy>",
      "auto, sleep, hybrid or spin",
      choice("--idle", ["auto", "sleep", "hybrid", "spin"]),
      "auto",
    )
    .option("--transport <name>", "lean or grpc-js", choice("--transport", ["lean", "grpc-js"]), "lean")
    .option("--seed <n>", "of orders, arrivals and payloads (default: a new one, kept in the record)", count("--seed"))
    .option("--min-effect <fraction>", "differences below it are of no interest, e.g. 2%", fraction("--min-effect"))
    .option(
      "--like <run>",
      "repeat the design of an earlier run exactly: its id, its beginning, `latest`, `tag:<name>`, its folder",
    )
    .option("--resume [run]", "go on with a run that was cut short, named as for --like (default: the latest)")
    .option("--attach [run]", "cluster: go on with a run whose command line was lost, on the pods that stand")
    .addOption(severalOption("--tag <name>", "a name for this run; may be given more than once", "none"))
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .option("--json", "the result on stdout, for machines")
    .addHelpText("after", EXAMPLES);
  addEnvironmentOptions(command);
  command.action((flags: RunFlags) => guard(io, () => run(flags, command, io)));
}

async function run(given: RunFlags, command: Command, io: Io): Promise<ExitCode> {
  refuseIdleFlags(given, command);
  const { attach } = given;
  const flags: RunFlags = attach === undefined ? given : { ...given, env: "cluster" };
  for (const name of flags.tag) checkTagName(name, "tollgate run --tag");
  const envoys = await envoysOfFlags(flags, io);
  const attachTo = attach === undefined ? null : await standOf(flags, attach === true ? null : attach, io);
  const source = await sourceOf(flags, envoys.arms, attachTo);
  using stop = interruption(process, { outlivesTerminal: flags.env === "cluster" });
  const progress = runProgress(io, () => performance.now());
  const kept = await (async () => {
    await using environment = await startEnvironment(flags, io, { envoys, attachTo });
    // Awaited here: the environment must stand until the run has ended.
    return await performRun(
      {
        resultsDir: flags.results,
        command: ["tollgate", ...process.argv.slice(2)],
        tags: flags.tag,
        version,
        source,
        standIns: envoys.standIns,
        calibration: (facts) => findFreshCalibration(flags.results, facts.fingerprint),
      },
      { environment, progress, signal: stop.signal, now: () => new Date() },
    );
  })();
  return tellRun(kept, { resultsDir: flags.results, json: flags.json === true, minEffect: flags.minEffect ?? 0 }, io);
}

/** What a design holds. */
const DESIGN_FLAGS = [
  ...["roads", "quick", "passes", "blocks", "restarts", "duration", "warmup", "rate", "connections", "streams"],
  ...["timeout", "idle", "transport", "seed"],
];

/** What decides on what stands. */
const STAND_FLAGS = ["image", "placement", "generators", "via", "nodeSelector", "tolerations", "envoy", "cilium"];

/** A flag that would change nothing must not be taken as if it did. */
function refuseIdleFlags({ like, resume, attach, env }: RunFlags, command: Command): void {
  if (like === undefined && resume === undefined && attach === undefined) return;
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  const source = attach !== undefined ? "attach" : resume !== undefined ? "resume" : "like";
  const others = ["like", "resume"].filter((name) => name !== source);
  const idle = [...others, ...DESIGN_FLAGS, ...(attach === undefined ? [] : STAND_FLAGS)].find(isGiven);
  const other = attach !== undefined && env === "lab" && isGiven("env") ? "env lab" : idle;
  if (other === undefined) return;
  const flag = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new Fault({
    fact: `--${flag} and --${source} do not go together`,
    expected:
      attach === undefined
        ? "the design of the run that is named, to the letter"
        : "what stands in a cluster, as it is",
    try: `without --${flag}, or a run of its own`,
    exitCode: EXIT.usage,
  });
}

async function sourceOf(flags: RunFlags, arms: readonly string[], attachTo: Stand | null): Promise<RunSource> {
  if (attachTo !== null) return { kind: "resume", run: await recordOf(attachTo, flags.results), attached: true };
  if (flags.resume !== undefined) {
    const folder = await folderOfNamedRun(flags.results, flags.resume === true ? undefined : flags.resume);
    refuseElsewhere(flags.results, folder);
    return { kind: "resume", run: unfinished(blockwise(await readRunFolder(folder))) };
  }
  if (flags.like !== undefined) return { kind: "like", run: blockwise(await readNamedRun(flags.results, flags.like)) };
  const quick = flags.quick === true;
  return {
    kind: "new",
    rate: flags.rate,
    design: {
      scenarios: scenariosOf(flags, arms),
      passes: passesOf(flags.passes, quick ? QUICK_PASSES : flags.env === "cluster" ? CLUSTER_PASSES : FULL_PASSES),
      blocks: flags.blocks ?? (quick ? QUICK_BLOCKS : FULL_BLOCKS),
      seed: flags.seed ?? randomSeed(),
      windowNs: flags.duration ?? null,
      warmupNs: flags.warmup ?? null,
      connections: flags.connections,
      streams: flags.streams,
      idle: flags.idle,
      timeoutNs: flags.timeout,
      transport: flags.transport,
      ...(flags.restarts === undefined ? {} : { restartEveryBlocks: flags.restarts }),
    },
  };
}

/** A search finds its own rates: its design holds no blocks to be run. */
function blockwise(run: Run): Run {
  if (capacityPassOf(run.header.design) === null) return run;
  throw new Fault({
    fact: `run ${run.header.id} is a capacity search`,
    try: run.end?.state === "complete" ? "tollgate capacity" : `tollgate capacity --resume ${run.header.id}`,
    exitCode: EXIT.usage,
  });
}

function scenariosOf({ roads, env }: RunFlags, arms: readonly string[]): readonly Scenario[] {
  const chosen = roads === undefined ? standardRoads(env) : selectScenarios(roads);
  if (arms.length === 0 || envoysOf(chosen).length > 0) return envoyArms(chosen, arms);
  throw new Fault({
    fact: `none of the roads ${chosen.map(({ name }) => name).join(", ")} leads through Envoy`,
    so: `Envoy ${arms.join(" and ")} cannot be held against each other there`,
    try: "--roads l4,l7,l7-again",
    exitCode: EXIT.usage,
  });
}

function unfinished(run: Run): Run {
  if (run.end?.state !== "complete") return run;
  throw new Fault({
    fact: `run ${run.header.id} is complete: there is nothing to resume`,
    try: `tollgate run --like ${run.header.id}`,
    exitCode: EXIT.usage,
  });
}

function passesOf(names: readonly string[] | undefined, standard: readonly PassName[]): readonly PassName[] {
  if (names === undefined) return standard;
  return names.map((name) => choice("--passes", FULL_PASSES)(name));
}

/** `interleaved (default: 220ms), single (400ms) and mix (1000ms)` */
function lengthsInHelp(which: "window" | "warmup"): string {
  const { interleaved, single, mix } = WINDOWS_MS;
  return `interleaved (default: ${interleaved[which]}ms), single (${single[which]}ms) and mix (${mix[which]}ms)`;
}

const rateOrAuto = (text: string): CallsPerSecond | "auto" => (text === "auto" ? text : rate("--rate")(text));
