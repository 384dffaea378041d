/**
 * One road as the driver holds it: a connection to its server, and a pool of its generators.
 */
import type { Socket } from "node:net";
import { Fault } from "../../loadgen/fault.js";
import { grpcJsTransport } from "../../loadgen/grpc-js-transport.js";
import type { CallerName, LoadPlan } from "../../loadgen/load-plan.js";
import type { IntervalLine } from "../../loadgen/measurement.js";
import { ms } from "../../loadgen/units.js";
import { WorkerPool } from "../../loadgen/workers.js";
import { PAYMENTS_SERVICE } from "../../proto/payments.js";
import type { ProbeReading } from "../environment.js";
import { probe } from "../probe.js";
import { dialControl, readMessages, sendMessage, workerPipe } from "./control-socket.js";
import { driverCpuWindow, readNodes, type CpuEdges, type NodeReadings } from "./driver-cpu.js";
import { PROBE_DEADLINE } from "./pod-generator.js";
import {
  CONTROL_PORT,
  type DriverMeasurement,
  type EndOrder,
  type MeasureOrder,
  type PodAddress,
  type ProbeAnswer,
  type ProbeQuestion,
  type RoadOrder,
} from "./pod-protocol.js";
import { ServerControl } from "./server-control.js";
import { shareLoad } from "./share-load.js";

/** Pods that were just started rehearse before they listen. */
const REACHED_WITHIN_MS = 30_000;
/** An answer to a probe comes within its deadline; beyond, the pod is gone. */
const PROBED_WITHIN_MS = 10_000;

/**
 * An Envoy that meets a server for the first time opens one connection for each call in flight until its workers know
 * the host (bench/lab/lab-calls.ts has the figures).
 */
const PRIME_SETTLE = ms(100);

export interface Reaching {
  readonly order: RoadOrder;
  /** Of the run. */
  readonly token: string;
  readonly isCrossNode: boolean;
}

export class DrivenRoad {
  readonly #order: RoadOrder;
  readonly #token: string;
  readonly #server: ServerControl;
  readonly #pool: WorkerPool;
  /** To the generators: the pool's own. */
  readonly #sockets: readonly Socket[];
  readonly #isCrossNode: boolean;
  /** Envoy has called this road's server before. */
  #met = false;

  private constructor(how: Reaching, server: ServerControl, pool: WorkerPool, sockets: readonly Socket[]) {
    this.#order = how.order;
    this.#token = how.token;
    this.#isCrossNode = how.isCrossNode;
    this.#server = server;
    this.#pool = pool;
    this.#sockets = sockets;
  }

  /** @throws Fault that names the pod which cannot be reached */
  static async reach(how: Reaching): Promise<DrivenRoad> {
    const { order, token } = how;
    const { generators } = order;
    const [server, ...sockets] = await Promise.all([
      ServerControl.dial(order.server, token, REACHED_WITHIN_MS),
      ...generators.map((address) => dialControl(address, CONTROL_PORT, token, REACHED_WITHIN_MS)),
    ]);
    const callers = generators.map(({ caller }) => caller);
    const pool = await WorkerPool.join({
      pipes: sockets.map((socket, index) => workerPipe(socket, generators[index]?.pod ?? "?")),
      assign: (plan) => shareLoad(callers, plan),
    });
    return new DrivenRoad(how, server, pool, sockets);
  }

  /** One warm-up and one window, between two readings of the server's counters (METHOD §2.4). */
  async measure(
    { plan, transport }: MeasureOrder,
    signal: AbortSignal,
    onInterval: (line: IntervalLine) => void,
  ): Promise<DriverMeasurement> {
    const { server: before } = await this.#server.read();
    const edges: CpuEdges = { opened: null, closed: null };
    const callers = [...new Set(plan.mix.map(({ caller }) => caller))];
    const order = {
      transport,
      plan: this.#settling(plan),
      targets: Object.fromEntries(callers.map((caller) => [caller, this.#order.target])),
    };
    const measurement = await this.#guarded(signal, (inner) =>
      this.#pool.measure(order, {
        signal: inner,
        onEvent: (event) => {
          // Answered within a fraction of a millisecond.
          if (event.kind === "window-opened") edges.opened = this.readNodes();
          if (event.kind === "window-closed") edges.closed = this.readNodes();
          if (event.kind === "interval") onInterval(event.line);
        },
      }),
    );
    this.#met = true;
    const { server: after } = await this.#server.read();
    return { measurement, before, after, cpu: await driverCpuWindow(edges, measurement.health) };
  }

  /** One call by one caller; `anyone` is the driver itself. @throws Fault when the caller's pod is gone */
  async probe(caller: CallerName, method: string): Promise<ProbeReading> {
    const { target } = this.#order;
    const path = `/${PAYMENTS_SERVICE}/${method}`;
    if (caller === "anyone") return probe(grpcJsTransport, target, path, PROBE_DEADLINE);
    const generator = this.#order.generators.find((one) => one.caller === caller);
    if (generator === undefined) throw new Fault({ fact: `no generator speaks for the caller ${caller}` });
    return askProbe(generator, { kind: "probe", target, path }, this.#token);
  }

  readNodes(): Promise<NodeReadings | null> {
    return readNodes(() => this.#server.read(), this.#isCrossNode);
  }

  clockSkewMs(): Promise<number> {
    return this.#server.clockSkewMs();
  }

  /** Its pods end for good. */
  async endRun(): Promise<void> {
    for (const socket of this.#sockets) sendMessage(socket, { kind: "end" } satisfies EndOrder);
    await this.#server.endRun();
    await this.close();
  }

  async close(): Promise<void> {
    this.#server.close();
    await this.#pool.close();
  }

  /** Drives the load, and gives up at once when the server hangs up meanwhile. */
  async #guarded<T>(signal: AbortSignal, drive: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const giveUp = new AbortController();
    const unhear = this.#server.onGone((why) => giveUp.abort(why));
    try {
      const result = await drive(AbortSignal.any([signal, giveUp.signal]));
      giveUp.signal.throwIfAborted();
      return result;
    } finally {
      unhear();
    }
  }

  #settling(plan: LoadPlan): LoadPlan {
    const settles = this.#order.isProxied && !this.#met && plan.primeSettleNs === undefined;
    return settles ? { ...plan, primeSettleNs: PRIME_SETTLE } : plan;
  }
}

/** On a connection of its own: what a load worker says is nobody else's. */
async function askProbe(address: PodAddress, question: ProbeQuestion, token: string): Promise<ProbeReading> {
  const socket = await dialControl(address, CONTROL_PORT, token, REACHED_WITHIN_MS);
  try {
    return await new Promise<ProbeReading>((resolve, reject) => {
      const gone = new Fault({ fact: `pod ${address.pod} does not say how its probe ended` });
      const timer = setTimeout(() => reject(gone), PROBED_WITHIN_MS);
      socket.once("close", () => {
        clearTimeout(timer);
        reject(gone);
      });
      readMessages(socket, (message) => {
        const answer = message as ProbeAnswer | { readonly kind: "hello" };
        if (answer.kind !== "probed") return;
        clearTimeout(timer);
        resolve(answer.reading);
      });
      sendMessage(socket, question);
    });
  } finally {
    socket.destroy();
  }
}
