/**
 * What the generator knows about its own state during one window: the evidence for the verdict of METHOD §3.
 *
 * CPU that was burnt while waiting (spin) is counted apart from work: it is measured in the turns of the loop (pacer.ts)
 * and never more than what the operating system charged. Event loop utilisation reads 1 while the loop spins and says
 * nothing then; `busyShare` does.
 */
import type { Garbage } from "./garbage-watch.js";
import type { GeneratorHealth } from "./measurement.js";
import type { Idle, PacingCosts } from "./pacer.js";
import type { ProcessReading } from "./process-readings.js";
import { ns, type Nanoseconds } from "./units.js";

export interface EdgeReading extends ProcessReading {
  readonly atNs: Nanoseconds;
}

export interface Observed {
  readonly opening: EdgeReading;
  readonly closing: EdgeReading;
  readonly pacing: PacingCosts;
  readonly garbage: Garbage;
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
  const { opening, closing, pacing, garbage } = observed;
  const elapsed = closing.atNs - opening.atNs;
  const cpuUserNs = ns(closing.userNs - opening.userNs);
  const cpuSystemNs = ns(closing.systemNs - opening.systemNs);
  const cpu = cpuUserNs + cpuSystemNs;
  const spinNs = ns(Math.min(pacing.spinNs, cpu));
  const active = closing.loopActiveMs - opening.loopActiveMs;
  const schedNs = difference(closing.schedNs, opening.schedNs);
  const loop = active + closing.loopIdleMs - opening.loopIdleMs;
  return {
    workers: 1,
    idle: observed.idle,
    cpuUserNs,
    cpuSystemNs,
    cpuSchedNs: schedNs === null ? null : ns(schedNs),
    spinNs,
    busyShare: elapsed > 0 ? (cpu - spinNs) / elapsed : 0,
    eventLoopUtilisation: loop > 0 ? active / loop : 0,
    loopDelayMaxNs: pacing.loopDelayMaxNs,
    gcTotalNs: ns(garbage.totalNs),
    gcLongestNs: ns(garbage.longestNs),
    gcAffectedCalls: garbage.affectedCalls,
    gapDistance: observed.gapDistance,
    halves: observed.halves,
    throttled: difference(closing.throttled, opening.throttled) ?? 0,
    clockStepped: Math.abs(closing.wallOffsetNs - opening.wallOffsetNs) > WALL_RESOLUTION_NS + MAX_SLEW * elapsed,
    startedLateNs: observed.startedLateNs,
    pinnedCpus: observed.pinnedCpus,
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
