/**
 * `tollgate load`: any unary call of any gRPC service, with the rules of METHOD and without a lab. Reads the flags, lets
 * workers drive one window, and tells what came of it; Ctrl-C ends the window early and keeps what was measured.
 */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { randomSeed } from "../../loadgen/random.js";
import { defaultWorkerSpawn, WorkerPool } from "../../loadgen/workers.js";
import { arrivalSpec } from "../load/arrival-spec.js";
import { cpuList, cpusOfWorker } from "../load/cpu-list.js";
import { driveWindow, wasInterrupted, type DrivenWindow } from "../load/drive-window.js";
import { hgrmText, hlogText } from "../load/hdr-files.js";
import { LiveLine } from "../load/live-line.js";
import type { LoadFlags } from "../load/load-flags.js";
import { loadOrder } from "../load/load-order.js";
import { loadJson } from "../load/load-report.js";
import { renderLoad } from "../load/load-text.js";
import { metadataField } from "../load/metadata-field.js";
import { guard, type Io } from "../io.js";
import { choice, count, duration, durationOrZero, hostPort, rate } from "../options.js";
import { interruption } from "../run/interruption.js";

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
    .requiredOption("--call <method>", "package.Service/Method")
    .option("--proto <file>", "where the method is declared (default: payments.proto)")
    .option(
      "--data <json|@file>",
      "the request, or an array of requests sent in turn (default: seeded payments, else {})",
    )
    .option("--metadata <name=value>", "sent with each call; may be given more than once", collectMetadata, []);
  addLoadOptions(command);
  addTlsOptions(command);
  addOutputOptions(command);
  command.addHelpText("after", EXAMPLES);
  command.action((flags: LoadFlags) => guard(io, () => load(flags, io)));
}

function addLoadOptions(command: Command): void {
  command
    .option("--rate <calls/s>", "open loop: calls leave when they are due, e.g. 1000 or 2.5k", rate("--rate"))
    .option(
      "--arrival <how>",
      "poisson (default), constant, ramp:A..B, step:A..B/N, replay:FILE",
      arrivalSpec("--arrival"),
    )
    .option("--in-flight <n>", "closed loop: each answer asks for the next call", count("--in-flight"))
    .option("--duration <time>", "the measured window (default: 10s, or a replay's length)", duration("--duration"))
    .option("--warmup <time>", "the same load before it, in no number", durationOrZero("--warmup"), oneSecond)
    .option("--total <n>", "end the window after this many calls", count("--total"))
    .option("--connections <n>", "over all workers (default: one per worker)", count("--connections"))
    .option("--streams <n>", "calls in flight per connection at most (default: 100)", count("--streams"))
    .option("--overflow <what>", "of calls due while no stream is free: queue or drop", overflow, "queue")
    .option("--workers <n>", "processes that share the load", count("--workers"), 1)
    .option("--cpus <list>", "pin the workers, e.g. 1 or 2-3", cpuList("--cpus"))
    .option("--idle <strategy>", "auto, sleep, hybrid or spin", idle, "auto")
    .option("--timeout <time>", "deadline of each call; 0: none", durationOrZero("--timeout"), twoSeconds)
    .option("--connect-timeout <time>", "until a connection must stand", duration("--connect-timeout"), fiveSeconds)
    .option("--transport <name>", "lean or grpc-js (the reference)", transport, "lean")
    .option("--seed <n>", "of arrivals and payloads (default: a new one, shown)", count("--seed", 0));
}

function addTlsOptions(command: Command): void {
  command
    .option("--tls", "TLS, checked against the system's authorities")
    .option("--cacert <file>", "PEM of the authority to trust instead")
    .option("--cert <file>", "PEM of our own certificate")
    .option("--key <file>", "PEM of its private key")
    .option("--servername <name>", "whom the certificate must be for (default: the target's host)")
    .option("--authority <name>", ":authority of the calls (default: the target)")
    .option("--allow-missing-alpn", "take a peer that negotiates no protocol");
}

function addOutputOptions(command: Command): void {
  command
    .option("--hlog <file>", "write all histograms as an HdrHistogram interval log")
    .option("--hgrm <file>", "write the headline's percentiles as HdrHistogram text")
    .option("--json", "the result as one JSON object");
}

const oneSecond = duration("--warmup")("1s");
const twoSeconds = duration("--timeout")("2s");
const fiveSeconds = duration("--connect-timeout")("5s");
const overflow = choice("--overflow", ["queue", "drop"]);
const idle = choice("--idle", ["auto", "sleep", "hybrid", "spin"]);
const transport = choice("--transport", ["lean", "grpc-js"]);

type Collected = readonly (readonly [name: string, value: string])[];
const collectMetadata = (text: string, before: Collected): Collected => [...before, metadataField("--metadata")(text)];

async function load(given: Omit<LoadFlags, "seed"> & { readonly seed?: number }, io: Io): Promise<ExitCode> {
  const flags: LoadFlags = { ...given, seed: given.seed ?? randomSeed() };
  const order = loadOrder(flags, readText);
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
  if (hgrm !== undefined) await writeText("--hgrm", hgrm, hgrmText(order, measurement));
}

async function writeText(flag: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Fault({ fact: `${flag}: ${file} cannot be written`, ...seenIn(error) }, { cause: error });
  }
}

function readText(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Fault(
      { fact: `${flag}: ${file} cannot be read`, ...seenIn(error), exitCode: EXIT.usage },
      { cause: error },
    );
  }
}

function seenIn(error: unknown): { seen: string } {
  return { seen: error instanceof Error ? error.message : String(error) };
}
