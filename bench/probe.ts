/**
 * One call, as a client of that identity would make it, and how it ended. Silence is an answer too: what an L4 policy
 * drops is never refused, it is only never answered.
 */
import { now } from "../loadgen/clock.js";
import { Fault } from "../loadgen/fault.js";
import { GRPC_STATUS, statusName } from "../loadgen/grpc/status.js";
import type { CallListener, Target, Transport } from "../loadgen/transport.js";
import type { Nanoseconds } from "../loadgen/units.js";
import type { ProbeReading } from "./environment.js";

/**
 * Connects, calls with an empty message and closes.
 * @returns the status by name, UNAVAILABLE when the connection was refused, `silence` when neither the connection nor
 * the answer came within `deadlineNs`; and the time from the call, or from the attempt to connect where that failed.
 */
export async function probe(
  transport: Transport,
  target: Target,
  path: string,
  deadlineNs: Nanoseconds,
): Promise<ProbeReading> {
  const started = now();
  const calling = call(transport, target, path).catch((error: unknown) => {
    if (error instanceof Fault) return { seen: statusName(GRPC_STATUS.UNAVAILABLE), serviceNs: now() - started };
    throw error;
  });
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<ProbeReading>((resolve) => {
    timer = setTimeout(() => resolve({ seen: "silence", serviceNs: now() - started }), deadlineNs / 1e6);
  });
  try {
    return await Promise.race([calling, silence]);
  } finally {
    clearTimeout(timer);
  }
}

async function call(transport: Transport, target: Target, path: string): Promise<ProbeReading> {
  let end = (_reading: ProbeReading): void => undefined;
  const ended = new Promise<ProbeReading>((resolve) => (end = resolve));
  let sentAt = 0;
  const listener: CallListener = {
    onSent: (_tag, at) => (sentAt = at),
    onEnded: (_tag, status, at) => end({ seen: statusName(status), serviceNs: at - sentAt }),
    onCapacity: () => undefined,
    onClosed: () => undefined,
  };
  const connection = await transport.connect(target, listener);
  connection.start({ path, message: Buffer.alloc(0), timeoutNs: null, metadata: [] }, 0);
  connection.flush();
  const reading = await ended;
  await connection.close();
  return reading;
}
