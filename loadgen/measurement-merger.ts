/**
 * The measurements of several workers as one: counts and histograms are added (and the totals checked), of the
 * generator's own troubles the worst counts, since one bad worker spoils the whole.
 */
import { CoarseHistogram, type SparseCounts } from "./coarse-histogram.js";
import { addFailures } from "./failure-counts.js";
import { LatencyHistogram } from "./histogram.js";
import type {
  Books,
  ConnectionSummary,
  EncodedHistogram,
  GeneratorHealth,
  IntervalLine,
  Measurement,
  MethodBooks,
  Series,
} from "./measurement.js";
import { ns } from "./units.js";

/** What one worker hands in at the end (worker-protocol.ts, `done`). */
export interface MeasuredPart {
  readonly measurement: Measurement;
  /** Service (closed loop) or response (open loop) of the first and the second half of the window. */
  readonly halves: readonly [SparseCounts, SparseCounts];
}

/**
 * @param intervals the lines of all workers, merged already (interval-merger.ts)
 * @throws Error when histograms do not merge to the sum of their counts
 */
export function mergeMeasurements(parts: readonly MeasuredPart[], intervals: readonly IntervalLine[]): Measurement {
  const all = parts.map((part) => part.measurement);
  const [first] = all;
  if (first === undefined) throw new Error("there is no measurement to merge");
  if (all.length === 1) return { ...first, intervals };
  return {
    startedAtNs: ns(Math.min(...all.map((one) => one.startedAtNs))),
    durationNs: ns(Math.max(...all.map((one) => one.durationNs))),
    books: mergeBooks(all.map((one) => one.books)),
    methods: mergeMethods(all.flatMap((one) => one.methods)),
    series: mergeSeries(all.flatMap((one) => one.series)),
    connections: mergeConnections(all),
    intervals,
    health: mergeHealth(
      all.map((one) => one.health),
      parts.map((part) => part.halves),
    ),
    // Pods that speak for different callers count their workers from 0, each caller for itself.
    seconds: all.flatMap((one, worker) => (one.seconds ?? []).map((second) => ({ ...second, worker }))),
    notes: [...new Set(all.flatMap((one) => one.notes))],
  };
}

function mergeBooks(all: readonly Books[]): Books {
  return {
    scheduled: sum(all, (books) => books.scheduled),
    sent: sum(all, (books) => books.sent),
    unsent: sum(all, (books) => books.unsent),
    ok: sum(all, (books) => books.ok),
    failed: addFailures(all.map((books) => books.failed)),
    inFlightAtEnd: sum(all, (books) => books.inFlightAtEnd),
    totalSent: sum(all, (books) => books.totalSent),
    totalEnded: sum(all, (books) => books.totalEnded),
  };
}

function mergeMethods(all: readonly MethodBooks[]): MethodBooks[] {
  return [...groupBy(all, (books) => books.method)].map(([method, same]) => ({
    method,
    sent: sum(same, (books) => books.sent),
    ok: sum(same, (books) => books.ok),
    failed: addFailures(same.map((books) => books.failed)),
    totalSent: sum(same, (books) => books.totalSent),
  }));
}

function mergeSeries(all: readonly Series[]): Series[] {
  return [...groupBy(all, (series) => `${series.method} ${series.quantity}`).values()].flatMap((same) =>
    same[0] === undefined ? [] : [{ ...same[0], histogram: mergeHistograms(same.map((one) => one.histogram)) }],
  );
}

function mergeHistograms(all: readonly EncodedHistogram[]): EncodedHistogram {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  using merged = new LatencyHistogram();
  for (const encoded of all) {
    using part = LatencyHistogram.decode(encoded);
    merged.add(part);
  }
  return merged.encode();
}

function mergeConnections(all: readonly Measurement[]): ConnectionSummary {
  const summaries = all.map((one) => one.connections);
  const handshakes = summaries.flatMap((one) => one.handshake ?? []);
  return {
    opened: sum(summaries, (one) => one.opened),
    facts: summaries.flatMap((one) => one.facts),
    connect: mergeHistograms(summaries.map((one) => one.connect)),
    handshake: handshakes.length === 0 ? null : mergeHistograms(handshakes),
    reconnects: sum(summaries, (one) => one.reconnects),
    goaways: sum(summaries, (one) => one.goaways),
    protocolErrors: sum(summaries, (one) => one.protocolErrors),
    callsPerWrite: mergeCallsPerWrite(all),
  };
}

function mergeCallsPerWrite(all: readonly Measurement[]): number {
  const wrote = all.filter((one) => one.connections.callsPerWrite > 0);
  const writes = sum(wrote, (one) => one.books.sent / one.connections.callsPerWrite);
  return writes === 0 ? 0 : sum(wrote, (one) => one.books.sent) / writes;
}

function mergeHealth(all: readonly GeneratorHealth[], halves: readonly MeasuredPart["halves"][]): GeneratorHealth {
  const [first] = all as readonly [GeneratorHealth];
  const total = (of: (health: GeneratorHealth) => number): number => sum(all, of);
  const worst = (of: (health: GeneratorHealth) => number): number => Math.max(...all.map(of));
  const sched = all.flatMap((health) => health.cpuSchedNs ?? []);
  const gaps = all.flatMap((health) => health.gapDistance ?? []);
  const pinned = [...new Set(all.map((health) => health.pinnedCpus))];
  return {
    workers: total((health) => health.workers),
    idle: first.idle,
    cpuUserNs: ns(total((health) => health.cpuUserNs)),
    cpuSystemNs: ns(total((health) => health.cpuSystemNs)),
    cpuSchedNs: sched.length === all.length ? ns(sum(sched, (one) => one)) : null,
    spinNs: ns(total((health) => health.spinNs)),
    busyShare: worst((health) => health.busyShare),
    eventLoopUtilisation: worst((health) => health.eventLoopUtilisation),
    loopDelayMaxNs: ns(worst((health) => health.loopDelayMaxNs)),
    gcTotalNs: ns(total((health) => health.gcTotalNs)),
    gcLongestNs: ns(worst((health) => health.gcLongestNs)),
    gcAffectedCalls: total((health) => health.gcAffectedCalls),
    gapDistance: gaps.length === 0 ? null : Math.max(...gaps),
    halves: {
      firstP50Ns: mergedP50(halves.map((half) => half[0])),
      secondP50Ns: mergedP50(halves.map((half) => half[1])),
    },
    // One cgroup may hold several workers, which then all see the same counter move.
    throttled: worst((health) => health.throttled),
    clockStepped: all.some((health) => health.clockStepped),
    startedLateNs: ns(worst((health) => health.startedLateNs)),
    pinnedCpus: pinned.includes(null) ? null : pinned.join(";"),
    // The machine is the same for all of them.
    ...(first.steal === undefined ? {} : { steal: first.steal }),
  };
}

function mergedP50(all: readonly SparseCounts[]): number | null {
  const merged = new CoarseHistogram();
  for (const counts of all) merged.add(counts);
  return merged.percentile(0.5);
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function groupBy<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group === undefined) groups.set(key(one), [one]);
    else group.push(one);
  }
  return groups;
}
