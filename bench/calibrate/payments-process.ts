/**
 * A payments server of our own as a child process, for commands that measure the instrument and not a road: on loopback,
 * or in a network namespace that somebody else has made and connected.
 */
import { Fault } from "../../loadgen/fault.js";
import { QUIET_HEAP_FLAGS } from "../../loadgen/quiet-heap.js";
import type { FromServer, PaymentsServiceOptions, ServerOrder } from "../../loadgen/server-protocol.js";
import type { TransportName } from "../../loadgen/transport.js";
import { programPath } from "../../proto/package-root.js";
import { cpuList } from "../lab/placement.js";
import { howItEnded, startProcess, type Command, type LineProcess } from "../lab/processes.js";
import { hostPort, type HostPort } from "../options.js";

export interface PaymentsProcessOptions {
  readonly transport: TransportName;
  readonly service: PaymentsServiceOptions;
  /** Null: wherever the kernel puts it. */
  readonly cpus: readonly number[] | null;
  readonly place: ServerPlace;
}

export interface ServerPlace {
  /** The address to listen on: our own loopback, or one of the namespace that this process can reach. */
  readonly host: string;
  /** A name below /run/netns; null: here. */
  readonly netns: string | null;
}

export class PaymentsProcess implements AsyncDisposable {
  readonly address: HostPort;
  readonly #child: LineProcess;

  private constructor(child: LineProcess, address: HostPort) {
    this.#child = child;
    this.address = address;
  }

  /** Resolves when it listens and has rehearsed. @throws Fault when it cannot */
  static async start(options: PaymentsProcessOptions): Promise<PaymentsProcess> {
    let hear: (message: FromServer) => void = () => undefined;
    const answered = new Promise<FromServer>((resolve) => (hear = resolve));
    const child = await startProcess({
      name: "payments server",
      command: commandOf(options),
      onMessage: (message) => {
        if ((message as FromServer).kind !== "rehearsed") hear(message as FromServer);
      },
    });
    if (options.transport === "lean") child.send({ kind: "rehearse" });
    child.send({ kind: "serve", order: orderOf(options) });
    const answer = await Promise.race([answered, child.ended.then(() => null)]);
    if (answer?.kind === "listening") return new PaymentsProcess(child, hostPort("listening")(answer.addresses[0]!));
    child.kill();
    if (answer?.kind === "failed") throw new Fault(answer.fault);
    const end = await child.ended;
    throw new Fault({ fact: "the payments server did not start", seen: `it ${howItEnded(end)}` });
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const force = setTimeout(() => this.#child.kill(), STOP_WITHIN_MS);
    this.#child.closeInput();
    await this.#child.ended;
    clearTimeout(force);
  }
}

const STOP_WITHIN_MS = 3000;

function commandOf({ cpus, place }: PaymentsProcessOptions): Command {
  const words = [
    ...(place.netns === null ? [] : ["nsenter", `--net=/run/netns/${place.netns}`]),
    ...(cpus === null ? [] : ["taskset", "--cpu-list", cpuList(cpus)]),
    process.execPath,
    ...QUIET_HEAP_FLAGS,
    programPath("loadgen/server-main"),
  ];
  return words as unknown as Command;
}

function orderOf({ transport, service, place }: PaymentsProcessOptions): ServerOrder {
  return { transport, listens: [{ host: place.host, port: 0, tls: null }], health: null, service };
}
