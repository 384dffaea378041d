/**
 * A window second by second: what calls took in it, and what the generator knows of its own state. As data for `--json`,
 * and as a table for people, where the worst of several workers stands for all.
 */
import type { GeneratorSecond, IntervalLine, Measurement } from "../../loadgen/measurement.js";
import type { Paint } from "../../reports/paint.js";
import { count, duration, significant } from "../../reports/quantities.js";

export interface IntervalJson {
  readonly at_ns: number;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly in_flight: number;
  readonly p50_ns: number | null;
  readonly p99_ns: number | null;
  readonly lateness_p99_ns: number | null;
}

export interface SecondJson {
  readonly worker: number;
  readonly at_ns: number;
  readonly length_ns: number;
  readonly cpu_user_ns: number;
  readonly cpu_system_ns: number;
  readonly cpu_sched_ns: number | null;
  readonly spin_ns: number;
  readonly event_loop_utilisation: number;
  readonly loop_delay_max_ns: number;
  readonly gc_total_ns: number;
  readonly gc_longest_ns: number;
  /** Null where /proc/stat does not tell. */
  readonly steal_ticks: number | null;
  readonly throttled: number;
  readonly lateness_p99_ns: number | null;
  readonly in_flight: number;
}

export function intervalsJson({ intervals }: Measurement): IntervalJson[] {
  return intervals.map((line) => ({
    at_ns: Math.round(line.atNs),
    sent: line.sent,
    ok: line.ok,
    failed: line.failed,
    in_flight: line.inFlight,
    p50_ns: whole(line.p50Ns),
    p99_ns: whole(line.p99Ns),
    lateness_p99_ns: whole(line.latenessP99Ns),
  }));
}

export function secondsJson({ seconds = [] }: Measurement): SecondJson[] {
  return seconds.map((second) => ({
    worker: second.worker,
    at_ns: Math.round(second.atNs),
    length_ns: Math.round(second.lengthNs),
    cpu_user_ns: Math.round(second.cpuUserNs),
    cpu_system_ns: Math.round(second.cpuSystemNs),
    cpu_sched_ns: whole(second.cpuSchedNs),
    spin_ns: Math.round(second.spinNs),
    event_loop_utilisation: second.eventLoopUtilisation,
    loop_delay_max_ns: Math.round(second.loopDelayMaxNs),
    gc_total_ns: Math.round(second.gcTotalNs),
    gc_longest_ns: Math.round(second.gcLongestNs),
    steal_ticks: second.steal?.ticks ?? null,
    throttled: second.throttled,
    lateness_p99_ns: whole(second.latenessP99Ns),
    in_flight: second.inFlight,
  }));
}

/** More seconds than a page takes: the worst of them are the interesting ones. */
const MOST_ROWS = 12;

/** Nothing for a window that is hardly longer than a second. */
export function secondLines({ intervals, seconds = [] }: Measurement, quantity: string, paint: Paint): string[] {
  if (intervals.length < 2 || (intervals[1] as IntervalLine).atNs < 1e9) return [];
  const shown = [...intervals].sort(bySlowness).slice(0, MOST_ROWS);
  const rows = intervals
    .filter((line) => shown.includes(line))
    .map((line) =>
      row(
        line,
        seconds.filter(({ atNs }) => Math.abs(atNs - line.atNs) < 1e6),
      ),
    );
  const title = shown.length < intervals.length ? `the ${MOST_ROWS} slowest of ${intervals.length} seconds` : "seconds";
  const head = ["from", "sent", "failed", "p50", "p99", "in flight", "late p99", "busy", "loop delay", "gc longest"];
  return [
    paint("dim", `${title}, ${quantity} of calls that ended in them; the generator's worst worker beside`),
    ...[head, ...rows].map((cells) =>
      cells
        .map((cell) => cell.padStart(11))
        .join("")
        .trimEnd(),
    ),
  ];
}

function bySlowness(a: IntervalLine, b: IntervalLine): number {
  return (b.p99Ns ?? 0) - (a.p99Ns ?? 0);
}

function row(line: IntervalLine, workers: readonly GeneratorSecond[]): string[] {
  const worst = (of: (second: GeneratorSecond) => number): number => Math.max(0, ...workers.map(of));
  const busy = worst((second) => (second.cpuUserNs + second.cpuSystemNs - second.spinNs) / second.lengthNs);
  return [
    `${Math.round(line.atNs / 1e9)} s`,
    count(line.sent),
    count(line.failed),
    durationOr(line.p50Ns),
    durationOr(line.p99Ns),
    count(line.inFlight),
    durationOr(line.latenessP99Ns),
    `${significant(busy * 100)} %`,
    duration(worst((second) => second.loopDelayMaxNs)),
    duration(worst((second) => second.gcLongestNs)),
  ];
}

function durationOr(valueNs: number | null): string {
  return valueNs === null ? "n/a" : duration(valueNs);
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
