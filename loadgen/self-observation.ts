/**
 * What the generator knows about its own state during one window, and during each second of it: the evidence for the
 * verdict of METHOD §3.
 *
 * CPU that was burnt while waiting (spin) is counted apart from work: it is measured in the turns of the loop (pacer.ts)
 * and never more than what the operating system charged. Event loop utilisation reads 1 while the loop spins and says
 * nothing then; `busyShare` does.
 */
import type { Garbage } from "./garbage-watch.js";
import type { GeneratorHealth, GeneratorSecond } from "./measurement.js";
import type { Idle, PacingCosts } from "./pacer.js";
import type { ProcessReading } from "./process-readings.js";
import { ns, type Nanoseconds } from "./units.js";

export interface EdgeReading extends ProcessReading {
  readonly atNs: Nanoseconds;
}

/** What lies between two readings. */
export interface Span {
  readonly opening: EdgeReading;
  readonly closing: EdgeReading;
  readonly pacing: PacingCosts;
  readonly garbage: Garbage;
}

export interface Observed extends Span {
  readonly idle: Idle;
  readonly gapDistance: number | null;
  readonly halves: GeneratorHealth["halves"];
  readonly startedLateNs: Nanoseconds;
  readonly pinnedCpus: string | null;
}

/** The wall clock may be slewed by 0.05 % (adjtimex), read to the millisecond; more than that is a step. */
const MAX_SLEW = 0.0005;
const WALL_RESOLUTION_NS = 5e6;

export function describeHealth(observed: Observed): GeneratorHealth {
  const { opening, closing, garbage } = observed;
  const elapsed = closing.atNs - opening.atNs;
  const span = describeSpan(observed);
  return {
    workers: 1,
    idle: observed.idle,
    ...span,
    busyShare: elapsed > 0 ? (span.cpuUserNs + span.cpuSystemNs - span.spinNs) / elapsed : 0,
    gcAffectedCalls: garbage.affectedCalls,
    gapDistance: observed.gapDistance,
    halves: observed.halves,
    clockStepped: Math.abs(closing.wallOffsetNs - opening.wallOffsetNs) > WALL_RESOLUTION_NS + MAX_SLEW * elapsed,
    startedLateNs: observed.startedLateNs,
    pinnedCpus: observed.pinnedCpus,
  };
}

type SpanHealth = Omit<GeneratorSecond, "worker" | "atNs" | "lengthNs" | "latenessP99Ns" | "inFlight">;

/** What can be said of a second as well as of a window. */
export function describeSpan({ opening, closing, pacing, garbage }: Span): SpanHealth {
  const cpuUserNs = ns(closing.userNs - opening.userNs);
  const cpuSystemNs = ns(closing.systemNs - opening.systemNs);
  const active = closing.loopActiveMs - opening.loopActiveMs;
  const schedNs = difference(closing.schedNs, opening.schedNs);
  const loop = active + closing.loopIdleMs - opening.loopIdleMs;
  return {
    cpuUserNs,
    cpuSystemNs,
    cpuSchedNs: schedNs === null ? null : ns(schedNs),
    spinNs: ns(Math.min(pacing.spinNs, cpuUserNs + cpuSystemNs)),
    eventLoopUtilisation: loop > 0 ? active / loop : 0,
    loopDelayMaxNs: pacing.loopDelayMaxNs,
    gcTotalNs: ns(garbage.totalNs),
    gcLongestNs: ns(garbage.longestNs),
    throttled: difference(closing.throttled, opening.throttled) ?? 0,
    ...stealBetween(opening, closing),
  };
}

function difference(later: number | null, earlier: number | null): number | null {
  return later === null || earlier === null ? null : later - earlier;
}

function stealBetween(opening: ProcessReading, closing: ProcessReading): Pick<GeneratorHealth, "steal"> {
  const ticks = difference(closing.stealTicks, opening.stealTicks);
  const all = difference(closing.allTicks, opening.allTicks);
  return ticks === null || all === null ? {} : { steal: { ticks, share: all > 0 ? ticks / all : 0 } };
}
