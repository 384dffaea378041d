/**
 * What stood in the way at a point that was missed: the road's own queue, the server, Envoy, our generator, or the whole
 * machine. The last two say nothing about the road's capacity (METHOD §5).
 */
import type { Measurement } from "../../loadgen/measurement.js";
import type { Slo } from "../run-shape.js";
import { percentText } from "../verdict-words.js";
import type { PointCpu } from "./point-cpu.js";

export const LIMITS = [
  "slo-limited",
  "server-limited",
  "proxy-limited",
  "generator-limited",
  "machine-limited",
] as const;
export type Limit = (typeof LIMITS)[number];

/** Whether a search that ended so has found a capacity of the road. */
export function isOfTheRoad(limit: Limit): boolean {
  return limit !== "generator-limited" && limit !== "machine-limited";
}

export interface FoundLimit {
  readonly limit: Limit;
  readonly why: string;
  /** A core that is full is full the second time too; a queue without one may have been bad luck. */
  readonly isCertain: boolean;
}

/** Of the road's cores: from here on there is none left, the rest is the counter's resolution (10 ms ticks). */
export const FULL_CORES = 0.95;
/** Of its one core: a thread that only waits while its next event is fetched shows 90 to 100 %. */
const FULL_THREAD = 0.9;
/** Of its core, spin excluded (METHOD §3): from here on a queue forms in the generator itself. */
const FULL_GENERATOR = 0.8;
/** Of the road's cores, for nobody that we know: too much for kernel work alone, so somebody else's. */
export const FOREIGN_SHARE = 0.25;

export interface MissedPoint {
  readonly measurement: Measurement;
  readonly cpu: PointCpu | null;
  readonly slo: Slo;
  /** Response and service at the SLO's quantile. */
  readonly responseNs: number | null;
  readonly serviceNs: number | null;
  /** The trial's verdict says that less was sent than due while there was room, or that calls left late. */
  readonly generatorFellBehind: boolean;
  readonly failuresOverBudget: boolean;
}

/** In this order: whoever is full first; our own side before the road's, since it makes the rest unknowable. */
export function limitOf(point: MissedPoint): FoundLimit {
  return (
    foreignWork(point) ??
    wholeMachine(point) ??
    generator(point) ??
    proxy(point) ??
    server(point) ??
    roadCores(point) ??
    refusals(point) ?? {
      limit: "slo-limited",
      why: "no core was full: calls waited on the road",
      isCertain: false,
    }
  );
}

/** Somebody else filled the machine: whoever fell behind then did so for want of a core. */
function foreignWork({ cpu }: MissedPoint): FoundLimit | null {
  if (cpu === null || cpu.roadShare < FULL_CORES || !hasForeignWork(cpu)) return null;
  const why = `the machine was full of other work: ${figureOfCores(cpu)} of it belonged to no process we know`;
  return { limit: "machine-limited", why, isCertain: false };
}

function figureOfCores({ unknownShare, roadCores }: PointCpu): string {
  return `${Number((unknownShare * roadCores).toFixed(1))} cores`;
}

function wholeMachine({ measurement, cpu }: MissedPoint): FoundLimit | null {
  const own = measurement.health.busyShare;
  if (cpu === null || own <= FULL_GENERATOR || cpu.roadShare < FULL_CORES) return null;
  const why = `all cores were busy: the generator's ${percentText(own)}, the road's ${percentText(cpu.roadShare)}`;
  return { limit: "machine-limited", why, isCertain: true };
}

function generator({ measurement, slo, responseNs, serviceNs, generatorFellBehind }: MissedPoint): FoundLimit | null {
  const { busyShare } = measurement.health;
  if (busyShare > FULL_GENERATOR) {
    const why = `the generator was busy ${percentText(busyShare)} of its core`;
    return { limit: "generator-limited", why, isCertain: true };
  }
  if (generatorFellBehind) {
    const why = "calls left later than they were due, though there was room for them";
    return { limit: "generator-limited", why, isCertain: false };
  }
  // Streams that are all taken are the road's doing: a call that waits for one is not late by our fault.
  const waited = measurement.series.find((one) => one.quantity === "blocked")?.histogram.count ?? 0;
  const isLate = responseNs !== null && serviceNs !== null && responseNs > slo.limitNs && serviceNs <= slo.limitNs;
  if (!isLate || waited > MOST_WAITED * measurement.books.sent) return null;
  return { limit: "generator-limited", why: "counted from their sending, calls kept to the SLO", isCertain: false };
}

/** Of the calls: with more of them waiting for a free stream, the wait is the road's. */
const MOST_WAITED = 0.01;

function proxy({ cpu }: MissedPoint): FoundLimit | null {
  const share = cpu?.envoyThreadShare ?? 0;
  if (share < FULL_THREAD) return null;
  return { limit: "proxy-limited", why: `a worker of Envoy filled ${percentText(share)} of a core`, isCertain: true };
}

function server({ cpu }: MissedPoint): FoundLimit | null {
  const share = cpu?.serverThreadShare ?? 0;
  if (share < FULL_THREAD) return null;
  return { limit: "server-limited", why: `the server filled ${percentText(share)} of its core`, isCertain: true };
}

/** Nobody had a core for himself, yet none was left. */
function roadCores({ cpu }: MissedPoint): FoundLimit | null {
  if (cpu === null || cpu.roadShare < FULL_CORES) return null;
  const parts = [
    ["Envoy", cpu.envoyNsPerSecond ?? 0],
    ["the server", cpu.serverNsPerSecond ?? 0],
    ["work of no process we know", cpu.unknownShare * cpu.roadCores * 1e9],
  ] as const;
  const shares = parts
    .filter(([, perSecond]) => perSecond >= 0.01e9)
    .map(([who, perSecond]) => `${who} ${percentText(perSecond / (cpu.roadCores * 1e9))}`);
  const cores = cpu.roadCores === 1 ? "the one core" : `the ${cpu.roadCores} cores`;
  const why = `${cores} left for the road ${cpu.roadCores === 1 ? "was" : "were"} full, shared by ${shares.join(", ")}`;
  return { limit: "machine-limited", why, isCertain: true };
}

function refusals({ failuresOverBudget, measurement }: MissedPoint): FoundLimit | null {
  if (!failuresOverBudget) return null;
  const statuses = Object.entries(measurement.books.failed).map(([status, count]) => `${status} ${count}`);
  const why = `calls ended ${[...statuses, `without an answer ${measurement.books.inFlightAtEnd}`].join(", ")} while no core was full`;
  return { limit: "server-limited", why, isCertain: false };
}

function hasForeignWork(cpu: PointCpu): boolean {
  return cpu.unknownShare > FOREIGN_SHARE;
}
