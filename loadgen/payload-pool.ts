/**
 * The calls of one share of the mix, made ready before the trial and taken in turn: nothing is encoded in the measured
 * path.
 */
import { PAYMENTS_METHODS, type PaymentsMethod } from "../proto/payments.js";
import { EXIT, Fault } from "./fault.js";
import type { CallShare } from "./load-plan.js";
import { paymentsRequests } from "./payments-requests.js";
import { deriveSeed } from "./random.js";
import type { PreparedCall } from "./transport.js";
import type { Nanoseconds } from "./units.js";

/** Enough for sizes to vary, few enough that the warm-up has sent each of them over each connection. */
const POOL = 64;

export interface PoolOptions {
  readonly seed: number;
  readonly timeoutNs: Nanoseconds | null;
}

export class PayloadPool {
  readonly #calls: readonly PreparedCall[];
  #next = 0;

  /** @throws Fault for a payload of payments whose method is none of theirs, and for a fixed payload without a message */
  constructor(share: CallShare, { seed, timeoutNs }: PoolOptions) {
    const { path, metadata = [] } = share;
    this.#calls = messagesOf(share, seed).map((message) => ({ path, message, timeoutNs, metadata }));
  }

  next(): PreparedCall {
    const call = this.#calls[this.#next] as PreparedCall;
    this.#next = this.#next + 1 === this.#calls.length ? 0 : this.#next + 1;
    return call;
  }
}

function messagesOf({ method, payload }: CallShare, seed: number): Buffer[] {
  if (payload.kind === "payments")
    return paymentsRequests(paymentsMethod(method), POOL, deriveSeed(seed, "payload", method));
  if (payload.messages.length === 0) {
    throw new Fault({ fact: `${method} has no message to send`, expected: "at least one", exitCode: EXIT.usage });
  }
  return payload.messages.map((base64) => Buffer.from(base64, "base64"));
}

function paymentsMethod(name: string): PaymentsMethod {
  const method = PAYMENTS_METHODS.find((known) => known === name);
  if (method !== undefined) return method;
  throw new Fault({
    fact: `there is no seeded payload for ${name}`,
    expected: `one of ${PAYMENTS_METHODS.join(", ")}`,
    exitCode: EXIT.usage,
  });
}
