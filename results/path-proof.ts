/**
 * Which way did the calls take? Two readings of every counter along the road are held against what the scenario
 * promises and what the client sent (METHOD §2.10). Exact where counters are the road's own: a single call too many or
 * too few contradicts.
 *
 * Easy to get wrong: counters cover priming, warm-up, window and drain together, so they are compared with the client's
 * totals, never with the window's. Refused calls reach the proxy and not the server. Connections to the server outlive
 * the client's, so a window may see none being made.
 */
import type { Measurement, MethodBooks } from "../loadgen/measurement.js";
import type { PathPromise } from "../scenarios/scenario.js";
import type { PathCounters } from "./path-counters.js";
import { proveKernel } from "./kernel-proof.js";
import { counted, held, heldOrDoubted, proofOf, type Finding, type SentCalls } from "./path-findings.js";
import { fallenCounters, movesBetween, type PathMoves } from "./path-moves.js";
import { proveProxy } from "./proxy-proof.js";
import type { PathProof } from "./trial.js";
import { countText } from "./verdict-words.js";

/** @param measurement of the window that lies between the two readings */
export function provePath(
  promise: PathPromise,
  before: PathCounters,
  after: PathCounters,
  measurement: Measurement,
): PathProof {
  const sent = sentCalls(promise, measurement);
  const moves = movesBetween(before, after);
  return proofOf([
    ...fallenCounters(moves),
    ...proveServer(promise, moves, sent),
    ...proveProxy(promise, moves, sent),
    ...provePolicy(promise, moves, sent),
    ...proveKernel(promise, moves, sent),
  ]);
}

/** What the client says it sent, and how much of it the policy was to refuse. */
function sentCalls(promise: PathPromise, measurement: Measurement): SentCalls {
  const { books, methods, connections } = measurement;
  const isRefused = (method: MethodBooks): boolean =>
    promise.refusal === "PERMISSION_DENIED" && method.ok === 0 && (method.failed.PERMISSION_DENIED ?? 0) > 0;
  const refused = methods.filter(isRefused).reduce((sum, method) => sum + method.totalSent, 0);
  return {
    perMethod: new Map(methods.map((method) => [method.method, isRefused(method) ? 0 : method.totalSent])),
    total: books.totalSent,
    refused,
    allowed: books.totalSent - refused,
    unanswered: Math.max(0, books.totalSent - books.totalEnded),
    connections: connections.opened,
    isSecured: connections.facts.length > 0 && connections.facts.every(({ tls }) => tls !== null),
  };
}

/** The far end: every allowed call arrived, nothing else did, over the connections and handshakes that were promised. */
function proveServer(promise: PathPromise, moves: PathMoves, sent: SentCalls): Finding[] {
  const methods = new Set([...sent.perMethod.keys(), ...moves.calls.keys()]);
  const calls = [...methods]
    .map((method) => ({ method, moved: moves.calls.get(method) ?? 0, expected: sent.perMethod.get(method) ?? 0 }))
    .filter(({ moved, expected }) => moved !== 0 || expected !== 0)
    .map(({ method, moved, expected }) =>
      counted(`${method}: the server counted`, moved, expected, sent.unanswered, false),
    );
  return [...calls, ...serverConnections(promise, moves, sent), ...serverHandshakes(promise, moves, sent)];
}

function serverConnections(promise: PathPromise, moves: PathMoves, sent: SentCalls): Finding[] {
  if (promise.proxied === "http") return [];
  const text = `the server counted ${countText(moves.connections)} connections, the client opened ${countText(sent.connections)}`;
  return [heldOrDoubted(moves.connections === sent.connections, text)];
}

function serverHandshakes(promise: PathPromise, moves: PathMoves, sent: SentCalls): Finding[] {
  const seen = `the server counted ${countText(moves.handshakes)} TLS handshakes`;
  switch (promise.handshakes) {
    case "none":
      return [held(moves.handshakes === 0, `${seen}, the road is promised without TLS`)];
    case "server":
      return [
        held(
          moves.handshakes === sent.connections,
          `${seen}, the client opened ${countText(sent.connections)} connections`,
        ),
      ];
    case "proxy-and-server":
      return [
        held(
          moves.handshakes === moves.connections,
          `${seen} on ${countText(moves.connections)} connections of the proxy`,
        ),
      ];
  }
}

/**
 * The least that one unary call puts on the wire: frame headers of HEADERS and DATA (9 + 9, RFC 9113 §4.1), six header
 * fields of at least one byte each (RFC 7541 §6.1: :method, :scheme, :path, :authority, te, content-type), the gRPC
 * prefix (5). Packets prove nothing by their number: segments are merged before the program sees them.
 */
const LEAST_BYTES_PER_CALL = 9 + 9 + 6 + 5;

/** The eBPF policy program: saw this road's packets where the scenario promises to be judged, and none elsewhere. */
function provePolicy(promise: PathPromise, moves: PathMoves, sent: SentCalls): Finding[] {
  const { policy } = moves;
  if (!promise.judged) {
    if (policy === null) return [];
    return [
      held(policy.packets === 0, `the policy program judged ${countText(policy.packets)} packets, none are promised`),
    ];
  }
  if (policy === null) {
    return [{ kind: "evidence", level: "behavioural", text: "the policy program's counters cannot be read here" }];
  }
  const level = moves.precision === "exact" ? "exact" : "lower-bound";
  const least = sent.total * LEAST_BYTES_PER_CALL;
  return [
    held(
      policy.packets > 0 && policy.bytes >= least,
      `the policy program judged ${countText(policy.packets)} packets, ${countText(policy.bytes)} bytes; ${countText(sent.total)} calls are at least ${countText(least)} bytes`,
      level,
    ),
    heldOrDoubted(policy.denied === 0, `the policy program dropped ${countText(policy.denied)} packets`),
  ];
}
