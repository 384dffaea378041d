/**
 * The payments server as its order describes it: one service on any number of addresses, over either transport, and
 * health on a port of its own.
 */
import { PAYMENTS_SERVICE } from "../proto/payments.js";
import { createGrpcJsServer } from "./grpc-js-server.js";
import { HealthService } from "./health-service.js";
import { createLeanServer } from "./lean-server.js";
import { createPaymentsService } from "./payments-service.js";
import type { ServerOrder } from "./server-protocol.js";
import type { ListenerCounters, UnaryServer, UnaryService } from "./unary-service.js";
import { seconds, type Nanoseconds } from "./units.js";

export interface PaymentsServer {
  /** Where each address of the order listens in fact. */
  readonly addresses: readonly string[];
  readonly health: string | null;
  counters(): Readonly<Record<string, ListenerCounters>>;
  /** Finishes the calls under way, for `graceNs` at most, and closes everything. */
  drain(graceNs: Nanoseconds): Promise<void>;
}

/** @throws Fault when an address cannot be had or a certificate cannot be used */
export async function startPaymentsServer(order: ServerOrder): Promise<PaymentsServer> {
  const server = createServer(order, createPaymentsService(order.service));
  const health = new HealthService(PAYMENTS_SERVICE);
  const healthServer = createLeanServer(health);
  try {
    const addresses: string[] = [];
    for (const address of order.listens) addresses.push(await server.listen(address));
    const healthAddress = order.health === null ? null : await healthServer.listen({ ...order.health, tls: null });
    return {
      addresses,
      health: healthAddress,
      counters: () => server.counters(),
      drain: async (graceNs) => {
        health.stop();
        await server.drain(graceNs);
        await healthServer.drain(HEALTH_GRACE);
      },
    };
  } catch (error) {
    await Promise.all([server.drain(NO_GRACE), healthServer.drain(NO_GRACE)]);
    throw error;
  }
}

const HEALTH_GRACE = seconds(0.1);
const NO_GRACE = seconds(0);

function createServer({ transport }: ServerOrder, service: UnaryService): UnaryServer {
  switch (transport) {
    case "lean":
      return createLeanServer(service);
    case "grpc-js":
      return createGrpcJsServer(service);
  }
}
