/**
 * The proxy's part of a path proof: it counted every call, some of them, or none, as the scenario promises.
 */
import type { PathPromise } from "../scenarios/scenario.js";
import type { ProxyCounters } from "./path-counters.js";
import { counted, doubted, held, heldOrDoubted, type Finding, type SentCalls } from "./path-findings.js";
import type { PathMoves } from "./path-moves.js";
import { countText } from "./verdict-words.js";

export function proveProxy(promise: PathPromise, moves: PathMoves, sent: SentCalls): Finding[] {
  if (promise.proxied === "none") return proveNoProxy(moves);
  const { proxy } = moves;
  if (proxy === null || moves.precision === "unreadable") {
    return [{ kind: "evidence", level: "behavioural", text: "the proxy's counters cannot be read here" }];
  }
  const shared = moves.precision === "lower-bound";
  const road = promise.proxied === "tcp" ? proveTcpHop(proxy, sent, shared) : proveHttpHop(promise, proxy, sent, moves);
  return [...road, ...proveHandshakes(promise, moves, proxy, sent, shared), ...undisturbed(proxy, shared)];
}

/** No proxy anywhere may have counted a request while this road was measured. */
function proveNoProxy(moves: PathMoves): Finding[] {
  const requests = moves.anyProxyRequests;
  if (requests === null || moves.precision === "unreadable") {
    return [{ kind: "evidence", level: "behavioural", text: "no proxy's counters can be read here" }];
  }
  const text = `all proxies together counted ${countText(requests)} requests, none are promised`;
  if (requests > 0 && moves.precision === "lower-bound") {
    return [{ kind: "evidence", level: "lower-bound", text: `${text} (shared with other traffic)` }];
  }
  return [held(requests === 0, text)];
}

/** A proxy that only passes bytes on counts connections, and no requests. */
function proveTcpHop(proxy: ProxyCounters, sent: SentCalls, shared: boolean): Finding[] {
  const upstream = `the proxy opened ${countText(proxy.upstreamConnections)} connections to the server for ${countText(proxy.downstreamConnections)} of the client's`;
  return [
    counted("the proxy counted connections:", proxy.downstreamConnections, sent.connections, 0, shared),
    heldOrDoubted(shared || proxy.upstreamConnections === proxy.downstreamConnections, upstream),
    held(
      shared || proxy.requests === 0,
      `the proxy counted ${countText(proxy.requests)} HTTP requests, none are promised`,
    ),
  ];
}

/** A proxy that parses HTTP/2 counts each call on its way in, judges it, and passes on what is allowed. */
function proveHttpHop(promise: PathPromise, proxy: ProxyCounters, sent: SentCalls, moves: PathMoves): Finding[] {
  const { precision, unread } = moves;
  const shared = precision === "lower-bound";
  const exactly = (what: string, moved: number, expected: number): Finding =>
    counted(what, moved, expected, sent.unanswered, shared);
  const judged =
    promise.refusal === "PERMISSION_DENIED"
      ? [
          exactly("the proxy's rules allowed", proxy.allowed, sent.allowed),
          exactly("the proxy's rules refused", proxy.denied, sent.refused),
        ]
      : [held(shared || proxy.denied === 0, `the proxy refused ${countText(proxy.denied)} calls, none are promised`)];
  return [
    exactly("the proxy counted requests:", proxy.requests, sent.total),
    ...judged,
    ...(unread.has("upstreamRequests") ? [] : [exactly("the proxy passed on", proxy.upstreamRequests, sent.allowed)]),
    ...(unread.has("downstreamConnections") ? [] : connectionsOf(proxy, sent, shared)),
  ];
}

/** One connection to the server carries all calls; a burst of them means that calls came before the first one stood. */
function connectionsOf(proxy: ProxyCounters, sent: SentCalls, shared: boolean): Finding[] {
  if (shared) return [];
  const text = `the proxy counted ${countText(proxy.downstreamConnections)} connections, the client opened ${countText(sent.connections)}`;
  const burst = proxy.upstreamConnections > Math.max(1, sent.connections);
  return [
    heldOrDoubted(proxy.downstreamConnections === sent.connections, text),
    ...(burst
      ? [
          doubted(
            `the proxy opened ${countText(proxy.upstreamConnections)} connections to the server for ${countText(sent.connections)} of the client's: a burst`,
          ),
        ]
      : []),
  ];
}

/** TLS is taken off at the proxy and put on again: one handshake per connection on each side. */
function proveHandshakes(
  promise: PathPromise,
  moves: PathMoves,
  proxy: ProxyCounters,
  sent: SentCalls,
  shared: boolean,
): Finding[] {
  const { downstreamHandshakes, upstreamHandshakes, upstreamConnections } = proxy;
  if (moves.unread.has("downstreamHandshakes")) return proveBothEnds(promise, moves, sent);
  if (promise.handshakes !== "proxy-and-server") {
    const handshakes = downstreamHandshakes + upstreamHandshakes;
    const text = `the proxy counted ${countText(handshakes)} TLS handshakes, it is promised to take no part in TLS`;
    return [held(shared || handshakes === 0, text)];
  }
  const upstream = `the proxy made ${countText(upstreamHandshakes)} TLS handshakes on ${countText(upstreamConnections)} new connections to the server, ${countText(moves.upstreamHandshakesEver)} since it started`;
  return [
    counted("the proxy counted TLS handshakes:", downstreamHandshakes, sent.connections, 0, shared),
    held(
      moves.upstreamHandshakesEver > 0 && (shared || upstreamHandshakes === upstreamConnections),
      upstream,
      shared ? "lower-bound" : "exact",
    ),
  ];
}

/**
 * Where the proxy's own handshakes cannot be read, the two ends tell of them: the client trusts an authority of which
 * only the proxy has a certificate, and the server another.
 */
function proveBothEnds(promise: PathPromise, moves: PathMoves, sent: SentCalls): Finding[] {
  if (promise.handshakes !== "proxy-and-server") return [];
  return [
    held(sent.isSecured, "the client shook hands with the proxy's certificate, which the server does not have"),
    held(
      moves.serverHandshakesEver > 0,
      `the server counted ${countText(moves.serverHandshakesEver)} TLS handshakes of the proxy since it started`,
    ),
  ];
}

/** Retries, full circuit breakers and failed connections turn one call into another: none may happen. */
function undisturbed(proxy: ProxyCounters, shared: boolean): Finding[] {
  const troubles: [string, number][] = [
    ["retries", proxy.retries],
    ["overflows of a circuit breaker", proxy.overflows],
    ["failed connections to the server", proxy.connectFailures],
  ];
  return troubles
    .filter(([, count]) => count > 0)
    .map(([what, count]) => {
      const text = `the proxy counted ${countText(count)} ${what}`;
      return shared ? doubted(text) : held(false, text);
    });
}
