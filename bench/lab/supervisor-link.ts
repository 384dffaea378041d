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
import { programPath } from "../../proto/package-root.js";
import { RequestLink, type CallOptions } from "../request-link.js";
import { orKilled } from "../or-killed.js";
import { kernelLack } from "./kernel-lack.js";
import { cpuList } from "./placement.js";
import { howItEnded, startProcess, type Command, type LineProcess, type ProcessEnd } from "./processes.js";
import type { FromSupervisor, SupervisorCalls } from "./supervisor-protocol.js";

export interface LaunchOptions {
  readonly rootless: boolean;
  readonly cpus: readonly number[];
}

export class SupervisorLink {
  readonly #process: LineProcess;
  readonly #requests: RequestLink<SupervisorCalls>;

  private constructor(process: LineProcess, requests: RequestLink<SupervisorCalls>) {
    this.#process = process;
    this.#requests = requests;
  }

  /** @throws Fault when the namespaces cannot be made. */
  static async launch(options: LaunchOptions): Promise<SupervisorLink> {
    const requests = new RequestLink<SupervisorCalls>((message) => process.send(message), "the lab's supervisor");
    let greet = (): void => undefined;
    const greeted = new Promise<void>((resolve) => (greet = resolve));
    const process = await startProcess({
      name: "supervisor",
      command: supervisorCommand(options),
      ownSession: true,
      onMessage: (message) => {
        const said = message as FromSupervisor;
        if ("hello" in said) greet();
        else requests.hear(said);
      },
    });
    void process.ended.then((end) => requests.lose(labGone(end)));
    const early = await Promise.race([greeted.then(() => null), process.ended]);
    if (early !== null) throw cannotMakeNamespaces(early, options.rootless);
    return new SupervisorLink(process, requests);
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
  call<K extends keyof SupervisorCalls>(
    call: K,
    ask: SupervisorCalls[K]["ask"],
    options: CallOptions = {},
  ): Promise<SupervisorCalls[K]["answer"]> {
    return this.#requests.call(call, ask, options);
  }

  /** Ends the lab and resolves when all of it is gone. */
  async close(): Promise<void> {
    this.#process.closeInput();
    await orKilled(this.#process, POLITE_MS, this.#process.ended);
  }
}

/** How long a supervisor may take to heed the end of its stdin. */
const POLITE_MS = 2000;

function supervisorCommand({ rootless, cpus }: LaunchOptions): Command {
  const user = rootless ? ["--user", "--map-root-user"] : [];
  return [
    ...(["setpriv", "--pdeathsig", "KILL"] as const),
    ...["taskset", "-c", cpuList(cpus)],
    ...["unshare", ...user, "--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
    ...[process.execPath, programPath("bench/lab/supervisor-main")],
  ];
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
    try: "tollgate doctor --env lab",
  };
  const lack = kernelLack({ program: "unshare", input: "", stderr: end.stderr });
  return new Fault({ ...(lack ?? text), seen: howItEnded(end) });
}
