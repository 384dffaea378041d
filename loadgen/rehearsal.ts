/**
 * A worker runs through its whole path before its first order: V8 compiles what was run some thousand times, and code that
 * was not makes a call three times as dear. At 1,000 calls/s, where a warm-up of a second is over long before, a worker
 * that had not rehearsed was 20 µs late at the median in its first seconds and 5 µs after four of them, and its calls
 * cost 200 µs of CPU and then 60: a drift that no road is to blame for.
 *
 * The peer is in this process (canned-peer.ts); nothing leaves it. TLS and grpc-js are not rehearsed.
 */
import { paymentsPath } from "../proto/payments.js";
import { startCannedPeer } from "./canned-peer.js";
import { Fault } from "./fault.js";
import type { LoadPlan } from "./load-plan.js";
import { LoadSession } from "./load-session.js";
import type { Outside } from "./outside.js";
import type { Transport } from "./transport.js";
import { ms, ns, perSecond, seconds } from "./units.js";

const CALLS = 2_500;

/**
 * Some 0.4 s.
 * @returns how many calls were answered; 0 where there is no loopback to rehearse on, or not enough time
 */
export async function rehearse(transport: Transport, outside: Outside): Promise<number> {
  const peer = await startCannedPeer().catch(() => null);
  if (peer === null) return 0;
  try {
    const open = await drive(transport, outside, peer.port, {
      kind: "open",
      arrivals: { kind: "poisson", rate: perSecond(20_000) },
      overflow: "queue",
    });
    const closed = await drive(transport, outside, peer.port, {
      kind: "closed",
      inFlight: 4,
      connectionPerCall: false,
    });
    return open + closed;
  } catch (error) {
    // A machine that is too slow for a rehearsal will be found out by what is measured on it.
    if (error instanceof Fault) return 0;
    throw error;
  } finally {
    peer.close();
  }
}

async function drive(transport: Transport, outside: Outside, port: number, loop: LoadPlan["loop"]): Promise<number> {
  const session = new LoadSession({
    order: { transport: transport.name, plan: { ...PLAN, loop }, targets: { anyone: { ...TARGET, port } } },
    share: { worker: 0, workers: 1 },
    transport,
    outside,
  });
  try {
    await session.prepare();
    const nothing = (): void => undefined;
    const events = { windowOpened: nothing, interval: nothing, windowClosed: nothing };
    const { measurement } = await session.run(outside.clock(), events);
    return measurement.books.ok;
  } finally {
    await session.close();
  }
}

const PLAN: Omit<LoadPlan, "loop"> = {
  warmupNs: ns(0),
  windowNs: seconds(2),
  drainNs: ms(200),
  totalCalls: CALLS,
  mix: [
    {
      method: "ProcessPayment",
      path: paymentsPath("ProcessPayment"),
      weight: 1,
      caller: "anyone",
      // Reads the proto file as well, which the first trial then need not.
      payload: { kind: "payments" },
    },
  ],
  seed: 1,
  connections: 2,
  streams: 100,
  timeoutNs: seconds(2),
  idle: "spin",
  intervalNs: ms(50),
};

const TARGET = {
  host: "127.0.0.1",
  localAddress: null,
  authority: "rehearsal",
  tls: null,
  connectTimeoutNs: seconds(1),
  literalHeaders: false,
};
