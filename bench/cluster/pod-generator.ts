/**
 * A load generator in its pod: one caller identity on one road. A load worker for each connection of the driver, and
 * single calls that try the road.
 */
import { now } from "../../loadgen/clock.js";
import { grpcJsTransport } from "../../loadgen/grpc-js-transport.js";
import { leanTransport } from "../../loadgen/lean-transport.js";
import { allowedCpus } from "../../loadgen/process-readings.js";
import { realOutside } from "../../loadgen/real-outside.js";
import { rehearse } from "../../loadgen/rehearsal.js";
import { LoadWorker } from "../../loadgen/worker.js";
import { seconds, type Nanoseconds } from "../../loadgen/units.js";
import type { FromWorker, ToWorker } from "../../loadgen/worker-protocol.js";
import { probe } from "../probe.js";
import { listenControl, sendMessage } from "./control-socket.js";
import { quietOf, whenUnheld, type Grace } from "./pod-grace.js";
import { CONTROL_PORT, type EndOrder, type ProbeAnswer, type ProbeQuestion } from "./pod-protocol.js";

/** Shorter than a client's patience, longer than any answer takes. */
export const PROBE_DEADLINE: Nanoseconds = seconds(1);

/** Resolves when the driver can reach it; yields how to end. */
export async function serveLoad(host: string, token: string, grace: Grace): Promise<() => Promise<void>> {
  await rehearse(leanTransport, realOutside);
  const control = await listenControl(CONTROL_PORT, host, token, (socket) => {
    const say = (message: FromWorker | ProbeAnswer): void => sendMessage(socket, message);
    const worker = new LoadWorker({
      say,
      transports: { lean: () => Promise.resolve(leanTransport), "grpc-js": () => Promise.resolve(grpcJsTransport) },
      outside: realOutside,
    });
    socket.once("close", () => void worker.close());
    say({ kind: "hello", pid: process.pid, timeNs: now(), cpus: allowedCpus() });
    return (message) => {
      const order = message as ToWorker | ProbeQuestion | EndOrder;
      if (order.kind === "end") grace.end();
      else if (order.kind === "probe") void tryCall(order).then(say);
      else if (order.kind === "stop") socket.end();
      else worker.hear(order);
    };
  });
  const watch = whenUnheld(
    grace,
    quietOf(control, () => performance.now()),
  );
  return () => {
    watch.stop();
    control.close();
    return Promise.resolve();
  };
}

/** Through grpc-js: a road is found open and closed by an implementation that is not ours. */
async function tryCall({ target, path }: ProbeQuestion): Promise<ProbeAnswer> {
  return { kind: "probed", reading: await probe(grpcJsTransport, target, path, PROBE_DEADLINE) };
}
