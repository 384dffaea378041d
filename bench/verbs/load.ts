/**
 * `tollgate load`: any unary call of any gRPC service, with the rules of METHOD and without a lab. Reads the flags, lets
 * workers drive one window, and tells what came of it; Ctrl-C ends the window early and keeps what was measured.
 */
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { randomSeed } from "../../loadgen/random.js";
import { defaultWorkerSpawn, WorkerPool } from "../../loadgen/workers.js";
import { cpusOfWorker } from "../load/cpu-list.js";
import { driveWindow, wasInterrupted, type DrivenWindow } from "../load/drive-window.js";
import { headlineHgrm, hlogText } from "../load/hdr-files.js";
import { LiveLine } from "../load/live-line.js";
import type { LoadFlags } from "../load/load-flags.js";
import { loadOrder } from "../load/load-order.js";
import { loadJson } from "../load/load-report.js";
import { renderLoad } from "../load/load-text.js";
import { readTextFile } from "../load/read-text-file.js";
import { guard, type Io } from "../io.js";
import { count, duration, durationOrZero, hostPort } from "../options.js";
import { interruption } from "../run/interruption.js";
import { addCallOptions, addConnectionOptions, addRhythmOptions, addTlsOptions, transport } from "./load-options.js";
import { readOption } from "./read-option.js";

const EXAMPLES = `
Examples:
  tollgate load --target 127.0.0.1:50051 --call payments.Payments/ProcessPayment --rate 1000 --duration 5s
  tollgate load --target 127.0.0.1:50051 --call payments.Payments/ProcessPayment --in-flight 100 --connections 4
  tollgate load --target shop.test:443 --tls --proto shop.proto --call shop.Shop/Buy --data '{"item": 7}' --rate 200
  tollgate load --target 127.0.0.1:50051 --call payments.Payments/ProcessPayment --arrival step:100..5000/10

Exit code: 0 measured (VALID or SUSPECT) · 1 the target cannot be reached · 2 wrong usage · 5 INVALID · 130 Ctrl-C`;

export function registerLoad(program: Command, io: Io): void {
  const command = program
    .command("load")
    .description("call any unary method of any gRPC service, and say whether the numbers may be believed")
    .requiredOption("--target <host:port>", "whom to call", hostPort("--target"))
    .requiredOption("--call <method>", "package.Service/Method");
  addCallOptions(command);
  addRhythmOptions(command);
  command
    .option("--duration <time>", "the measured window (default: 10s, or a replay's length)", duration("--duration"))
    .addOption(readOption("--warmup <time>", "the same load before it, in no number", durationOrZero, "1s"))
    .option("--total <n>", "end the window after this many calls", count("--total"))
    .option("--transport <name>", "lean or grpc-js (the reference)", transport, "lean");
  addConnectionOptions(command);
  addTlsOptions(command);
  command
    .option("--hlog <file>", "write all histograms as an HdrHistogram interval log")
    .option("--hgrm <file>", "write the headline's percentiles as HdrHistogram text")
    .option("--json", "the result as one JSON object")
    .addHelpText("after", EXAMPLES)
    .action((flags: GivenFlags) => guard(io, () => load(flags, io)));
}

type GivenFlags = Omit<LoadFlags, "seed"> & { readonly seed?: number };

async function load(given: GivenFlags, io: Io): Promise<ExitCode> {
  const flags: LoadFlags = { ...given, seed: given.seed ?? randomSeed() };
  const order = loadOrder(flags, readTextFile);
  using stop = interruption(process);
  const spawn = (worker: number) => defaultWorkerSpawn({ cpus: cpusOfWorker(flags.cpus, worker, flags.workers) });
  const pool = await WorkerPool.start({ count: flags.workers, spawn });
  const live = new LiveLine(io, order.plan.windowNs);
  live.show("connecting …");
  try {
    const driven = await driveWindow(pool, order, {
      signal: stop.signal,
      onReady: () => live.show("warming up …"),
      onInterval: (line) => live.interval(line),
    });
    live.clear();
    await writeFiles(flags, driven);
    return tell(flags, driven, stop.signal.aborted, io);
  } catch (error) {
    live.clear();
    if (!wasInterrupted(error, stop.signal)) throw error;
    io.stderr.write("interrupted before the window opened: nothing was measured\n");
    return EXIT.interrupted;
  } finally {
    await pool.close();
  }
}

function tell(flags: LoadFlags, driven: DrivenWindow, interrupted: boolean, io: Io): ExitCode {
  const { order, measurement, verdict } = driven;
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify(loadJson(order, measurement, verdict))}\n`);
  } else {
    io.stdout.write(renderLoad({ order, measurement, verdict, interrupted, colour: io.colour }));
  }
  if (interrupted) return EXIT.interrupted;
  return verdict.state === "INVALID" ? EXIT.invalid : EXIT.done;
}

async function writeFiles({ hlog, hgrm }: LoadFlags, { order, measurement, openedAtMs }: DrivenWindow): Promise<void> {
  if (hlog !== undefined) await writeText("--hlog", hlog, hlogText(order, measurement, openedAtMs));
  if (hgrm !== undefined) await writeText("--hgrm", hgrm, headlineHgrm(order, measurement));
}

async function writeText(flag: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Fault({ fact: `${flag}: ${file} cannot be written`, ...seenIn(error) }, { cause: error });
  }
}

function seenIn(error: unknown): { seen: string } {
  return { seen: error instanceof Error ? error.message : String(error) };
}
