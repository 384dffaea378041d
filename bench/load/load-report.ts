/**
 * What `tollgate load` tells, as data: the object that `--json` prints, to the letter, and beside it what only the text
 * shows. Latencies are whole nanoseconds; a quantile stands with its count, never alone.
 */
import type { GrpcStatusName } from "../../loadgen/grpc/status.js";
import type { Measurement, Quantity } from "../../loadgen/measurement.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { decodedHistogram, seriesHistogram } from "../../results/measured-series.js";
import { SparseHistogram } from "../../results/sparse-histogram.js";
import type { TrialVerdict } from "../../results/trial.js";
import { meanRate } from "./arrival-spec.js";
import { callName } from "./load-call.js";
import { intervalsJson, secondsJson, type IntervalJson, type SecondJson } from "./load-seconds.js";

/** The object of `--json`. Names are a contract with whoever reads it. */
export interface LoadJson {
  readonly target: string;
  readonly call: string;
  /** Calls per second that were asked for; null for a closed loop, which asks for none. */
  readonly offered_rate: number | null;
  /** Calls per second that were sent. */
  readonly achieved_rate: number;
  readonly scheduled: number;
  readonly sent: number;
  readonly ok: number;
  readonly failed: Readonly<Partial<Record<GrpcStatusName, number>>>;
  readonly in_flight_at_end: number;
  readonly duration_ns: number;
  /** Null for a closed loop: it has no intended times. */
  readonly response: LatencyJson | null;
  readonly service: LatencyJson;
  readonly lateness: LatencyJson | null;
  readonly blocked: LatencyJson;
  readonly connect: LatencyJson;
  /** Null without TLS. */
  readonly handshake: LatencyJson | null;
  /** `per_call_ns` leaves out what was burnt waiting for the next due time; null when no call ended. */
  readonly cpu: { readonly user_ns: number; readonly system_ns: number; readonly per_call_ns: number | null };
  readonly verdict: TrialVerdict;
  /** Each second, or a tenth of a window that has hardly one. */
  readonly intervals: readonly IntervalJson[];
  /** Each worker's own state, second by second. */
  readonly seconds: readonly SecondJson[];
}

/** All null when `count` is 0. */
export interface LatencyJson {
  readonly count: number;
  readonly min_ns: number | null;
  readonly p50_ns: number | null;
  readonly p90_ns: number | null;
  readonly p99_ns: number | null;
  readonly p999_ns: number | null;
  readonly max_ns: number | null;
  readonly mean_ns: number | null;
}

export function loadJson(order: LoadOrder, measurement: Measurement, verdict: TrialVerdict): LoadJson {
  const { books, connections, durationNs, health } = measurement;
  const { loop } = order.plan;
  const latencies = latenciesOf(order, measurement);
  return {
    target: targetName(order),
    call: callName(order.plan.mix[0]!),
    offered_rate: loop.kind === "open" ? meanRate(loop.arrivals, order.plan.windowNs) : null,
    achieved_rate: durationNs === 0 ? 0 : (books.sent * 1e9) / durationNs,
    scheduled: books.scheduled,
    sent: books.sent,
    ok: books.ok,
    failed: books.failed,
    in_flight_at_end: books.inFlightAtEnd,
    duration_ns: Math.round(durationNs),
    response: latencies.response === null ? null : latencyJson(latencies.response),
    service: latencyJson(latencies.service),
    lateness: latencies.lateness === null ? null : latencyJson(latencies.lateness),
    blocked: latencyJson(latencies.blocked),
    connect: latencyJson(decodedHistogram(connections.connect)),
    handshake: connections.handshake === null ? null : latencyJson(decodedHistogram(connections.handshake)),
    cpu: {
      user_ns: Math.round(health.cpuUserNs),
      system_ns: Math.round(health.cpuSystemNs),
      per_call_ns: cpuPerCallNs(measurement),
    },
    verdict,
    intervals: intervalsJson(measurement),
    seconds: secondsJson(measurement),
  };
}

export interface Latencies {
  readonly response: SparseHistogram | null;
  readonly service: SparseHistogram;
  readonly lateness: SparseHistogram | null;
  readonly blocked: SparseHistogram;
}

/** The histograms of the one method that is driven; empty ones where nothing was recorded. */
export function latenciesOf({ plan }: LoadOrder, measurement: Measurement): Latencies {
  const method = plan.mix[0]!.method;
  const open = plan.loop.kind === "open";
  const of = (quantity: Quantity): SparseHistogram =>
    seriesHistogram(measurement, method, quantity) ?? seriesHistogram(measurement, "all", quantity) ?? NOTHING;
  return {
    response: open ? of("response") : null,
    service: of("service"),
    lateness: open ? of("lateness") : null,
    blocked: of("blocked"),
  };
}

const NOTHING = SparseHistogram.of([]);

export function targetName({ targets }: LoadOrder): string {
  const { host, port } = targets.anyone!;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The generator's CPU per call that ended, spin excluded: exact where the kernel counts nanoseconds. */
export function cpuPerCallNs({ books, health }: Measurement): number | null {
  const ended = Object.values(books.failed).reduce((sum, count) => sum + count, books.ok);
  if (ended === 0) return null;
  const cpuNs = health.cpuSchedNs ?? health.cpuUserNs + health.cpuSystemNs;
  return Math.max(0, Math.round((cpuNs - health.spinNs) / ended));
}

function latencyJson(histogram: SparseHistogram): LatencyJson {
  const whole = (value: number | null): number | null => (value === null ? null : Math.round(value));
  return {
    count: histogram.count,
    min_ns: whole(histogram.minNs),
    p50_ns: whole(histogram.percentile(0.5)),
    p90_ns: whole(histogram.percentile(0.9)),
    p99_ns: whole(histogram.percentile(0.99)),
    p999_ns: whole(histogram.percentile(0.999)),
    max_ns: whole(histogram.maxNs),
    mean_ns: whole(histogram.meanNs),
  };
}
