/**
 * The load of one window, driven by several worker processes as if by one: they share one schedule, start at one instant
 * of CLOCK_MONOTONIC, and their measurements become one.
 *
 *   const pool = await WorkerPool.start({ count: 2, spawn: () => defaultWorkerSpawn({ cpus: "1" }) });
 *   const measurement = await pool.measure(order, { signal, onEvent });
 *   await pool.close();
 *
 * Workers in pods are joined (`WorkerPool.join`): each speaks for one caller, and has a clock of its own.
 *
 * Easy to get wrong: a worker that is late, dead or hanging must void the trial, never shrink it. Lateness is in the
 * measurement's health; death and silence are Faults.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { cpus } from "node:os";
import { programPath } from "../proto/package-root.js";
import { clockOffset } from "./clock-offset.js";
import { now } from "./clock.js";
import { chooseIdle, type WorkerCores } from "./idle-choice.js";
import { IntervalMerger } from "./interval-merger.js";
import type { LoadPlan } from "./load-plan.js";
import { mergeMeasurements, type MeasuredPart } from "./measurement-merger.js";
import type { IntervalLine, Measurement } from "./measurement.js";
import type { ConnectionFacts } from "./transport.js";
import { checkPlan } from "./plan-check.js";
import { PRIME_WITHIN } from "./priming.js";
import { QUIET_HEAP_FLAGS } from "./quiet-heap.js";
import type { Share } from "./schedule.js";
import { ms, ns, seconds, type Nanoseconds } from "./units.js";
import { WorkerProcess, type WorkerPipe } from "./worker-process.js";
import type { FromWorker, LoadOrder } from "./worker-protocol.js";

export interface WorkerPoolOptions {
  readonly count: number;
  /** Starts one worker with piped stdin and stdout, in whatever namespace, cgroup or CPU set the caller wants. */
  readonly spawn: (worker: number) => ChildProcess;
}

export interface JoinOptions {
  /** Where each worker is reached. */
  readonly pipes: readonly WorkerPipe[];
  /**
   * By worker, its share of a plan; null: it takes no part.
   * @throws Fault when the plan cannot be shared among them
   */
  readonly assign: (plan: LoadPlan) => readonly (Share | null)[];
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

interface Participant {
  readonly worker: WorkerProcess;
  readonly share: Share;
}

/** From "go" to the warm-up's first call: enough for the order to be read by every worker, short against a trial. */
const START_LEAD = ms(50);
const HELLO_WITHIN = seconds(10);
/** What a worker may take beyond what its plan says, before it counts as hanging. */
const GRACE = seconds(5);
const STOP_WITHIN = seconds(2);
const CLOCK_WITHIN = seconds(2);
const REHEARSED_WITHIN = seconds(10);

export class WorkerPool {
  readonly #workers: readonly WorkerProcess[];
  readonly #assign: JoinOptions["assign"];
  /** Some workers may be on other machines, whose clocks have to be asked. */
  readonly #isRemote: boolean;
  /** The CPUs that each worker may run on. */
  #allowed: WorkerCores["allowed"] = [];
  #rehearsal: Promise<unknown> | null = null;

  private constructor(workers: readonly WorkerProcess[], assign: JoinOptions["assign"], isRemote: boolean) {
    this.#workers = workers;
    this.#assign = assign;
    this.#isRemote = isRemote;
  }

  /** @throws Fault when a worker can't be started or says no hello within 10 s */
  static async start({ count, spawn }: WorkerPoolOptions): Promise<WorkerPool> {
    const everyone = (): Share[] => Array.from({ length: count }, (_, worker) => ({ worker, workers: count }));
    const workers = Array.from({ length: count }, (_, index) => new WorkerProcess(spawn(index), index));
    return WorkerPool.#greeted(new WorkerPool(workers, everyone, false));
  }

  /** @throws Fault when a worker says no hello within 10 s */
  static async join({ pipes, assign }: JoinOptions): Promise<WorkerPool> {
    const workers = pipes.map((pipe, index) => new WorkerProcess(pipe, index));
    return WorkerPool.#greeted(new WorkerPool(workers, assign, true));
  }

