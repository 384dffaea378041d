/**
 * What the pods of a run say to each other and to the command line. One program runs in all of them (program-main.ts):
 *
 *   command line ── kubectl exec ── relay ── driver ─┬─ generators   worker-protocol.ts, and probes
 *                                                    └─ servers      readings
 *
 * Everything is JSON lines. Control connections begin with the run's token: whoever else reaches a control port gets
 * nothing. The driver dials, since an egress policy binds the pods that call, and no policy binds the driver.
 */
import type { CallerName, LoadPlan } from "../../loadgen/load-plan.js";
import type { Measurement } from "../../loadgen/measurement.js";
import type { Target, TransportName } from "../../loadgen/transport.js";
import type { CpuWindow } from "../../results/cpu-window.js";
import type { ServerCounters } from "../../results/path-counters.js";
import type { CpuReading } from "../cpu-reader.js";
import type { ProbeReading } from "../environment.js";
import type { FromAnswerer, ToAnswerer } from "../request-link.js";
import type { TrialMark } from "./trial-mark.js";

/** Of servers and generators. */
export const CONTROL_PORT = 50052;
/** Of the driver, on its loopback only: the relay reaches it there. */
export const DRIVER_PORT = 50053;
/** The environment variable that holds the run's token. */
export const TOKEN_VARIABLE = "TOLLGATE_TOKEN";
/** Where the server of a TLS road finds its certificate and key. */
export const SERVER_TLS_FOLDER = "/tls";

export type PodRole = "server" | "generator" | "driver" | "relay";

/** What the driver asks a server. */
export interface ServerQuestion {
  readonly kind: "read";
}
/** To servers and generators: the run is over for good. */
export interface EndOrder {
  readonly kind: "end";
}
export interface ServerReading {
  readonly server: ServerCounters;
  /** Of its node, and of itself. */
  readonly cpu: CpuReading;
  /** Its node's clock, ms since 1970. */
  readonly wallMs: number;
}

/** What the driver asks a generator beside the orders of worker-protocol.ts. */
export interface ProbeQuestion {
  readonly kind: "probe";
  readonly target: Target;
  /** `/package.Service/Method` */
  readonly path: string;
}
export interface ProbeAnswer {
  readonly kind: "probed";
  readonly reading: ProbeReading;
}

/** The first line of each stream to the driver. */
export interface HoldOrder {
  /** Names the command line that speaks. */
  readonly hold: string;
}
export type HoldAnswer =
  /** Names the driver's process. */
  | { readonly held: string }
  /** Another command line holds it: when it was heard of last, and whether its stream stands. */
  | { readonly refused: { readonly quietMs: number; readonly isConnected: boolean } };

/** After the first line. Pings show either end that the other is there. */
export type ToDriver = ToAnswerer<DriverCalls> | { readonly ping: number };
export type FromDriver = FromAnswerer | HoldAnswer | { readonly pong: number };

export const PING_EVERY_MS = 3_000;
/** Who was not heard of for so long is taken for lost: its stream is opened anew, its place is given to another. */
export const GIVEN_UP_AFTER_MS = 15_000;
/** A stand that nobody holds ends by itself so long after the last word of a command line. */
export const GRACE_SECONDS = 15 * 60;

/** What the command line asks the driver. */
export interface DriverCalls {
  /** Where every pod of every road is; again after some of them were replaced. */
  readonly up: { readonly ask: DriverOrder; readonly answer: DriverReach };
  readonly measure: { readonly ask: MeasureOrder; readonly answer: DriverMeasurement };
  /** What was measured last, whoever asked for it; null when nothing was, or it was cut short. */
  readonly kept: { readonly ask: null; readonly answer: KeptMeasurement | null };
  readonly probe: { readonly ask: ProbeOrder; readonly answer: ProbeReading };
  /** Busy ns per second of the node(s) that pay for a call, while nothing is sent. */
  readonly idle: { readonly ask: null; readonly answer: number };
}

export interface DriverOrder {
  /** The servers are on another node than the driver: both nodes pay for a call. */
  readonly isCrossNode: boolean;
  readonly roads: readonly RoadOrder[];
}
export interface DriverReach {
  /** How far the servers' clock is ahead of the driver's, ms; the server whose clock is farthest off. */
  readonly clockSkewMs: number;
}
export interface RoadOrder {
  readonly scenario: string;
  readonly server: PodAddress;
  readonly generators: readonly (PodAddress & { readonly caller: CallerName })[];
  /** Whom callers of this road dial. */
  readonly target: Target;
  /** Envoy stands on it. */
  readonly isProxied: boolean;
}
export interface PodAddress {
  readonly pod: string;
  readonly ip: string;
}

export interface MeasureOrder {
  readonly scenario: string;
  readonly plan: LoadPlan;
  readonly transport: TransportName;
  /** Null: of no trial, as in a pilot. */
  readonly mark: TrialMark | null;
}
export interface KeptMeasurement {
  readonly ask: MeasureOrder;
  readonly answer: DriverMeasurement;
}
export interface DriverMeasurement {
  readonly measurement: Measurement;
  readonly before: ServerCounters;
  readonly after: ServerCounters;
  /** Null when the window never opened or closed. */
  readonly cpu: CpuWindow | null;
}

export interface ProbeOrder {
  readonly scenario: string;
  /** `anyone`: the driver itself, whom no rule names. */
  readonly caller: CallerName;
  readonly method: string;
}
