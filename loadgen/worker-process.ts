/**
 * One load worker as its coordinator sees it: a child process, or a pod at the end of a TCP connection, that speaks
 * worker-protocol.ts, one JSON object per line. What it says is either awaited (`expect`) or an event of the window.
 *
 * Easy to get wrong: a worker that dies or falls silent must end every wait with a Fault that says so. A child that is
 * only forgotten would make the trial silently smaller.
 */
import type { Readable, Writable } from "node:stream";
import { Fault, type FaultText } from "./fault.js";
import type { Nanoseconds } from "./units.js";
import type { FromWorker, ToWorker } from "./worker-protocol.js";

type Kind = FromWorker["kind"];
type Said<K extends Kind> = Extract<FromWorker, { kind: K }>;

/** What a worker is spoken to through: a child process as it is, or what stands for a connection to a pod. */
export interface WorkerPipe {
  /** Process id; undefined when it could not be started, or runs on another machine. */
  readonly pid?: number | undefined;
  /** For people, where it is no process of ours: `pod api-gateway-l7-0`. */
  readonly title?: string;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  kill(signal: NodeJS.Signals): unknown;
  once(event: "error", hear: (error: Error) => void): unknown;
  once(event: "close", hear: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
}

interface Wait {
  readonly kind: Kind;
  readonly resolve: (message: FromWorker) => void;
  readonly reject: (fault: Fault) => void;
}

/** How much of a dead worker's stderr its Fault quotes. */
const STDERR_TAIL = 2_000;

export class WorkerProcess {
  readonly index: number;
  readonly pid: number;
  /** Messages nobody awaits: what happens during a window. */
  onEvent: ((message: FromWorker) => void) | null = null;

  /** What its clock shows beyond ours: 0 on the same machine. */
  clockOffsetNs = 0;

  readonly #child: WorkerPipe;
  #wait: Wait | null = null;
  #death: Fault | null = null;
  #line = "";
  #stderr = "";
  readonly #exited: Promise<void>;

  constructor(child: WorkerPipe, index: number) {
    this.#child = child;
    this.index = index;
    this.pid = child.pid ?? 0;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    // A dead worker's stdin breaks while it is written to; its exit tells the story.
    child.stdin?.on("error", () => undefined);
    this.#exited = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#die(`could not be started: ${error.message}`);
        resolve();
      });
      child.once("close", (code, signal) => {
        this.#die(howItEnded(child, code, signal));
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.#death === null;
  }

  tell(message: ToWorker): void {
    if (this.alive) this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /**
   * The next message of this kind.
   * @throws Fault when the worker reports a fault, dies, or says nothing of the kind in time
   */
  expect<K extends Kind>(kind: K, withinNs: Nanoseconds): Promise<Said<K>> {
    return new Promise((resolve, reject) => {
      if (this.#death !== null) return reject(this.#death);
      this.#fail(this.#fault(`was asked for "${kind}" before its last answer`, {}));
      const timer = setTimeout(() => this.#fail(this.#silence(kind, withinNs)), withinNs / 1e6);
      this.#wait = {
        kind,
        resolve: (message) => (clearTimeout(timer), resolve(message as Said<K>)),
        reject: (fault) => (clearTimeout(timer), reject(fault)),
      };
    });
  }

  /** Ends the process: politely, then after `graceNs` by force. Resolves when it is gone. */
  async stop(graceNs: Nanoseconds): Promise<void> {
    this.tell({ kind: "stop" });
    this.#child.stdin?.end();
    const force = setTimeout(() => this.#child.kill("SIGKILL"), graceNs / 1e6);
    await this.#exited;
    clearTimeout(force);
  }

  /** Ends the process by force; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  #read(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#hear(line);
  }

  #hear(line: string): void {
    let message: FromWorker;
    try {
      message = JSON.parse(line) as FromWorker;
    } catch {
      this.#fail(this.#fault(`said something that is not its protocol`, { seen: line.slice(0, 200) }));
      return;
    }
    if (message.kind === "failed") this.#hearFault(message.fault);
    else if (this.#wait?.kind === message.kind) this.#settle((wait) => wait.resolve(message));
    else this.onEvent?.(message);
  }

  /** What goes wrong while the worker is being quietened is the end of what was dropped. */
  #hearFault(text: FaultText): void {
    if (this.#wait?.kind !== "quiet") this.#fail(new Fault(text));
  }

  #fail(fault: Fault): void {
    this.#settle((wait) => wait.reject(fault));
  }

  #settle(end: (wait: Wait) => void): void {
    const wait = this.#wait;
    this.#wait = null;
    if (wait !== null) end(wait);
  }

  #die(how: string): void {
    if (this.#death !== null) return;
    const tail = this.#stderr.trim();
    this.#death = this.#fault(how, tail === "" ? {} : { seen: tail });
    this.#fail(this.#death);
  }

  #silence(kind: Kind, withinNs: Nanoseconds): Fault {
    return this.#fault(`did not say "${kind}" within ${(withinNs / 1e9).toFixed(1)} s`, {});
  }

  #fault(what: string, more: Partial<FaultText>): Fault {
    return new Fault({
      fact: `load worker ${this.index} (${this.#child.title ?? `pid ${this.pid}`}) ${what}`,
      ...more,
      so: "the trial is void: its load would be smaller than asked",
    });
  }
}

function howItEnded({ title }: WorkerPipe, code: number | null, signal: NodeJS.Signals | null): string {
  if (title !== undefined) return "hung up";
  return signal === null ? `ended with exit code ${code ?? "?"}` : `was ended by ${signal}`;
}
