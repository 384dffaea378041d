/**
 * `npm run fuzz`: plays conversations, lawful and mutated, to our HTTP/2 client and server, on all cores. Each input is
 * made from its seed alone; a failure prints the seed, what is wrong, the input and the command that repeats it.
 *
 * An endpoint that never returns cannot be interrupted from within its own thread: the workers therefore write down
 * which seed they are at, and this thread looks after them.
 */
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { runInput, type FuzzFailure } from "../loadgen/http2/fuzz/fuzz-input.js";
import { randomSeed } from "../loadgen/random.js";
import { count } from "./options.js";
import { scriptFlags } from "./script-flags.js";

const DEFAULT_INPUTS = 200_000;
/** An input takes a millisecond or two; the largest some hundred on a busy machine. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 1000;
const TELL_EVERY_MS = 10_000;

/** What a worker is given: the seeds from `first` on, each `stride`-th, `count` of them. */
interface Share {
  readonly first: number;
  readonly stride: number;
  readonly count: number;
  /** Two numbers: the seed at hand, and how many are done. */
  readonly progress: SharedArrayBuffer;
}

async function fuzzShare({ first, stride, count, progress }: Share): Promise<void> {
  const [seedAt, doneAt] = [0, 1];
  const shared = new Float64Array(progress);
  for (let i = 0; i < count; i++) {
    shared[seedAt] = first + i * stride;
    const failure = await runInput(first + i * stride);
    if (failure !== null) return parentPort?.postMessage(failure);
    shared[doneAt] = i + 1;
  }
}

/** @returns the exit code */
async function fuzzOnAllCores(): Promise<number> {
  const { inputs = DEFAULT_INPUTS, seed = randomSeed() } = scriptFlags("npm run fuzz -- [--inputs N] [--seed N]", {
    inputs: count("--inputs"),
    seed: count("--seed", 0),
  });
  const startedAt = performance.now();
  process.stdout.write(`fuzz: ${inputs} inputs from seed ${seed}\n`);
  const failure = await new Workers(inputs, seed).run();
  if (failure !== null) {
    process.stdout.write(describe(failure));
    return 1;
  }
  const elapsed = ((performance.now() - startedAt) / 1000).toFixed(0);
  process.stdout.write(`fuzz: ${inputs} inputs in ${elapsed} s, nothing found\n`);
  return 0;
}

function describe({ seed, target, problem, input }: FuzzFailure): string {
  return [
    `fuzz: the ${target} failed at seed ${seed}`,
    problem,
    "",
    "input",
    input,
    "",
    `try  npm run fuzz -- --inputs 1 --seed ${seed}`,
    "",
  ].join("\n");
}

class Workers {
  private readonly workers: { readonly worker: Worker; readonly progress: Float64Array; since: number; seen: number }[];
  private toldAt = performance.now();

  constructor(
    private readonly inputs: number,
    seed: number,
  ) {
    const stride = Math.min(availableParallelism(), inputs);
    this.workers = Array.from({ length: stride }, (_, i) => {
      const progress = new SharedArrayBuffer(16);
      const count = Math.ceil((inputs - i) / stride);
      const share: Share = { first: seed + i, stride, count, progress };
      const worker = new Worker(new URL(import.meta.url), { workerData: share });
      return { worker, progress: new Float64Array(progress), since: performance.now(), seen: -1 };
    });
  }

  /** The first failure; null when all inputs are done without one. */
  async run(): Promise<FuzzFailure | null> {
    let timer: NodeJS.Timeout | undefined;
    const watched = new Promise<FuzzFailure>((resolve) => {
      timer = setInterval(() => {
        const hanging = this.look();
        if (hanging !== null) resolve(hanging);
      }, LOOK_EVERY_MS);
    });
    const done = Promise.all(this.workers.map(({ worker }) => exited(worker))).then(() => null);
    const failed = this.workers.map(({ worker, progress }) => firstFailure(worker, progress));
    const result = await Promise.race([watched, done, ...failed]);
    clearInterval(timer);
    await Promise.all(this.workers.map(({ worker }) => worker.terminate()));
    return result;
  }

  private look(): FuzzFailure | null {
    const at = performance.now();
    for (const one of this.workers) {
      const [seed = 0, done = 0] = one.progress;
      if (done !== one.seen) Object.assign(one, { since: at, seen: done });
      else if (at - one.since > PATIENCE_MS && !this.isDone(one)) return hang(seed);
    }
    if (at - this.toldAt >= TELL_EVERY_MS) this.tell(at);
    return null;
  }

  private isDone({ worker }: { readonly worker: Worker }): boolean {
    // A thread that has ended has no identity any more.
    return worker.threadId === -1;
  }

  private tell(at: number): void {
    this.toldAt = at;
    const done = this.workers.reduce((sum, { progress }) => sum + (progress[1] ?? 0), 0);
    process.stderr.write(`fuzz: ${done} of ${this.inputs}\n`);
  }
}

function hang(seed: number): FuzzFailure {
  const problem = `did not return within ${PATIENCE_MS / 1000} s`;
  return { seed, target: "endpoint", problem, input: "(made from the seed)" };
}

function exited(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    // Behind an error it exits as well: that must not pass for the end of its work.
    worker.once("exit", (code) => code === 0 && resolve());
  });
}

/** What a worker reports, or what was thrown past it: from a microtask or a timer. */
function firstFailure(worker: Worker, progress: Float64Array): Promise<FuzzFailure> {
  return new Promise((resolve) => {
    worker.once("message", resolve);
    worker.once("error", (error: Error) => {
      const problem = `thrown outside of any call: ${error.stack ?? error.message}`;
      resolve({ seed: progress[0] ?? NaN, target: "endpoint", problem, input: "(made from the seed)" });
    });
  });
}

// At the end, because classes do not exist before their line.
if (isMainThread) process.exitCode = await fuzzOnAllCores();
else await fuzzShare(workerData as Share);
