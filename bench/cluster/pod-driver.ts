/**
 * The driver in its pod: holds a connection to every pod of every road, and does what the command line asks, whose end
 * of the pipe reaches it through the relay. It lives as long as its pod: a relay may come and go, what is being measured
 * is measured to its end and kept. When nobody has spoken to it for a while, it ends, and all of the run with it.
 */
import { createServer, type Server } from "node:net";
import { Fault } from "../../loadgen/fault.js";
import type { IntervalLine } from "../../loadgen/measurement.js";
import { readIdleBusyNsPerSecond } from "../idle-reading.js";
import type { Request } from "../request-link.js";
import { DrivenRoad } from "./driven-road.js";
import { nodesWindow } from "./driver-cpu.js";
import { DriverHold } from "./driver-hold.js";
import {
  DRIVER_PORT,
  type DriverCalls,
  type DriverMeasurement,
  type DriverOrder,
  type DriverReach,
  type KeptMeasurement,
  type MeasureOrder,
} from "./pod-protocol.js";
import { whenUnheld, type Grace } from "./pod-grace.js";

/** Resolves when a relay can reach it; yields how to end. */
export async function serveDriver(token: string, grace: Grace): Promise<() => Promise<void>> {
  const driver = new Driver(token);
  const hold = new DriverHold(driver.answer, () => performance.now());
  const server = createServer({ noDelay: true }, (socket) => hold.serve(socket));
  await new Promise<Server>((resolve, reject) => {
    server.once("error", reject);
    server.listen(DRIVER_PORT, "127.0.0.1", () => resolve(server));
  });
  const watch = whenUnheld(
    grace,
    () => Promise.resolve(hold.quietMs),
    () => driver.endRun(),
  );
  return async () => {
    watch.stop();
    server.close();
    await driver.close();
  };
}

class Driver {
  readonly #token: string;
  #roads = new Map<string, DrivenRoad>();
  /** What was measured last, or is being measured. Never rejects. */
  #kept: Promise<KeptMeasurement | null> = Promise.resolve(null);

  constructor(token: string) {
    this.#token = token;
  }

  readonly answer = async (
    request: Request<DriverCalls>,
    signal: AbortSignal,
    onInterval: (line: IntervalLine) => void,
  ): Promise<unknown> => {
    switch (request.call) {
      case "up":
        await this.#kept; // of a command line that was lost: it is measured to its end
        return this.#reach(request.ask);
      case "measure":
        return this.#measure(request.ask, signal, onInterval);
      case "kept":
        return this.#kept;
      case "probe":
        return this.#road(request.ask.scenario).probe(request.ask.caller, request.ask.method);
      case "idle":
        return this.#idleBusyNsPerSecond();
    }
  };

  async close(): Promise<void> {
    const roads = [...this.#roads.values()];
    this.#roads = new Map();
    await Promise.all(roads.map((road) => road.close()));
  }

  /** Tells every pod that the run is over. */
  async endRun(): Promise<void> {
    await Promise.all([...this.#roads.values()].map((road) => road.endRun()));
  }

  #measure(
    ask: MeasureOrder,
    signal: AbortSignal,
    onInterval: (line: IntervalLine) => void,
  ): Promise<DriverMeasurement> {
    const measuring = this.#road(ask.scenario).measure(ask, signal, onInterval);
    this.#kept = measuring.then(
      (answer) => (signal.aborted ? null : { ask, answer }),
      () => null,
    );
    return measuring;
  }

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

  #idleBusyNsPerSecond(): Promise<number> {
    const [road] = this.#roads.values();
    if (road === undefined) throw new Fault({ fact: "the driver knows no road yet" });
    return readIdleBusyNsPerSecond(async () => {
      const nodes = await road.readNodes();
      if (nodes === null) throw new Fault({ fact: "a server hung up while nothing was sent" });
      return nodes;
    }, nodesWindow);
  }

  #road(scenario: string): DrivenRoad {
    const road = this.#roads.get(scenario);
    if (road !== undefined) return road;
    throw new Fault({ fact: `the driver has no road "${scenario}"`, so: "it was not among those it was told of" });
  }
}
