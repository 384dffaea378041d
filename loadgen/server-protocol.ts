/**
 * What a coordinator and a payments server process (server-main.ts) say to each other: one JSON object per line on the
 * server's stdin and stdout.
 *
 *   coordinator: serve(order) ─► server: listening
 *   coordinator: rehearse     ─► server: rehearsed       before or after it listens (server-rehearsal.ts)
 *   coordinator: counters     ─► server: counters        any number of times
 *   coordinator: drain        ─► server: drained, and the process ends
 *
 * The process ends as well when its stdin closes or on SIGTERM, drained in either case. `failed` may come instead of
 * any answer; after a failed `serve` the process ends with code 1.
 */
import type { FaultText } from "./fault.js";
import type { TransportName } from "./transport.js";
import type { ListenAddress, ListenerCounters } from "./unary-service.js";
import type { Nanoseconds } from "./units.js";

export interface ServerOrder {
  readonly transport: TransportName;
  readonly listens: readonly ListenAddress[];
  /** A second port that answers grpc.health.v1.Health/Check over plaintext; null for none. */
  readonly health: { readonly host: string; readonly port: number } | null;
  readonly service: PaymentsServiceOptions;
}

export interface PaymentsServiceOptions {
  readonly serviceTime: ServiceTime;
  /** busy: the loop works for that long, as code that computes would; idle: it waits, and answers others meanwhile. */
  readonly waiting: "busy" | "idle";
  /** Size of the report method's answers, evenly spread between the two. */
  readonly reportBytes: { readonly min: number; readonly max: number };
  /** Of answer contents, sizes and service times. */
  readonly seed: number;
  readonly injections: readonly Injection[];
}

export type ServiceTime =
  | { readonly kind: "none" }
  | { readonly kind: "fixed"; readonly ns: Nanoseconds }
  | { readonly kind: "exponential"; readonly meanNs: Nanoseconds }
  /** exp(ln median + sigma · N(0, 1)). */
  | { readonly kind: "lognormal"; readonly medianNs: Nanoseconds; readonly sigma: number };

/** A disturbance for tests and calibration: which calls it hits, and what becomes of them. */
export interface Injection {
  /** Bare method name; null for any. */
  readonly method: string | null;
  /** Calls of that method are counted from 0: it hits `from`, `from + every`, … `times` times (null: no end). */
  readonly from: number;
  readonly every: number;
  readonly times: number | null;
  readonly effect: Effect;
}

export type Effect =
  | { readonly kind: "status"; readonly status: number; readonly detail: string }
  /** This call alone is answered later. */
  | { readonly kind: "delay"; readonly ns: Nanoseconds }
  /** The whole process stands still, as in a long garbage collection. */
  | { readonly kind: "stall"; readonly ns: Nanoseconds }
  | { readonly kind: "reset"; readonly code: number }
  | { readonly kind: "garbage" }
  | { readonly kind: "disconnect" }
  | { readonly kind: "silence" };

export type ToServer =
  { readonly kind: "serve"; readonly order: ServerOrder } | { readonly kind: "rehearse" | "counters" | "drain" };

export type FromServer =
  | { readonly kind: "rehearsed" }
  /** `addresses[i]` is where `order.listens[i]` listens in fact, as `host:port`. */
  | {
      readonly kind: "listening";
      readonly pid: number;
      readonly addresses: readonly string[];
      readonly health: string | null;
    }
  | {
      readonly kind: "counters";
      readonly atNs: Nanoseconds;
      readonly listeners: Readonly<Record<string, ListenerCounters>>;
    }
  | { readonly kind: "drained"; readonly listeners: Readonly<Record<string, ListenerCounters>> }
  | { readonly kind: "failed"; readonly fault: FaultText };

/** Answers at once, with reports of 16 to 64 KiB, and breaks nothing. */
export const DEFAULT_SERVICE: PaymentsServiceOptions = {
  serviceTime: { kind: "none" },
  waiting: "idle",
  reportBytes: { min: 16 * 1024, max: 64 * 1024 },
  seed: 1,
  injections: [],
};
