/**
 * The payments server of the lab: one process in the server's namespace that listens on every road's address, so that
 * roads differ in the way and not in the server.
 */
import { Fault, type FaultText } from "../../loadgen/fault.js";
import { QUIET_HEAP_FLAGS } from "../../loadgen/quiet-heap.js";
import { DEFAULT_SERVICE, type FromServer, type ServerOrder, type ToServer } from "../../loadgen/server-protocol.js";
import { ns } from "../../loadgen/units.js";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import { programPath } from "../../proto/package-root.js";
import type { ServerCounters } from "../../results/path-counters.js";
import type { RoadPlan } from "./address-plan.js";
import type { Certificate } from "../certificates.js";
import { inNamespace, SERVER_NAMESPACE } from "./network.js";
import { cpuList } from "./placement.js";
import { howItEnded, startProcess, type LineProcess } from "./processes.js";

export interface ServerLaunch {
  readonly roads: readonly RoadPlan[];
  readonly certificate: Certificate;
  readonly cpus: readonly number[];
  readonly delayNs: number;
}

type Heard = (message: FromServer) => void;

export class LabServer {
  readonly process: LineProcess;
  readonly #waiting: Heard[];
  #rehearsal: Promise<unknown> = Promise.resolve();

  private constructor(child: LineProcess, waiting: Heard[]) {
    this.process = child;
    this.#waiting = waiting;
  }

  /** Resolves when every address listens. @throws Fault as the server tells it. */
  static async start(launch: ServerLaunch): Promise<LabServer> {
    const waiting: Heard[] = [];
    const child = await startProcess({
      name: "server",
      command: inNamespace(SERVER_NAMESPACE, [
        ...(["taskset", "--cpu-list", cpuList(launch.cpus)] as const),
        ...[process.execPath, ...QUIET_HEAP_FLAGS, programPath("loadgen/server-main")],
      ]),
      onMessage: (message) => waiting.shift()?.(message as FromServer),
    });
    const server = new LabServer(child, waiting);
    await server.#ask({ kind: "serve", order: serverOrder(launch) }, "listening");
    server.#rehearsal = server.#ask({ kind: "rehearse" }, "rehearsed");
    server.#rehearsal.catch(() => undefined); // a server that dies meanwhile fails whoever asks next
    return server;
  }

  /** It listens already and rehearses; whatever is asked meanwhile is answered afterwards. */
  rehearsed(): Promise<unknown> {
    return this.#rehearsal;
  }

  /** @throws Fault when the server is gone. */
  async countersOf(road: RoadPlan): Promise<ServerCounters> {
    const { listeners } = await this.#ask({ kind: "counters" }, "counters");
    return listeners[`${road.server}:${PAYMENTS_PORT}`] ?? { calls: {}, connections: 0, handshakes: 0 };
  }

  /** Answers come in the order of the questions. */
  async #ask<K extends FromServer["kind"]>(
    question: ToServer,
    expected: K,
  ): Promise<Extract<FromServer, { readonly kind: K }>> {
    const answer = new Promise<FromServer>((resolve) => this.#waiting.push(resolve));
    this.process.send(question);
    const heard = await Promise.race([answer, this.process.ended.then(() => null)]);
    if (heard === null || this.process.end !== null) throw this.#gone();
    if (heard.kind === expected) return heard as Extract<FromServer, { readonly kind: K }>;
    throw new Fault(heard.kind === "failed" ? heard.fault : { fact: `the server said "${heard.kind}"`, expected });
  }

  #gone(): Fault {
    const { end } = this.process;
    const text: FaultText = { fact: "the payments server is gone", so: "the trial is void" };
    return new Fault(end === null ? text : { ...text, seen: `it ${howItEnded(end)}` });
  }
}

function serverOrder({ roads, certificate, delayNs }: ServerLaunch): ServerOrder {
  const tls = { cert: certificate.certPem, key: certificate.keyPem, ca: null };
  return {
    transport: "lean",
    listens: roads.map(({ server, scenario }) => ({
      host: server,
      port: PAYMENTS_PORT,
      tls: scenario.road.tls === "none" ? null : tls,
    })),
    health: null,
    service:
      delayNs === 0
        ? DEFAULT_SERVICE
        : { ...DEFAULT_SERVICE, serviceTime: { kind: "fixed", ns: ns(delayNs) }, waiting: "busy" },
  };
}
