/**
 * What one measured window asks of the generator: how calls arrive, over which connections, for how long. Pure data: it
 * goes to worker processes and pods as JSON, and into the record as it was.
 */
import type { CallsPerSecond, Nanoseconds } from "./units.js";

export interface LoadPlan {
  readonly loop: OpenLoop | ClosedLoop;
  readonly warmupNs: Nanoseconds;
  readonly windowNs: Nanoseconds;
  /** How long calls in flight at the window's end are waited for. */
  readonly drainNs: Nanoseconds;
  /** Ends the window early once this many calls were scheduled in it. */
  readonly totalCalls: number | null;
  readonly mix: readonly CallShare[];
  readonly seed: number;
  /** Per caller identity in the mix, over all workers together. */
  readonly connections: number;
  /** Calls in flight per connection at most; the peer's limit holds as well. */
  readonly streams: number;
  readonly timeoutNs: Nanoseconds | null;
  readonly idle: IdleStrategy;
  readonly intervalNs: Nanoseconds;
  /**
   * Wait after each caller's first priming call, before its other connections are primed: an Envoy ORIGINAL_DST cluster
   * opens one upstream connection per concurrent call until it knows the host. Absent: no wait.
   */
  readonly primeSettleNs?: Nanoseconds;
}

/** Calls leave when they are due, answered or not. */
export interface OpenLoop {
  readonly kind: "open";
  readonly arrivals: Arrivals;
  /** What becomes of a call that is due while every stream is taken. */
  readonly overflow: "queue" | "drop";
}

/** A fixed number of calls in flight: no intended time, so no response, only service. */
export interface ClosedLoop {
  readonly kind: "closed";
  readonly inFlight: number;
  /** A new connection for each call; connect and handshake then are part of what the series `call` shows. */
  readonly connectionPerCall: boolean;
}

export type Arrivals =
  | { readonly kind: "constant"; readonly rate: CallsPerSecond }
  | { readonly kind: "poisson"; readonly rate: CallsPerSecond }
  | { readonly kind: "ramp"; readonly from: CallsPerSecond; readonly to: CallsPerSecond }
  | { readonly kind: "step"; readonly from: CallsPerSecond; readonly to: CallsPerSecond; readonly steps: number }
  /** Offsets from the start of the window, ascending. */
  | { readonly kind: "replay"; readonly offsetsNs: readonly Nanoseconds[] };

/** One method's share of the calls. */
export interface CallShare {
  /** The series it is booked under: the bare method name. */
  readonly method: string;
  readonly path: string;
  readonly weight: number;
  readonly caller: CallerName;
  readonly payload: PayloadSource;
  /**
   * The road that this share's calls take, in a closed loop over several roads at once: it has connections and books of
   * its own (recordName), and the roads take turns (turn-order.ts). Absent: the one road of the window.
   */
  readonly road?: string;
  /** Request metadata of each call, lower-case names. Absent: none. */
  readonly metadata?: readonly (readonly [name: string, value: string])[];
}

/** The name a share's calls are booked under: its method, and its road where a window has several. */
export function recordName({ method, road }: Pick<CallShare, "method" | "road">): string {
  return road === undefined ? method : `${road} ${method}`;
}

/** Who calls: an identity of the policy. `anyone` where there is none (tollgate load). */
export type CallerName = "api-gateway" | "finance-batch-job" | "anyone";

export type PayloadSource =
  /** The seeded pool of a payments method, encoded from payments.proto. */
  | { readonly kind: "payments" }
  /** Ready protobuf messages, base64, taken in turn. */
  | { readonly kind: "fixed"; readonly messages: readonly string[] };

export type IdleStrategy = "auto" | "sleep" | "hybrid" | "spin";
