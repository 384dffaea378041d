/**
 * The load of one window, driven by several worker processes as if by one: they share one schedule, start at one instant
 * of CLOCK_MONOTONIC, and their measurements become one.
 *
 *   const pool = await WorkerPool.start({ count: 2, spawn: () => defaultWorkerSpawn({ cpus: "1" }) });
 *   const measurement = await pool.measure(order, { signal, onEvent });
 *   await pool.close();
 *
 * Easy to get wrong: a worker that is late, dead or hanging must void the trial, never shrink it. Lateness is in the
 * measurement's health; death and silence are Faults.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { cpus } from "node:os";
import { programPath } from "../proto/package-root.js";
import { now } from "./clock.js";
import { chooseIdle, type WorkerCores } from "./idle-choice.js";
import { IntervalMerger } from "./interval-merger.js";
import type { LoadPlan } from "./load-plan.js";
import { mergeMeasurements } from "./measurement-merger.js";
import type { IntervalLine, Measurement } from "./measurement.js";
import type { ConnectionFacts } from "./transport.js";
import { checkPlan } from "./plan-check.js";
import { PRIME_WITHIN } from "./priming.js";
import { QUIET_HEAP_FLAGS } from "./quiet-heap.js";
import { ms, ns, seconds, type Nanoseconds } from "./units.js";
import { WorkerProcess } from "./worker-process.js";
import type { FromWorker, LoadOrder } from "./worker-protocol.js";

export interface WorkerPoolOptions {
  readonly count: number;
  /** Starts one worker with piped stdin and stdout, in whatever namespace, cgroup or CPU set the caller wants. */
  readonly spawn: (worker: number) => ChildProcess;
}

export interface MeasureOptions {
  /** Ends the window early: what was measured until then is returned, with a note. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: LoadEvent) => void;
}

/** What happens while a window is driven; all workers together. */
export type LoadEvent =
  | { readonly kind: "ready"; readonly connections: readonly ConnectionFacts[] }
  /** The first worker opened its window at this instant of CLOCK_MONOTONIC: read the CPU counters now. */
  | { readonly kind: "window-opened"; readonly atNs: Nanoseconds }
  | { readonly kind: "interval"; readonly line: IntervalLine }
  /** The last worker closed its window. The drain follows. */
  | { readonly kind: "window-closed"; readonly atNs: Nanoseconds };

/** From "go" to the warm-up's first call: enough for the order to be read by every worker, short against a trial. */
const START_LEAD = ms(50);
const HELLO_WITHIN = seconds(10);
/** What a worker may take beyond what its plan says, before it counts as hanging. */
const GRACE = seconds(5);
const STOP_WITHIN = seconds(2);

export class WorkerPool {
  readonly #workers: readonly WorkerProcess[];
  #cores: WorkerCores = { allowed: [], online: 0 };

  private constructor(workers: readonly WorkerProcess[]) {
    this.#workers = workers;
  }

