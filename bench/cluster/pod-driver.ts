/**
 * The driver in its pod: holds a connection to every pod of every road, and does what the command line asks, whose end
 * of the pipe reaches it through the relay. It lives as long as its pod; a relay may come and go.
 */
import { createServer, type Server, type Socket } from "node:net";
import { Fault } from "../../loadgen/fault.js";
import type { IntervalLine } from "../../loadgen/measurement.js";
import { nodeBusyNs } from "../../results/trial-metrics.js";
import { RequestAnswerer } from "../request-answerer.js";
import type { Request, ToAnswerer } from "../request-link.js";
import { readMessages, sendMessage } from "./control-socket.js";
import { DrivenRoad } from "./driven-road.js";
import { nodesWindow } from "./driver-cpu.js";
import { DRIVER_PORT, type DriverCalls, type DriverOrder, type DriverReach } from "./pod-protocol.js";

/** A tick of /proc/stat is 10 ms: this long an idle reading is good to two per cent of a core. */
const IDLE_READING_MS = 500;
const IDLE_READINGS = 3;

/** Resolves when a relay can reach it; yields how to end. */
export async function serveDriver(token: string): Promise<() => Promise<void>> {
  const driver = new Driver(token);
  const server = createServer({ noDelay: true }, (socket) => driver.serve(socket));
  await new Promise<Server>((resolve, reject) => {
    server.once("error", reject);
    server.listen(DRIVER_PORT, "127.0.0.1", () => resolve(server));
  });
  return async () => {
    server.close();
    await driver.close();
  };
}

class Driver {
  readonly #token: string;
  #roads = new Map<string, DrivenRoad>();

  constructor(token: string) {
    this.#token = token;
  }

  /** Answers one relay until it hangs up. */
  serve(socket: Socket): void {
    const answerer = new RequestAnswerer<DriverCalls>(
      (message) => sendMessage(socket, message),
      this.#answer,
      "the driver in the cluster",
    );
    socket.on("error", () => socket.destroy());
    readMessages(socket, (message) => void answerer.handle(message as ToAnswerer<DriverCalls>));
  }

  async close(): Promise<void> {
    const roads = [...this.#roads.values()];
    this.#roads = new Map();
    await Promise.all(roads.map((road) => road.close()));
  }

  readonly #answer = async (
    request: Request<DriverCalls>,
    signal: AbortSignal,
    onInterval: (line: IntervalLine) => void,
  ): Promise<unknown> => {
    switch (request.call) {
      case "up":
        return this.#reach(request.ask);
      case "measure":
        return this.#road(request.ask.scenario).measure(request.ask, signal, onInterval);
      case "probe":
        return this.#road(request.ask.scenario).probe(request.ask.caller, request.ask.method);
      case "idle":
        return this.#idleBusyNsPerSecond();
    }
  };

  async #reach({ roads, isCrossNode }: DriverOrder): Promise<DriverReach> {
    await this.close();
    const reached = await Promise.all(
      roads.map(
        async (road) =>
          [road.scenario, await DrivenRoad.reach({ order: road, token: this.#token, isCrossNode })] as const,
      ),
    );
    this.#roads = new Map(reached);
    const skews = await Promise.all(reached.map(([, road]) => road.clockSkewMs()));
    return { clockSkewMs: skews.reduce((worst, skew) => (Math.abs(skew) > Math.abs(worst) ? skew : worst), 0) };
  }

  /** The quietest of a few readings: what somebody else does meanwhile is no floor under our calls. */
  async #idleBusyNsPerSecond(): Promise<number> {
    const [road] = this.#roads.values();
    if (road === undefined) throw new Fault({ fact: "the driver knows no road yet" });
    const readings: number[] = [];
    for (let reading = 0; reading < IDLE_READINGS; reading++) {
      const before = await road.readNodes();
      await new Promise((resolve) => setTimeout(resolve, IDLE_READING_MS));
      const after = await road.readNodes();
      if (before === null || after === null) throw new Fault({ fact: "a server hung up while nothing was sent" });
      const { durationNs, node } = nodesWindow(before, after);
      readings.push((nodeBusyNs(node) / durationNs) * 1e9);
    }
    return Math.min(...readings);
  }

  #road(scenario: string): DrivenRoad {
    const road = this.#roads.get(scenario);
    if (road !== undefined) return road;
    throw new Fault({ fact: `the driver has no road "${scenario}"`, so: "it was not among those it was told of" });
  }
}
