/**
 * What a coordinator and its workers say to each other: one JSON object per line, on the stdin and stdout of a process of
 * the same machine, or over a TCP connection to a pod.
 *
 *   worker: hello
 *   coordinator: prepare ─► worker: ready      connections open, each primed with one call
 *   coordinator: go(startAt) ─► worker: window-opened ─► interval … ─► window-closed ─► done
 *   coordinator: stop ─► worker ends (so it does when its stdin closes)
 *
 * `failed` may come at any time after `prepare`; the worker then is idle again and can be prepared anew.
 */
import type { FaultText } from "./fault.js";
import type { SparseCounts } from "./coarse-histogram.js";
import type { CallerName, LoadPlan } from "./load-plan.js";
import type { IntervalLine, Measurement } from "./measurement.js";
import type { ConnectionFacts, Target, TransportName } from "./transport.js";
import type { Nanoseconds } from "./units.js";

export interface LoadOrder {
  readonly transport: TransportName;
  /** The plan of all workers together; each takes its share of the schedule and of the connections. */
  readonly plan: LoadPlan;
  readonly targets: CallerTargets;
  /** By road, where the shares of the mix name roads. */
  readonly roadTargets?: Readonly<Record<string, CallerTargets>>;
}

export type CallerTargets = Readonly<Partial<Record<CallerName, Target>>>;

export type ToWorker =
  | {
      readonly kind: "prepare";
      readonly order: LoadOrder;
      readonly worker: number;
      readonly workers: number;
      /** Absent: the worker speaks for every caller of the mix. */
      readonly caller?: CallerName;
    }
  /** Instant of the worker's own CLOCK_MONOTONIC at which the warm-up begins; the window opens warmupNs later. */
  | { readonly kind: "go"; readonly startAtNs: Nanoseconds }
  /** The window, if open, ends early and is reported; before it has opened the order fails. */
  | { readonly kind: "cancel" }
  /** Drop whatever is going on; answered with `quiet` when the worker is idle again. */
  | { readonly kind: "quiet" }
  /** What time is it? Answered at once. */
  | { readonly kind: "clock" }
  | { readonly kind: "stop" };

export type FromWorker =
  /** `cpus`: those it may run on. */
  | { readonly kind: "hello"; readonly pid: number; readonly timeNs: Nanoseconds; readonly cpus: readonly number[] }
  | { readonly kind: "ready"; readonly connections: readonly ConnectionFacts[] }
  | { readonly kind: "window-opened"; readonly atNs: Nanoseconds }
  | { readonly kind: "interval"; readonly line: IntervalLine; readonly counts: IntervalCounts }
  | { readonly kind: "window-closed"; readonly atNs: Nanoseconds }
  | { readonly kind: "done"; readonly measurement: Measurement; readonly halves: readonly [SparseCounts, SparseCounts] }
  | { readonly kind: "failed"; readonly fault: FaultText }
  | { readonly kind: "quiet" }
  | { readonly kind: "clock"; readonly atNs: Nanoseconds };

/** What the percentiles of an interval line were read from: percentiles of several workers can't be merged, counts can. */
export interface IntervalCounts {
  readonly headline: SparseCounts;
  readonly lateness: SparseCounts;
}
