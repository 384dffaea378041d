/**
 * `npm run bench:instrument`: does the instrument cost less than what it measures? Our client side by side with h2load
 * and grpc-js on the same server, interleaved, and the cost of what surrounds it.
 *
 *   node dist/bench/instrument-bench-main.js [--rounds 5] [--seconds 1.5] [--pin] [--skip-memory] [--json]
 *
 * All clients and the server run where the kernel puts them, as h2load is run as a rule. With --pin they have CPUs of
 * their own: on a virtual machine the wake-up of the other CPU then takes most of a round trip at 1 in flight (some 80
 * in place of 30 µs here), and all clients look alike. Exit code 1 when a promise is not kept.
 */
import { readFileSync } from "node:fs";
import { EXIT, type ExitCode } from "../loadgen/fault.js";
import { defaultWorkerSpawn, WorkerPool } from "../loadgen/workers.js";
import { BenchServer } from "./instrument-bench/bench-server.js";
import { rowsText, targetsText } from "./instrument-bench/bench-text.js";
import { comparePeers } from "./instrument-bench/compare-peers.js";
import { H2loadPeer } from "./instrument-bench/h2load-peer.js";
import { measureLateness } from "./instrument-bench/lateness.js";
import { measureMemoryGrowth } from "./instrument-bench/memory-growth.js";
import { measureOpenLoopCost } from "./instrument-bench/open-loop-cost.js";
import { measureRecordingCost } from "./instrument-bench/recording-cost.js";
import { targetsOf, type BenchResult } from "./instrument-bench/targets.js";
import { workerPeer } from "./instrument-bench/worker-peer.js";
import { holdCpusAwake } from "./cpu-idle.js";
import { guard, processIo, type Io } from "./io.js";
import { allowedCpus } from "./lab/placement.js";
import { count, positive } from "./options.js";
import { scriptFlags } from "./script-flags.js";

const flags = scriptFlags("npm run bench:instrument -- [--rounds 5] [--seconds 1.5] [--pin] [--skip-memory] [--json]", {
  rounds: count("--rounds"),
  seconds: positive("--seconds"),
  pin: null,
  "skip-memory": null,
  json: null,
});
const io = processIo();
await guard(io, () => bench(io));

async function bench({ stdout, stderr }: Io): Promise<ExitCode> {
  await using _awake = await holdCpusAwake();
  const cpus = allowedCpus(readFileSync("/proc/self/status", "utf8"));
  const apart = flags.pin && cpus.length > 1;
  const serverCpu = apart ? String(cpus[0]) : null;
  const clientCpu = apart ? String(cpus.at(-1)) : null;
  await using server = await BenchServer.start(pinning(serverCpu));
  const pool = await WorkerPool.start({ count: 1, spawn: () => defaultWorkerSpawn({ cpus: clientCpu }) });
  try {
    const result = await measureAll({
      server,
      pool,
      clientPinning: pinning(clientCpu),
      say: (text) => stderr.write(`${text}\n`),
    });
    const targets = targetsOf(result);
    stdout.write(
      flags.json ? `${JSON.stringify({ ...result, targets })}\n` : `${rowsText(result.rows)}\n${targetsText(targets)}`,
    );
    return targets.every(({ reached }) => reached !== "no") ? EXIT.done : EXIT.fault;
  } finally {
    await pool.close();
  }
}

interface BenchParts {
  readonly server: BenchServer;
  readonly pool: WorkerPool;
  readonly clientPinning: readonly string[];
  readonly say: (text: string) => void;
}

async function measureAll({ server, pool, clientPinning, say }: BenchParts): Promise<BenchResult> {
  const { rounds = 5, seconds = 1.5 } = flags;
  await using h2load = await H2loadPeer.prepare({ server, seconds, pinned: clientPinning });
  const others = [h2load, workerPeer("grpc-js", pool, server)];
  const rows = await comparePeers(workerPeer("lean", pool, server), others, rounds, say);
  say("open loop");
  const openLoop = await measureOpenLoopCost(pool, server, rounds);
  say("lateness");
  const lateness = await measureLateness(pool, server, rounds);
  say("recording");
  const recordingNs = measureRecordingCost(rounds);
  say("memory");
  const memory = flags["skip-memory"] ? null : await measureMemoryGrowth(pool, server);
  return { rows, openLoop, lateness, recordingNs, memory };
}

function pinning(cpu: string | null): readonly string[] {
  return cpu === null ? [] : ["taskset", "--cpu-list", cpu];
}
