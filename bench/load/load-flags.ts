/**
 * The flags of `tollgate load` as the command line hands them over: each value read already, but none held against
 * another. What they mean together is decided in load-order.ts.
 */
import type { IdleStrategy } from "../../loadgen/load-plan.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { CallsPerSecond, Nanoseconds } from "../../loadgen/units.js";
import type { HostPort } from "../options.js";
import type { ArrivalSpec } from "./arrival-spec.js";

export interface LoadFlags {
  readonly target: HostPort;
  readonly call: string;
  readonly proto?: string;
  readonly data?: string;
  readonly metadata: readonly (readonly [name: string, value: string])[];
  readonly rate?: CallsPerSecond;
  readonly arrival?: ArrivalSpec;
  readonly inFlight?: number;
  readonly duration?: Nanoseconds;
  readonly warmup: Nanoseconds;
  readonly total?: number;
  readonly connections?: number;
  readonly streams?: number;
  readonly overflow: "queue" | "drop";
  readonly workers: number;
  readonly cpus?: readonly number[];
  readonly idle: IdleStrategy;
  /** 0: none. */
  readonly timeout: Nanoseconds;
  readonly connectTimeout: Nanoseconds;
  readonly tls?: true;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly authority?: string;
  readonly allowMissingAlpn?: true;
  readonly transport: TransportName;
  readonly seed: number;
  readonly hlog?: string;
  readonly hgrm?: string;
  readonly json?: true;
}

/** Reads the files that flags name; passed in so that tests need none. @throws Fault that names flag and file */
export type ReadText = (flag: string, file: string) => string;