  static async #greeted(pool: WorkerPool): Promise<WorkerPool> {
    try {
      const hellos = await Promise.all(pool.#workers.map((worker) => worker.expect("hello", HELLO_WITHIN)));
      pool.#allowed = hellos.map((hello) => hello.cpus);
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

  /** Resolves when every worker is done with what it does before its first order (rehearsal.ts). */
  rehearsed(): Promise<unknown> {
    return (this.#rehearsal ??= Promise.all(this.#workers.map((worker) => askClock(worker, REHEARSED_WITHIN))));
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
    const participants = this.#participants(order.plan);
    checkPlan(order.plan, Math.max(...participants.map(({ share }) => share.workers)));
    const cancel = (): void => this.#tellAll({ kind: "cancel" });
    options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      await this.rehearsed();
      await this.#prepare(order, participants, options);
      return await this.#drive(order.plan, participants, options);
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

  #participants(plan: LoadPlan): Participant[] {
    return this.#assign(plan).flatMap((share, index) => {
      const worker = this.#workers[index];
      return share === null || worker === undefined ? [] : [{ worker, share }];
    });
  }

  /** One after the other: calls that prime a proxy must not meet there. */
  async #prepare(
    { plan, ...rest }: LoadOrder,
    participants: readonly Participant[],
    options: MeasureOptions,
  ): Promise<void> {
    const cores = {
      allowed: participants.map(({ worker }) => this.#allowed[worker.index] ?? []),
      online: cpus().length,
    };
    const order: LoadOrder = { ...rest, plan: { ...plan, idle: chooseIdle(plan, cores) } };
    const within = preparationLimit(order);
    const connections: ConnectionFacts[] = [];
    for (const { worker, share } of participants) {
      if (this.#isRemote) worker.clockOffsetNs = await clockOffset(now, () => askClock(worker));
      worker.tell({ kind: "prepare", order, ...share });
      connections.push(...(await worker.expect("ready", within)).connections);
      options.signal?.throwIfAborted();
    }
    options.onEvent?.({ kind: "ready", connections });
  }

  async #drive(plan: LoadPlan, participants: readonly Participant[], options: MeasureOptions): Promise<Measurement> {
    const within = ns(START_LEAD + plan.warmupNs + plan.windowNs + plan.drainNs + GRACE);
    const workers = participants.map(({ worker }) => worker);
    const intervals = new IntervalMerger(workers.length);
    const listenerFailed = relayEvents(workers, intervals, options.onEvent ?? (() => undefined));
    const startAt = now() + START_LEAD;
    for (const worker of workers) worker.tell({ kind: "go", startAtNs: ns(startAt + worker.clockOffsetNs) });
    const allDone = Promise.all(workers.map(async (worker) => onOurClock(worker, await worker.expect("done", within))));
    const done = await Promise.race([allDone, listenerFailed]);
    return mergeMeasurements(done, intervals.finish());
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

/**
 * Windows of several workers open and close within microseconds of each other: the first opens, the last closes.
 * Rejects with what a listener throws: it is called from a pipe's event, where nobody would catch it.
 */
function relayEvents(
  workers: readonly WorkerProcess[],
  intervals: IntervalMerger,
  emit: (event: LoadEvent) => void,
): Promise<never> {
  let opened = 0;
  let closed = 0;
  const hear = (worker: WorkerProcess, index: number, message: FromWorker): void => {
    if (message.kind === "window-opened" && opened++ === 0) emit(atOurTime(worker, message));
    if (message.kind === "window-closed" && ++closed === workers.length) emit(atOurTime(worker, message));
    if (message.kind !== "interval") return;
    for (const line of intervals.add(index, message.line, message.counts)) emit({ kind: "interval", line });
  };
  return new Promise((_, reject) => {
    for (const [index, worker] of workers.entries()) {
      worker.onEvent = (message) => {
        try {
          hear(worker, index, message);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
    }
  });
}

/** An instant as this process would have read it. */
function atOurTime<T extends { readonly atNs: Nanoseconds }>(worker: WorkerProcess, event: T): T {
  return { ...event, atNs: ns(event.atNs - worker.clockOffsetNs) };
}

function onOurClock(worker: WorkerProcess, part: MeasuredPart): MeasuredPart {
  const { measurement, halves } = part;
  return {
    measurement: { ...measurement, startedAtNs: ns(measurement.startedAtNs - worker.clockOffsetNs) },
    halves,
  };
}

async function askClock(worker: WorkerProcess, within: Nanoseconds = CLOCK_WITHIN): Promise<Nanoseconds> {
  const answer = worker.expect("clock", within);
  worker.tell({ kind: "clock" });
  return (await answer).atNs;
}

/** A worker that takes longer than every connection's own limits is not slow but stuck. */
function preparationLimit({ plan, targets, roadTargets = {} }: LoadOrder): Nanoseconds {
  const callers = [targets, ...Object.values(roadTargets)].flatMap((one) => Object.values(one));
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
