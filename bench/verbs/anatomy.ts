/**
 * `tollgate anatomy`: where the time of one call goes, road by road, from time stamps in the kernel. Reads the flags,
 * stands the lab up, measures, keeps the record and tells it.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { randomSeed } from "../../loadgen/random.js";
import type { Nanoseconds } from "../../loadgen/units.js";
import { anatomyJson, renderAnatomy } from "../../reports/anatomy/anatomy-text.js";
import { renderAnatomyPage } from "../../reports/anatomy/anatomy-page.js";
import { painter } from "../../reports/paint.js";
import { anatomyOf } from "../../results/anatomy.js";
import type { StampLevel } from "../../results/anatomy-segments.js";
import { keepAnatomy, type AnatomyRecord, type AnatomyTrial } from "../../results/anatomy-record.js";
import { newRunId } from "../../results/run-id.js";
import { selectScenarios } from "../../scenarios/selection.js";
import { measureAnatomy } from "../anatomy/anatomy.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { LiveLine } from "../load/live-line.js";
import { notMeasuredSentences } from "../not-measured.js";
import { choice, count, duration, durationOrZero } from "../options.js";
import { interruption } from "../run/interruption.js";
import { wasInterrupted } from "../load/drive-window.js";
import { addEnvironmentOptions, startEnvironment, type EnvironmentFlags } from "../start-environment.js";
import { version } from "../version.js";
import { readOption } from "./read-option.js";

interface AnatomyFlags extends EnvironmentFlags {
  readonly level: StampLevel;
  readonly wakeUps?: true;
  readonly blocks: number;
  readonly duration: Nanoseconds;
  readonly serverDelay: Nanoseconds;
  readonly seed?: number;
  readonly results: string;
  readonly json?: true;
}

/** One of each kind; twins and previews may be named. */
const STANDARD_ROADS = ["no-policy", "l4", "l4-proxy", "l7", "l7-tls"];

const EXAMPLES = `
Examples:
  tollgate anatomy                            five roads, 12 blocks: about a minute
  tollgate anatomy l4 l7 --blocks 20          two roads, narrower intervals
  tollgate anatomy l7 --level full --wake-ups who has the call at every moment
  tollgate anatomy l7 --server-delay 200us    on trial: the delay must show in the server's segment, nowhere else

No toll is taken from an anatomy: looking costs time, and how much is printed with it.`;

export function registerAnatomy(program: Command, io: Io): void {
  const command = program
    .command("anatomy")
    .argument("[road...]", `roads of tollgate scenarios list (default: ${STANDARD_ROADS.join(" ")})`)
    .description("where the time of one call goes, segment by segment, by time stamps in the kernel")
    .option(
      "--level <level>",
      "tc: at the links; full (experimental): within each process too, by tracepoints of Linux 6.16",
      choice("--level", ["tc", "full"]),
      "tc",
    )
    .option(
      "--wake-ups",
      "with --level full: where a woken process first runs, too; looked at on every switch of a CPU",
    )
    .option("--blocks <n>", "of trials, each road once with and once without stamps", count("--blocks", 6), 12)
    .addOption(readOption("--duration <time>", "each measured window", duration, "200ms"))
    .addOption(readOption("--server-delay <time>", "put into the server, to try the anatomy with", durationOrZero, "0"))
    .option("--seed <n>", "of orders and payloads (default: a new one, kept in the record)", count("--seed"))
    .option("--results <folder>", "where anatomies are kept, under anatomy/", DEFAULT_RESULTS)
    .option("--json", "the result on stdout, for machines");
  addEnvironmentOptions(command);
  command
    .addHelpText("after", EXAMPLES)
    .action((roads: string[], flags: AnatomyFlags) => guard(io, () => anatomy(roads, flags, io)));
}

async function anatomy(roads: readonly string[], flags: AnatomyFlags, io: Io): Promise<ExitCode> {
  checkFlags(flags);
  using stop = interruption(process);
  const live = new LiveLine(io, flags.duration);
  try {
    const record = await measure(roads.length === 0 ? STANDARD_ROADS : roads, flags, io, stop.signal, live);
    live.clear();
    return await tell(record, flags, io);
  } catch (error) {
    live.clear();
    if (!wasInterrupted(error, stop.signal)) throw error;
    io.stderr.write("interrupted: an anatomy is told when all of its blocks are measured\n");
    return EXIT.interrupted;
  }
}

/** @throws Fault (usage) */
function checkFlags({ env, level, wakeUps }: AnatomyFlags): void {
  if (env !== "lab") {
    throw new Fault({
      fact: "an anatomy is of the lab",
      seen: `--env ${env}`,
      so: "the links of a cluster belong to its CNI, which has its own programs on them",
      try: "tollgate anatomy --env lab",
      exitCode: EXIT.usage,
    });
  }
  if (wakeUps === undefined || level === "full") return;
  throw new Fault({
    fact: "--wake-ups without --level full",
    so: "level tc sees packets only, and no process",
    try: "tollgate anatomy --level full --wake-ups",
    exitCode: EXIT.usage,
  });
}

async function measure(
  roads: readonly string[],
  flags: AnatomyFlags,
  io: Io,
  signal: AbortSignal,
  live: LiveLine,
): Promise<AnatomyRecord> {
  const wanted = selectScenarios(roads);
  const created = new Date();
  const seed = flags.seed ?? randomSeed();
  const trials: AnatomyTrial[] = [];
  live.show(`standing up ${wanted.length} roads …`);
  await using environment = await startEnvironment(flags, io, { serverDelayNs: flags.serverDelay });
  const facts = await environment.prepare(wanted, signal);
  const scenarios = wanted.filter(({ name }) => !environment.notMeasured.has(name));
  const { level, notice } = (await environment.loadStamps?.(flags.level)) ?? { level: flags.level, notice: null };
  const stamps = { level, wakeUps: level === "full" && flags.wakeUps === true };
  const design = { scenarios, stamps, blocks: flags.blocks, windowNs: flags.duration, seed };
  await measureAnatomy(environment, design, signal, (trial) => {
    trials.push(trial);
    live.show(`block ${trial.block + 1} of ${flags.blocks}: ${trial.scenario}`);
  });
  return {
    schema: 1,
    id: newRunId(created, "lab"),
    createdAt: created.toISOString(),
    tollgate: version,
    command: ["tollgate", ...process.argv.slice(2)],
    level,
    ...(stamps.wakeUps ? { wakeUps: true } : {}),
    seed,
    blocks: flags.blocks,
    windowNs: flags.duration,
    serverDelayNs: flags.serverDelay,
    fingerprint: facts.fingerprint,
    placement: facts.placement,
    scenarios,
    trials,
    warnings: [
      ...facts.warnings,
      ...(notice === null ? [] : [notice]),
      ...notMeasuredSentences(environment.notMeasured),
    ],
  };
}

async function tell(record: AnatomyRecord, flags: AnatomyFlags, io: Io): Promise<ExitCode> {
  const folder = join(flags.results, "anatomy");
  const file = await keepAnatomy(folder, record);
  const page = join(folder, `${record.id}.html`);
  await writeFile(page, renderAnatomyPage(record));
  io.stdout.write(
    flags.json === true
      ? `${JSON.stringify(anatomyJson(record, file), null, 2)}\n`
      : renderAnatomy(record, { file, page }, painter(io.colour)),
  );
  return anatomyOf(record).roads.length === 0 ? EXIT.invalid : EXIT.done;
}
