/**
 * The payments server of one road, in its pod. It listens on two ports: calls on the one, the driver's questions on the
 * other. No kubelet probe knocks at either: on a proxied road it would be counted with the calls.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { now } from "../../loadgen/clock.js";
import { startPaymentsServer } from "../../loadgen/payments-server.js";
import { DEFAULT_SERVICE } from "../../loadgen/server-protocol.js";
import type { ListenerCounters, ServerTls } from "../../loadgen/unary-service.js";
import { seconds } from "../../loadgen/units.js";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import type { ServerCounters } from "../../results/path-counters.js";
import { readCpu } from "../cpu-reader.js";
import { listenControl, sendMessage } from "./control-socket.js";
import { quietOf, whenUnheld, type Grace } from "./pod-grace.js";
import {
  CONTROL_PORT,
  SERVER_TLS_FOLDER,
  type EndOrder,
  type ServerQuestion,
  type ServerReading,
} from "./pod-protocol.js";

export interface ServerPod {
  /** The pod's own address. */
  readonly host: string;
  readonly token: string;
  readonly grace: Grace;
}

/** Resolves when both ports listen; yields how to end in good order. */
export async function servePayments({ host, token, grace }: ServerPod): Promise<() => Promise<void>> {
  const server = await startPaymentsServer({
    transport: "lean",
    listens: [{ host, port: PAYMENTS_PORT, tls: await serverTls() }],
    health: null,
    service: DEFAULT_SERVICE,
  });
  const reading = (): ServerReading => ({
    server: sumOf(Object.values(server.counters())),
    cpu: readCpu([{ role: "server", name: "payments server", pid: process.pid }], now()),
    wallMs: Date.now(),
  });
  const control = await listenControl(CONTROL_PORT, host, token, (socket) => (message) => {
    const { kind } = message as ServerQuestion | EndOrder;
    if (kind === "read") sendMessage(socket, reading());
    else grace.end();
  });
  const watch = whenUnheld(
    grace,
    quietOf(control, () => performance.now()),
  );
  return async () => {
    watch.stop();
    control.close();
    await server.drain(seconds(0));
  };
}

/** Null where no certificate is mounted: the road is plaintext. */
async function serverTls(): Promise<ServerTls | null> {
  const read = (name: string): Promise<string> => readFile(join(SERVER_TLS_FOLDER, name), "utf8");
  try {
    return { cert: await read("tls.crt"), key: await read("tls.key"), ca: null };
  } catch {
    return null;
  }
}

/** Connections may come to several addresses of the pod; all of them are this road's. */
function sumOf(listeners: readonly ListenerCounters[]): ServerCounters {
  const calls: Record<string, number> = {};
  for (const listener of listeners) {
    for (const [method, count] of Object.entries(listener.calls)) calls[method] = (calls[method] ?? 0) + count;
  }
  return {
    calls,
    connections: listeners.reduce((sum, { connections }) => sum + connections, 0),
    handshakes: listeners.reduce((sum, { handshakes }) => sum + handshakes, 0),
  };
}
