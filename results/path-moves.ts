/**
 * How far each counter of the path moved between two readings.
 */
import type { KernelCounters, PathCounters, PolicyCounters, ProxyCounters } from "./path-counters.js";
import type { Finding } from "./path-findings.js";
import { countText } from "./verdict-words.js";

export interface PathMoves {
  readonly calls: ReadonlyMap<string, number>;
  readonly connections: number;
  readonly handshakes: number;
  /** Null: the road has no proxy, or it cannot be read. */
  readonly proxy: ProxyCounters | null;
  readonly anyProxyRequests: number | null;
  readonly policy: PolicyCounters | null;
  /** Null: no program judged methods, or it cannot be read. */
  readonly kernel: KernelMoves | null;
  readonly precision: PathCounters["precision"];
  readonly unread: ReadonlySet<keyof ProxyCounters>;
  /** Handshakes that the server ever counted. */
  readonly serverHandshakesEver: number;
  /** Handshakes with the server that the proxy ever made: connections outlive a trial. */
  readonly upstreamHandshakesEver: number;
}

export interface KernelMoves extends Omit<KernelCounters, "hits"> {
  readonly hits: ReadonlyMap<string, number>;
}

export function movesBetween(before: PathCounters, after: PathCounters): PathMoves {
  return {
    calls: methodMoves(before.server.calls, after.server.calls),
    connections: after.server.connections - before.server.connections,
    handshakes: after.server.handshakes - before.server.handshakes,
    proxy: difference(before.proxy, after.proxy),
    anyProxyRequests:
      before.anyProxyRequests === null || after.anyProxyRequests === null
        ? null
        : after.anyProxyRequests - before.anyProxyRequests,
    policy: difference(before.policy, after.policy),
    kernel: kernelMoves(before.kernel, after.kernel),
    precision: after.precision,
    unread: new Set(after.unread ?? []),
    serverHandshakesEver: after.server.handshakes,
    upstreamHandshakesEver: after.proxy?.upstreamHandshakes ?? 0,
  };
}

/** Counters only ever rise: one that fell belongs to a process that was started anew within the window. */
export function fallenCounters(moves: PathMoves): Finding[] {
  const all: [string, number][] = [
    ...[...moves.calls].map(([method, moved]): [string, number] => [`the server's count of ${method}`, moved]),
    ["the server's count of connections", moves.connections],
    ["the server's count of handshakes", moves.handshakes],
    ["the proxies' count of requests", moves.anyProxyRequests ?? 0],
    ...named("the proxy's", moves.proxy),
    ...named("the policy program's", moves.policy),
    ...[...(moves.kernel?.hits ?? [])].map(([method, moved]): [string, number] => [
      `the rule's hits of ${method}`,
      moved,
    ]),
  ];
  return all
    .filter(([, moved]) => moved < 0)
    .map(([what, moved]) => ({
      kind: "contradiction",
      text: `${what} fell by ${countText(-moved)}: what counts was started anew within the window`,
    }));
}

function methodMoves(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): ReadonlyMap<string, number> {
  const methods = new Set([...Object.keys(before), ...Object.keys(after)]);
  return new Map([...methods].map((method) => [method, (after[method] ?? 0) - (before[method] ?? 0)]));
}

function kernelMoves(before: KernelCounters | undefined, after: KernelCounters | undefined): KernelMoves | null {
  if (before === undefined || after === undefined) return null;
  return {
    hits: methodMoves(before.hits, after.hits),
    denied: after.denied - before.denied,
    unjudged: after.unjudged - before.unjudged,
    outOfOrder: after.outOfOrder - before.outOfOrder,
    retransmitted: after.retransmitted - before.retransmitted,
  };
}

function named(owner: string, counters: ProxyCounters | PolicyCounters | null): [string, number][] {
  return Object.entries(counters ?? {}).map(([name, moved]) => [`${owner} ${name}`, moved as number]);
}

function difference<T extends ProxyCounters | PolicyCounters>(before: T | null, after: T | null): T | null {
  if (before === null || after === null) return null;
  const earlier = before as unknown as Record<string, number>;
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (value as number) - (earlier[name] ?? 0)]),
  ) as unknown as T;
}