  /** @throws Fault when a worker can't be started or says no hello within 10 s */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(
      Array.from({ length: options.count }, (_, index) => new WorkerProcess(options.spawn(index), index)),
    );
    try {
      const hellos = await Promise.all(pool.#workers.map((worker) => worker.expect("hello", HELLO_WITHIN)));
      pool.#cores = { allowed: hellos.map((hello) => hello.cpus), online: cpus().length };
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** The generator's processes, for whoever accounts CPU. */
  get pids(): readonly number[] {
    return this.#workers.map((worker) => worker.pid);
  }

  /** False once a worker died or hung: start a new pool. */
  get alive(): boolean {
    return this.#workers.every((worker) => worker.alive);
  }

  /**
   * Connects, primes, warms up, drives one window and drains (METHOD §2.4).
   * @throws Fault when a target can't be reached, or a worker dies or hangs; the reason of `signal` when it was aborted
   * before the window opened
   */
  async measure(order: LoadOrder, options: MeasureOptions = {}): Promise<Measurement> {
    options.signal?.throwIfAborted();
    checkPlan(order.plan, this.#workers.length);
    const cancel = (): void => this.#tellAll({ kind: "cancel" });
    options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      await this.#prepare(order, options);
      return await this.#drive(order.plan, options);
    } catch (error) {
      await this.#quieten();
      options.signal?.throwIfAborted();
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", cancel);
    }
  }

  /** Ends every worker; resolves when all are gone. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop(STOP_WITHIN)));
  }

  /** One after the other: calls that prime a proxy must not meet there. */
  async #prepare({ plan, ...rest }: LoadOrder, options: MeasureOptions): Promise<void> {
    const workers = this.#workers.length;
    const order: LoadOrder = { ...rest, plan: { ...plan, idle: chooseIdle(plan, this.#cores) } };
    const within = preparationLimit(order);
    const connections: ConnectionFacts[] = [];
    for (const worker of this.#workers) {
      worker.tell({ kind: "prepare", order, worker: worker.index, workers });
      connections.push(...(await worker.expect("ready", within)).connections);
      options.signal?.throwIfAborted();
    }
    options.onEvent?.({ kind: "ready", connections });
  }

  async #drive(plan: LoadPlan, options: MeasureOptions): Promise<Measurement> {
    const within = ns(START_LEAD + plan.warmupNs + plan.windowNs + plan.drainNs + GRACE);
    const intervals = new IntervalMerger(this.#workers.length);
    const listenerFailed = this.#relayEvents(intervals, options.onEvent ?? (() => undefined));
    this.#tellAll({ kind: "go", startAtNs: ns(now() + START_LEAD) });
    const allDone = Promise.all(this.#workers.map((worker) => worker.expect("done", within)));
    const done = await Promise.race([allDone, listenerFailed]);
    return mergeMeasurements(done, intervals.finish());
  }

  /**
   * Windows of several workers open and close within microseconds of each other: the first opens, the last closes.
   * Rejects with what a listener throws: it is called from a pipe's event, where nobody would catch it.
   */
  #relayEvents(intervals: IntervalMerger, emit: (event: LoadEvent) => void): Promise<never> {
    let opened = 0;
    let closed = 0;
    const hear = (index: number, message: FromWorker): void => {
      if (message.kind === "window-opened" && opened++ === 0) emit(message);
      if (message.kind === "window-closed" && ++closed === this.#workers.length) emit(message);
      if (message.kind !== "interval") return;
      for (const line of intervals.add(index, message.line, message.counts)) emit({ kind: "interval", line });
    };
    return new Promise((_, reject) => {
      for (const worker of this.#workers) {
        worker.onEvent = (message) => {
          try {
            hear(worker.index, message);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
      }
    });
  }

  /** After a failure: every worker idle again, or dead. */
  async #quieten(): Promise<void> {
    const quieten = async (worker: WorkerProcess): Promise<void> => {
      worker.onEvent = null;
      worker.tell({ kind: "quiet" });
      await worker.expect("quiet", STOP_WITHIN).catch(() => worker.kill());
    };
    await Promise.all(this.#workers.map(quieten));
  }

  #tellAll(message: Parameters<WorkerProcess["tell"]>[0]): void {
    for (const worker of this.#workers) worker.tell(message);
  }
}

/** A worker that takes longer than every connection's own limits is not slow but stuck. */
function preparationLimit({ plan, targets }: LoadOrder): Nanoseconds {
  const callers = Object.values(targets);
  const perConnection = callers.map((target) => target.connectTimeoutNs + (plan.timeoutNs ?? 0) + PRIME_WITHIN);
  const settle = callers.length * (plan.primeSettleNs ?? 0);
  return ns(plan.connections * perConnection.reduce((sum, limit) => sum + limit, 0) + settle + GRACE);
}

/**
 * A worker as a plain child of this process, on the given CPUs (a taskset list such as `1` or `0-3`; null: anywhere).
 * `program` is for those who put more words before it, such as nsenter in the lab.
 */
export function defaultWorkerSpawn(options: { readonly cpus: string | null }): ChildProcess {
  const [command, ...args] = workerCommand(options.cpus);
  return spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
}

/** The command line of one worker, to be put behind `nsenter …` where it shall run elsewhere. */
export function workerCommand(cpus: string | null): [command: string, ...args: string[]] {
  const node: [string, ...string[]] = [process.execPath, ...QUIET_HEAP_FLAGS, programPath("loadgen/worker-main")];
  return cpus === null ? node : ["taskset", "--cpu-list", cpus, ...node];
}
