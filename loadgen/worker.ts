/**
 * A load worker: hears the orders of worker-protocol.ts and says how they went. Knows neither pipes nor processes; the
 * program around it is worker-main.ts.
 *
 * Easy to get wrong: an order that fails, is cancelled or dropped must leave nothing behind that speaks later: whatever
 * an old order still says would be taken for the next one's.
 */
import { Fault } from "./fault.js";
import type { LoadPlan } from "./load-plan.js";
import { LoadSession } from "./load-session.js";
import type { Outside } from "./outside.js";
import type { Transport, TransportName } from "./transport.js";
import type { Nanoseconds } from "./units.js";
import { collectAllGarbage, collectYoungGarbage } from "./quiet-heap.js";
import type { FromWorker, ToWorker } from "./worker-protocol.js";

export interface WorkerParts {
  readonly say: (message: FromWorker) => void;
  /** Loaded when an order asks for it: a worker that never speaks grpc-js need not carry it. */
  readonly transports: Readonly<Record<TransportName, () => Promise<Transport>>>;
  readonly outside: Outside;
}

type Prepare = Extract<ToWorker, { kind: "prepare" }>;

export class LoadWorker {
  readonly #parts: WorkerParts;
  #job: Job | null = null;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Everything but `stop`, which is for the program around this. */
  hear(message: Exclude<ToWorker, { kind: "stop" }>): void {
    switch (message.kind) {
      case "prepare":
        return this.#take(message);
      case "go":
        return this.#job?.go(message.startAtNs);
      case "cancel":
        return this.#job?.cancel();
      case "quiet":
        return void this.#quieten();
      case "clock":
        return this.#parts.say({ kind: "clock", atNs: this.#parts.outside.clock() });
    }
  }

  /** Drops what is going on; resolves when its connections are closed. */
  async close(): Promise<void> {
    await this.#job?.drop();
  }

  #take(order: Prepare): void {
    const job = new Job(order, this.#parts);
    this.#job = job;
    void job.end.then(() => {
      if (this.#job === job) this.#job = null;
    });
  }

  async #quieten(): Promise<void> {
    await this.close();
    this.#parts.say({ kind: "quiet" });
  }
}

/** One order, from `prepare` to `done` or `failed`. */
class Job {
  /** Resolves when the order is over and its connections are closed. Never rejects. */
  readonly end: Promise<void>;
  readonly #parts: WorkerParts;
  #session: LoadSession | null = null;
  #start: (at: Nanoseconds) => void = () => undefined;
  #abandon: (why: Fault) => void = () => undefined;
  #isSilent = false;

  constructor(order: Prepare, parts: WorkerParts) {
    this.#parts = parts;
    const abandoned = new Promise<never>((_, reject) => (this.#abandon = reject));
    const started = new Promise<Nanoseconds>((resolve) => (this.#start = resolve));
    this.end = Promise.race([this.#carryOut(order, started), abandoned])
      .catch((error: unknown) => this.#fail(faultOf(error)))
      .then(() => this.#session?.close());
  }

  go(at: Nanoseconds): void {
    this.#start(at);
  }

  /** A window that is open ends early and is reported; else the order fails. */
  cancel(): void {
    if (this.#session?.isMeasuring === true) this.#session.cancel();
    else this.#abandon(new Fault({ fact: "the load was cancelled before its window opened" }));
  }

  async drop(): Promise<void> {
    this.#isSilent = true;
    this.#abandon(new Fault({ fact: "the load was dropped" }));
    await this.end;
  }

  async #carryOut({ order, worker, workers, caller }: Prepare, started: Promise<Nanoseconds>): Promise<void> {
    const transport = await this.#parts.transports[order.transport]();
    if (this.#isSilent) return;
    const share = { worker, workers, ...(caller === undefined ? {} : { caller }) };
    const session = new LoadSession({ order, share, transport, outside: this.#parts.outside });
    this.#session = session;
    const connections = await session.prepare();
    if (opensConnections(order.plan)) collectAllGarbage();
    else collectYoungGarbage();
    this.#say({ kind: "ready", connections });
    const part = await session.run(await started, {
      windowOpened: (atNs) => this.#say({ kind: "window-opened", atNs }),
      interval: ({ line, counts }) => this.#say({ kind: "interval", line, counts }),
      windowClosed: (atNs) => this.#say({ kind: "window-closed", atNs }),
    });
    this.#say({ kind: "done", ...part });
  }

  /** The last word: what still goes on is being closed. */
  #fail(fault: Fault): void {
    this.#say({ kind: "failed", fault: fault.text });
    this.#isSilent = true;
  }

  #say(message: FromWorker): void {
    if (!this.#isSilent) this.#parts.say(message);
  }
}

function opensConnections({ loop }: LoadPlan): boolean {
  return loop.kind === "closed" && loop.connectionPerCall;
}

/** A bug is told as what it is, so that its trial is void and its text is seen. */
function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const seen = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Fault({ fact: "a load worker failed by a bug of its own", seen }, { cause: error });
}
