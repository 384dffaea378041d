/**
 * A payments server runs through its whole path before it is measured, as workers do (rehearsal.ts): V8 compiles what was
 * run some thousand times, and until then an answer takes three times as long. In a lab the first blocks would pay for
 * that; at 200 calls/s, for a whole window.
 *
 * The caller is in this process (canned-caller.ts); the server is another one than that which is measured, so that
 * nothing of it is counted. TLS and grpc-js are not rehearsed.
 */
import { PAYMENTS_METHODS, paymentsPath } from "../proto/payments.js";
import { callServer, type CannedRequest } from "./canned-caller.js";
import { createLeanServer } from "./lean-server.js";
import { createPaymentsService } from "./payments-service.js";
import { paymentsRequests } from "./payments-requests.js";
import { DEFAULT_SERVICE } from "./server-protocol.js";
import { seconds } from "./units.js";

/** Calls made one at a time, and calls made ten at a time: the two ways in which they come. */
const ROUNDS = [
  { calls: 1_500, atOnce: 1 },
  { calls: 1_500, atOnce: 10 },
];
const SEED = 1;
const REQUESTS_PER_METHOD = 8;

/**
 * Some 0.3 s.
 * @returns how many calls were answered; 0 where there is no loopback to rehearse on
 */
export async function rehearseServer(): Promise<number> {
  const server = createLeanServer(createPaymentsService(DEFAULT_SERVICE));
  try {
    const address = await server.listen({ host: "127.0.0.1", port: 0, tls: null });
    const port = Number(address.slice(address.lastIndexOf(":") + 1));
    let answered = 0;
    for (const round of ROUNDS) answered += await callServer(port, rehearsedRequests(), round);
    return answered;
  } catch {
    // No loopback here, or none that works: what is measured will show it if it matters.
    return 0;
  } finally {
    await server.drain(seconds(0));
  }
}

/** Reports are large: one of them for every three dozen other calls. */
function rehearsedRequests(): CannedRequest[] {
  return PAYMENTS_METHODS.flatMap((method) =>
    paymentsRequests(method, method === "GenerateFinancialReport" ? 1 : REQUESTS_PER_METHOD, SEED).map((message) => ({
      path: paymentsPath(method),
      message,
    })),
  );
}
