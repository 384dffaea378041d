/**
 * A window over several roads as each of them would have seen it, so that its path can be proven and judged like that of
 * any other trial. Every counter but one is a road's own: requests of all proxies together include those of the other
 * roads, which are theirs.
 */
import type { LoadPlan } from "../../loadgen/load-plan.js";
import type { Measurement } from "../../loadgen/measurement.js";
import { splitByRoad } from "../../loadgen/split-by-road.js";
import type { PathCounters } from "../../results/path-counters.js";
import type { WindowReading } from "../environment.js";

export interface InterleavedWindow {
  readonly measurement: Measurement;
  /** Names the roads. */
  readonly mix: LoadPlan["mix"];
  /** One of each road, in the order of the mix. */
  readonly before: readonly PathCounters[];
  readonly after: readonly PathCounters[];
}

/** By scenario name, in the order of the mix. */
export function readingsByRoad({
  measurement,
  mix,
  before,
  after,
}: InterleavedWindow): (readonly [scenario: string, reading: WindowReading])[] {
  return [...splitByRoad(measurement, { mix })].map(([road, own], index) => [
    road,
    {
      measurement: own,
      before: withoutOthers(before, index),
      after: withoutOthers(after, index),
      cpu: null,
      programTime: null,
    },
  ]);
}

function withoutOthers(counters: readonly PathCounters[], index: number): PathCounters {
  const own = counters[index] as PathCounters;
  if (own.anyProxyRequests === null) return own;
  const others = counters.filter((one) => one !== own).reduce((sum, { proxy }) => sum + (proxy?.requests ?? 0), 0);
  return { ...own, anyProxyRequests: own.anyProxyRequests - others };
}
