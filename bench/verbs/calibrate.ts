/**
 * `tollgate calibrate`: is the instrument fit to measure here? Puts it on its bench, prints what it found and keeps the
 * record, which runs on this machine then carry.
 */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import type { IdleStrategy } from "../../loadgen/load-plan.js";
import { randomSeed } from "../../loadgen/random.js";
import { defaultWorkerSpawn, WorkerPool } from "../../loadgen/workers.js";
import { keepCalibration, type CalibrationRecord, type CalibrationSettings } from "../../results/calibration-record.js";
import { calibrate } from "../calibrate/calibrate.js";
import { CalibrationBench } from "../calibrate/calibration-bench.js";
import { FULL, QUICK } from "../calibrate/calibration-extent.js";
import { renderCalibration } from "../calibrate/calibration-text.js";
import type { ServerPlace } from "../calibrate/payments-process.js";
import { holdCpusAwake } from "../cpu-idle.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { readMachine } from "../lab/fingerprint.js";
import { allowedCpus, cpuList as cpuText, placeOn } from "../lab/placement.js";
import { cpuList } from "../load/cpu-list.js";
import { wasInterrupted } from "../load/drive-window.js";
import { LiveLine } from "../load/live-line.js";
import { choice, count } from "../options.js";
import { interruption } from "../run/interruption.js";

interface CalibrateFlags {
  readonly quick?: true;
  readonly cpus?: readonly number[];
  readonly serverCpus?: readonly number[];
  readonly netns?: string;
  readonly address: string;
  readonly idle: IdleStrategy;
  readonly seed?: number;
  readonly results: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  tollgate calibrate                                         under two minutes
  tollgate calibrate --quick                                 half of that
  tollgate calibrate --netns pod-a --address 198.18.0.2      over a road you have made

Exit code: 0 VALID or SUSPECT · 1 fault · 2 wrong usage · 5 something known was told wrongly · 130 Ctrl-C`;

export function registerCalibrate(program: Command, io: Io): void {
  program
    .command("calibrate")
    .description("is the instrument fit to measure here: its floor, known delays, grpc-js beside it, an A/A")
    .option("--quick", "shorter windows, fewer pairs")
    .option("--cpus <list>", "of the generator (default: as the lab places it)", cpuList("--cpus"))
    .option("--server-cpus <list>", "of the server (default: as the lab places it)", cpuList("--server-cpus"))
    .option("--netns <name>", "let the server run in this network namespace")
    .option("--address <ip>", "where the server listens", "127.0.0.1")
    .option(
      "--idle <strategy>",
      "auto, sleep, hybrid or spin",
      choice("--idle", ["auto", "sleep", "hybrid", "spin"]),
      "auto",
    )
    .option("--seed <n>", "of arrivals, payloads and orders (default: a new one, kept)", count("--seed", 0))
    .option("--results <folder>", "where the record is kept, under calibration/", DEFAULT_RESULTS)
    .option("--json", "the record on stdout, for machines")
    .addHelpText("after", EXAMPLES)
    .action((flags: CalibrateFlags) => guard(io, () => run(flags, io)));
}

async function run(flags: CalibrateFlags, io: Io): Promise<ExitCode> {
  const place = placeOf(flags);
  const placed = placeOn(allowedCpus(readFileSync("/proc/self/status", "utf8")));
  const generatorCpus = flags.cpus ?? placed.generator;
  const serverCpus = flags.serverCpus ?? placed.server;
  const seed = flags.seed ?? randomSeed();
  const quick = flags.quick === true;
  const settings: CalibrationSettings = {
    quick,
    seed,
    generatorCpus: cpuText(generatorCpus),
    serverCpus: cpuText(serverCpus),
    place: place.netns === null ? "loopback" : `network namespace ${place.netns}`,
    idle: flags.idle,
  };
  await using held = await holdCpusAwake();
  using stop = interruption(process);
  const live = new LiveLine(io, 0);
  const pool = await WorkerPool.start({ count: 1, spawn: () => defaultWorkerSpawn({ cpus: cpuText(generatorCpus) }) });
  const say = (text: string): void => {
    if (io.live) live.show(`${text} …`);
    else io.stderr.write(`${text}\n`);
  };
  const bench = new CalibrationBench({ pool, place, serverCpus, idle: flags.idle, seed, signal: stop.signal, say });
  try {
    const extent = quick ? QUICK : FULL;
    const record = await calibrate({ bench, extent, machine: readMachine(held.idle), settings, createdAt: new Date() });
    live.clear();
    return await tell(record, flags, io);
  } catch (error) {
    live.clear();
    if (!wasInterrupted(error, stop.signal)) throw error;
    io.stderr.write("interrupted: a calibration is kept only when it is whole\n");
    return EXIT.interrupted;
  } finally {
    await pool.close();
  }
}

async function tell(record: CalibrationRecord, flags: CalibrateFlags, io: Io): Promise<ExitCode> {
  const file = await keepCalibration(flags.results, record);
  if (flags.json === true) io.stdout.write(`${JSON.stringify(record)}\n`);
  else io.stdout.write(renderCalibration(record, { colour: io.colour, file }));
  return record.state === "INVALID" ? EXIT.invalid : EXIT.done;
}

function placeOf({ netns, address }: CalibrateFlags): ServerPlace {
  if (netns === undefined || !address.startsWith("127.")) return { host: address, netns: netns ?? null };
  throw new Fault({
    fact: `--netns ${netns} has a loopback of its own, which we cannot reach`,
    try: `--netns ${netns} --address ADDRESS, one of the namespace's that is routed to here`,
    exitCode: EXIT.usage,
  });
}
