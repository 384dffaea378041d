/**
 * The command line's end of the pipe to the supervisor: starts it in namespaces of its own, asks, and gets answers.
 *
 * Three things end the lab with the command line, each enough on its own: the supervisor's stdin closes; setpriv asks
 * the kernel to kill unshare when its parent dies; unshare asks the same for the supervisor, which is PID 1 of its pid
 * namespace, and whose death is the death of everything inside. SIGTERM and SIGINT sent to unshare itself do nothing, so
 * ending by force means SIGKILL. It runs in a session of its own: Ctrl-C reaches the command line only, which then ends
 * the trial in good order.
 */
import { constants } from "node:os";
import { Fault, type FaultText } from "../../loadgen/fault.js";
import type { IntervalLine } from "../../loadgen/measurement.js";
import { programPath } from "../../proto/package-root.js";
import { cpuList } from "./placement.js";
import { howItEnded, startProcess, type Command, type LineProcess, type ProcessEnd } from "./processes.js";
import type { FromSupervisor, SupervisorCall, SupervisorCalls, ToSupervisor } from "./supervisor-protocol.js";

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onInterval?: ((line: IntervalLine) => void) | undefined;
}

export interface LaunchOptions {
  readonly rootless: boolean;
  readonly cpus: readonly number[];
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (reason: Error) => void;
  readonly onInterval: ((line: IntervalLine) => void) | undefined;
}

export class SupervisorLink {
  readonly #process: LineProcess;
  readonly #waiting: Map<number, Waiting>;
  #nextId = 1;

  private constructor(process: LineProcess, waiting: Map<number, Waiting>) {
    this.#process = process;
    this.#waiting = waiting;
  }

  /** @throws Fault when the namespaces cannot be made. */
  static async launch(options: LaunchOptions): Promise<SupervisorLink> {
    const waiting = new Map<number, Waiting>();
    let greet = (): void => undefined;
    const greeted = new Promise<void>((resolve) => (greet = resolve));
    const process = await startProcess({
      name: "supervisor",
      command: supervisorCommand(options),
      ownSession: true,
      onMessage: (message) => deliver(message as FromSupervisor, waiting, greet),
    });
    void process.ended.then((end) => rejectAll(waiting, end));
    const early = await Promise.race([greeted.then(() => null), process.ended]);
    if (early !== null) throw cannotMakeNamespaces(early, options.rootless);
    return new SupervisorLink(process, waiting);
  }

  /** Null while the lab stands. */
  get end(): ProcessEnd | null {
    const { end } = this.#process;
    return end === null ? null : supervisorEnd(end);
  }

  /** Process id of the outermost process, for tests and for messages. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Asks and waits for the answer. @throws Fault as the supervisor tells it, or when the lab has gone; the signal's
   * reason when it was aborted.
   */
  async call<K extends SupervisorCall>(
    call: K,
    ask: SupervisorCalls[K]["ask"],
    { signal, onInterval }: CallOptions = {},
  ): Promise<SupervisorCalls[K]["answer"]> {
    signal?.throwIfAborted();
    const { end } = this.#process;
    if (end !== null) throw labGone(end);
    const id = this.#nextId++;
    const cancel = (): void => this.#cancel(id);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject, onInterval }));
      this.#send({ id, call, ask } as ToSupervisor);
      return (await answer) as SupervisorCalls[K]["answer"];
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#waiting.delete(id);
    }
  }

  /** Ends the lab and resolves when all of it is gone. */
  async close(): Promise<void> {
    this.#process.closeInput();
    const force = setTimeout(() => this.#process.kill("SIGKILL"), POLITE_MS);
    await this.#process.ended;
    clearTimeout(force);
  }

  /** A supervisor that does not heed it must not keep whoever interrupts: it is given up. */
  #cancel(id: number): void {
    this.#send({ cancel: id });
    const giveUp = new Fault({ fact: "the lab's supervisor does not answer" });
    setTimeout(() => this.#waiting.get(id)?.reject(giveUp), POLITE_MS).unref();
  }

  #send(message: ToSupervisor): void {
    this.#process.send(message);
  }
}

/** How long a supervisor may take to heed a cancellation or the end of its stdin. */
const POLITE_MS = 2000;

function supervisorCommand({ rootless, cpus }: LaunchOptions): Command {
  const user = rootless ? ["--user", "--map-root-user"] : [];
  return [
    ...(["setpriv", "--pdeathsig", "KILL"] as const),
    ...["taskset", "-c", cpuList(cpus)],
    ...["unshare", ...user, "--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
    ...[process.execPath, "--enable-source-maps", programPath("bench/lab/supervisor-main")],
  ];
}

function deliver(message: FromSupervisor, waiting: ReadonlyMap<number, Waiting>, greet: () => void): void {
  if ("hello" in message) return greet();
  const request = waiting.get(message.id);
  if (request === undefined) return; // answered already: a line that crossed with an abort
  if ("interval" in message) request.onInterval?.(message.interval);
  else if ("fault" in message) request.reject(new Fault(message.fault));
  else request.resolve(message.answer);
}

function rejectAll(waiting: ReadonlyMap<number, Waiting>, end: ProcessEnd): void {
  for (const request of waiting.values()) request.reject(labGone(end));
}

/**
 * How the supervisor ended, as unshare tells it. unshare repeats the signal that its child died of on itself, and stumbles
 * over SIGKILL, which cannot be unblocked (util-linux 2.38); the supervisor's own handlers end with 128 + n, as a shell
 * would tell it.
 */
export function supervisorEnd(unshare: ProcessEnd): ProcessEnd {
  if (unshare.stderr.includes("sigprocmask unblock failed")) return { code: null, signal: "SIGKILL", stderr: "" };
  const signal = Object.entries(constants.signals).find(([, number]) => unshare.code === 128 + number)?.[0];
  return signal === undefined ? unshare : { ...unshare, code: null, signal: signal as NodeJS.Signals };
}

function labGone(end: ProcessEnd): Fault {
  return new Fault({
    fact: "the lab is gone",
    expected: "a supervisor that lives as long as the run",
    seen: `it ${howItEnded(supervisorEnd(end))}`,
    so: "whatever was being measured is void",
  });
}

function cannotMakeNamespaces(end: ProcessEnd, rootless: boolean): Fault {
  const text: FaultText = {
    fact: "the lab's namespaces cannot be made",
    expected: rootless ? "user namespaces for this user" : "root with CAP_SYS_ADMIN and CAP_NET_ADMIN",
    seen: howItEnded(end),
    try: "tollgate doctor --env lab",
  };
  return new Fault(text);
}
