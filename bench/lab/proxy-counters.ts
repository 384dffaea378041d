/**
 * From Envoy's statistics to the counters of one road. Which names there are follows from envoy-config.ts: everything of
 * a road is under its own prefix.
 */
import type { ProxyCounters } from "../../results/path-counters.js";
import { statPrefix, type ProxiedRoad } from "./envoy-config.js";

/** Every counter of that name, in the fields of ProxyCounters; a road has some of them only. */
const NAMES: Readonly<Record<keyof ProxyCounters, (prefix: string) => readonly string[]>> = {
  requests: (road) => [`http.${road}.downstream_rq_total`],
  allowed: (road) => [`http.${road}.rbac.allowed`],
  denied: (road) => [`http.${road}.rbac.denied`],
  downstreamConnections: (road) => [`http.${road}.downstream_cx_total`, `tcp.${road}.downstream_cx_total`],
  upstreamConnections: (road) => [`cluster.${road}.upstream_cx_total`],
  upstreamRequests: (road) => [`cluster.${road}.upstream_rq_total`],
  retries: (road) => [`cluster.${road}.upstream_rq_retry`],
  overflows: (road) => [`cluster.${road}.upstream_cx_overflow`, `cluster.${road}.upstream_rq_pending_overflow`],
  connectFailures: (road) => [`cluster.${road}.upstream_cx_connect_fail`],
  downstreamHandshakes: (road) => [`listener.${road}.ssl.handshake`],
  upstreamHandshakes: (road) => [`cluster.${road}.ssl.handshake`],
};

/** Requests of every HTTP road of an Envoy. */
const ANY_REQUESTS = String.raw`http\.road\d+\.downstream_rq_total`;

/** What to ask Envoy for: the road's counters, if this Envoy has the road, and the requests of all its roads. */
export function counterRegex(road: ProxiedRoad | null): string {
  const own = road === null ? [] : Object.values(NAMES).flatMap((names) => names(statPrefix(road)));
  return [...own.map((name) => name.replaceAll(".", String.raw`\.`)), ANY_REQUESTS].join("|");
}

/** A counter that Envoy has not made yet has counted nothing. */
export function proxyCountersOf(road: ProxiedRoad, stats: ReadonlyMap<string, number>): ProxyCounters {
  const sums = Object.entries(NAMES).map(([field, names]) => [field, sumOf(stats, names(statPrefix(road)))]);
  return Object.fromEntries(sums) as ProxyCounters;
}

export function anyRequestsOf(stats: ReadonlyMap<string, number>): number {
  const pattern = new RegExp(`^${ANY_REQUESTS}$`);
  return [...stats].filter(([name]) => pattern.test(name)).reduce((total, [, value]) => total + value, 0);
}

function sumOf(stats: ReadonlyMap<string, number>, names: readonly string[]): number {
  return names.reduce((total, name) => total + (stats.get(name) ?? 0), 0);
}
