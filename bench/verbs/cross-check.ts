/**
 * `tollgate cross-check`: the lean transport against grpc-js, interleaved, at one place. Answers whether the instrument
 * says of a road what a Node application would say, and what the application's library adds.
 */
import type { Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { randomSeed } from "../../loadgen/random.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { defaultWorkerSpawn, WorkerPool } from "../../loadgen/workers.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { HEADLINE_MIX } from "../../scenarios/standard-mix.js";
import { holdCpusAwake } from "../cpu-idle.js";
import { crossCheck } from "../cross-check/cross-check.js";
import { crossCheckJson, renderCrossCheck, type CrossCheckTitle } from "../cross-check/cross-check-text.js";
import { measurePairs } from "../cross-check/paired-windows.js";
import { ownServerPlace, roadPlace, targetPlace, type Place } from "../cross-check/places.js";
import { guard, type Io } from "../io.js";
import { cpusOfWorker } from "../load/cpu-list.js";
import { wasInterrupted } from "../load/drive-window.js";
import { LiveLine } from "../load/live-line.js";
import type { LoadFlags } from "../load/load-flags.js";
import { loadOrder } from "../load/load-order.js";
import { callName } from "../load/load-call.js";
import { loopWords } from "../load/load-text.js";
import { readTextFile } from "../load/read-text-file.js";
import { count, duration, durationOrZero, hostPort, type HostPort } from "../options.js";
import { interruption } from "../run/interruption.js";
import { addEnvironmentOptions, startEnvironment, type EnvironmentFlags } from "../start-environment.js";
import { addCallOptions, addConnectionOptions, addRhythmOptions, addTlsOptions } from "./load-options.js";
import { readOption } from "./read-option.js";

interface CrossCheckFlags extends Omit<LoadFlags, "seed" | "target" | "transport">, EnvironmentFlags {
  readonly seed?: number;
  readonly target?: HostPort;
  readonly road?: string;
  readonly pairs: number;
}

const EXAMPLES = `
Examples:
  tollgate cross-check                                    at a server of our own, 1 call in flight
  tollgate cross-check --rate 200 --pairs 12              the same as an open loop
  tollgate cross-check --road l7                          on a road of the lab
  tollgate cross-check --target 127.0.0.1:50051 --call payments.Payments/GetPaymentStatus`;

/** A verdict takes 6 pairs; some more make up for void ones. */
const PAIRS = 8;

export function registerCrossCheck(program: Command, io: Io): void {
  const command = program
    .command("cross-check")
    .description("the lean transport against grpc-js, interleaved, with the interval of their difference")
    .option("--target <host:port>", "at this server (default: one of our own)", hostPort("--target"))
    .option("--road <name>", "on this road (tollgate scenarios list)")
    .option("--call <method>", "package.Service/Method", "payments.Payments/ProcessPayment")
    .option("--pairs <n>", "of windows, one over each transport", count("--pairs", 6), PAIRS);
  addCallOptions(command);
  addRhythmOptions(command);
  command
    .addOption(readOption("--duration <time>", "each measured window", duration, "1s"))
    .addOption(readOption("--warmup <time>", "before each window", durationOrZero, "400ms"));
  addConnectionOptions(command);
  addTlsOptions(command);
  addEnvironmentOptions(command);
  command
    .option("--json", "the result as one JSON object")
    .addHelpText("after", EXAMPLES)
    .action((flags: CrossCheckFlags) => guard(io, () => check(flags, io)));
}

async function check(flags: CrossCheckFlags, io: Io): Promise<ExitCode> {
  const order = orderOf(flags);
  using stop = interruption(process);
  await using _awake = await holdCpusAwake();
  const live = new LiveLine(io, order.plan.windowNs);
  live.show("getting ready …");
  try {
    await using place = await placeOf(flags, order, io, stop.signal);
    const windows = await measurePairs<TransportName, Awaited<ReturnType<Place["measure"]>>>({
      arms: ["lean", "grpc-js"],
      pairs: flags.pairs,
      seed: order.plan.seed,
      measure: (transport, seed) => place.measure({ ...order, transport, plan: { ...order.plan, seed } }, stop.signal),
      usable: ({ verdict }) => verdict.state !== "INVALID" && !stop.signal.aborted,
      onPair: (done) => live.show(`pair ${done} of ${flags.pairs}`),
    });
    live.clear();
    stop.signal.throwIfAborted();
    const title = titleOf(place.where, order);
    const result = crossCheck(windows);
    const text =
      flags.json === true ? `${JSON.stringify(crossCheckJson(title, result))}\n` : renderCrossCheck(title, result);
    io.stdout.write(text);
    return result.rows.every((row) => row.difference === null) ? EXIT.invalid : EXIT.done;
  } catch (error) {
    live.clear();
    if (!wasInterrupted(error, stop.signal)) throw error;
    io.stderr.write("interrupted: pairs are compared only when all of them are measured\n");
    return EXIT.interrupted;
  }
}

function orderOf(flags: CrossCheckFlags): LoadOrder {
  if (flags.road !== undefined && flags.target !== undefined) {
    throw new Fault({
      fact: "--road and --target do not go together",
      expected: "one place: a road of the lab, or somebody's server",
      exitCode: EXIT.usage,
    });
  }
  const rhythm = flags.rate === undefined && flags.arrival === undefined ? { inFlight: flags.inFlight ?? 1 } : {};
  const target = flags.target ?? { host: "127.0.0.1", port: 0 };
  const seed = flags.seed ?? randomSeed();
  const order = loadOrder({ ...flags, ...rhythm, target, seed, transport: "lean" }, readTextFile);
  if (flags.road === undefined) return order;
  // A road's policy knows its callers: the calls of its own mix are made, as by them.
  return { ...order, plan: { ...order.plan, mix: HEADLINE_MIX } };
}

async function placeOf(flags: CrossCheckFlags, order: LoadOrder, io: Io, signal: AbortSignal): Promise<Place> {
  if (flags.road !== undefined) {
    const scenario = scenarioByName(flags.road);
    return roadPlace(await startEnvironment(flags, io), scenario, signal);
  }
  const spawn = (worker: number) => defaultWorkerSpawn({ cpus: cpusOfWorker(flags.cpus, worker, flags.workers) });
  const pool = await WorkerPool.start({ count: flags.workers, spawn });
  return flags.target === undefined ? ownServerPlace(pool, null) : targetPlace(pool, order);
}

function titleOf(where: string, order: LoadOrder): CrossCheckTitle {
  return { where, call: callName(order.plan.mix[0]!), load: loopWords(order), seed: order.plan.seed };
}
