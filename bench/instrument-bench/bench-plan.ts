/** Windows of the bench: one method with payloads of the usual size, on loopback, by one worker. */
import type { LoadPlan } from "../../loadgen/load-plan.js";
import type { Target, TransportName } from "../../loadgen/transport.js";
import { ms, seconds } from "../../loadgen/units.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { share } from "../../scenarios/standard-mix.js";
import { hostPort } from "../options.js";
import type { BenchServer } from "./bench-server.js";

export const BENCH_METHOD = "ProcessPayment";

/** What a measurement of the bench varies. */
export type PlanChanges = Partial<LoadPlan> & Pick<LoadPlan, "loop">;

export function benchOrder(
  server: BenchServer,
  changes: PlanChanges,
  { tls = false, transport = "lean" }: { readonly tls?: boolean; readonly transport?: TransportName } = {},
): LoadOrder {
  return {
    transport,
    targets: { anyone: targetOf(server, tls) },
    plan: {
      warmupNs: ms(500),
      windowNs: seconds(1.5),
      drainNs: seconds(1),
      totalCalls: null,
      mix: [share(BENCH_METHOD, 1, "anyone")],
      seed: 1,
      connections: 1,
      streams: 100,
      timeoutNs: null,
      // Nothing is due in a closed loop: the worker wakes when an answer comes.
      idle: "sleep",
      intervalNs: seconds(1),
      ...changes,
    },
  };
}

function targetOf(server: BenchServer, tls: boolean): Target {
  const address = hostPort("listening")(tls ? server.secured : server.plain);
  return {
    ...address,
    localAddress: null,
    authority: "payments.bench",
    tls: tls ? { ca: server.ca, cert: null, key: null, servername: "localhost", allowMissingAlpn: false } : null,
    connectTimeoutNs: seconds(5),
    literalHeaders: false,
  };
}
