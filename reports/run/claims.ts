/**
 * The claims of the article "eBPF in Prod: L7-Aware Cilium Policies for gRPC Microservices", held against this run's
 * own numbers. A claim is confirmed or refuted only by an interval or by counters; else it is not measured here.
 */
import type { Comparison, RunComparison } from "../../results/comparison-shape.js";
import { headlinePass } from "../../results/comparison-cells.js";
import type { Probe, Run } from "../../results/run-shape.js";
import { isUsable } from "../../results/trial-metrics.js";
import { roadName } from "../../scenarios/envoy-arms.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { kernelParts } from "./kernel-part.js";
import { count, duration, durationInterval, ratioInterval } from "../quantities.js";
import { counted } from "../../results/verdict-words.js";

export interface Claim {
  readonly claim: string;
  readonly verdict: "confirmed" | "refuted" | "not settled" | "not measured here";
  /** The numbers, in whole sentences. */
  readonly because: readonly string[];
}

export function claimsOnTrial(run: Run, comparison: RunComparison): Claim[] {
  return [inTheKernel(run, comparison), refusalHangs(run, comparison), ...tlsCostsTenfold(run, comparison)];
}

/** "In microseconds" is taken as the article means it: single digits. */
const MICROSECONDS_NS = 10_000;
const ORDER_OF_MAGNITUDE = 10;

function inTheKernel(run: Run, comparison: RunComparison): Claim {
  const claim = "L7 rules for plaintext gRPC are enforced in the kernel, in microseconds.";
  const toll = find(comparison, {
    candidate: "l7",
    baseline: "l4",
    metric: "service_p50",
    pass: headlinePass(run.header.design),
  });
  if (toll?.absoluteNs === undefined || toll.absoluteNs === null) return notMeasured(claim);
  const seen = envoyCounted(run, toll.candidate);
  const because = [
    envoySentence(seen, toll.candidate),
    `Over an L4 policy the median service time moved by ${durationInterval(toll.absoluteNs)}${toll.ratio === null ? "" : `, ${ratioInterval(toll.ratio)}`} (${counted(toll.n, "block")}).`,
  ];
  because.push(...kernelSentences(run, comparison));
  const refuted = (seen !== null && seen.requests > 0) || toll.absoluteNs.low > MICROSECONDS_NS;
  return { claim, verdict: settle(refuted, seen !== null && toll.absoluteNs.high < MICROSECONDS_NS), because };
}

function envoySentence(seen: ReturnType<typeof envoyCounted>, road: string): string {
  if (seen === null) return "Envoy's own counter could not be read here.";
  return seen.requests > 0
    ? `Calls of the road ${road} passed Envoy, a process in user space: ${count(seen.requests)} of ${count(seen.sent)} by its own counter.`
    : `Envoy's own counter saw none of ${count(seen.sent)} calls.`;
}

/** What the claim would be true of, where the run measured that too. */
function kernelSentences(run: Run, comparison: RunComparison): string[] {
  const told = kernelParts(run, comparison).filter(({ costs }) => costs.length > 0);
  if (told.length === 0) return [];
  const fooled = told.some(({ wasFooled }) => wasFooled)
    ? "packets are not the stream: it was fooled in this very run by repeating sequence numbers; "
    : "";
  return [
    ...told.map(({ road, costs, programNs, overL4 }) => {
      // The program's own time tells more than a latency that its noise may hide.
      const isFast = (programNs ?? overL4?.high ?? Infinity) < MICROSECONDS_NS;
      return `In microseconds: ${isFast ? "true" : "not shown by this run"} of a program that was built to try it, the experimental road ${road}. ${costs.join(" ")}`;
    }),
    `Shipped by nobody, because ${fooled}it has no way to answer a refused call but to hang, break or alter its connection, and TLS hides everything from it.`,
  ];
}

function refusalHangs(run: Run, { refusals }: RunComparison): Claim {
  const claim = "A refused call hangs until the client's own timeout.";
  const answered = refusals.filter((refusal) => refusal.status === "PERMISSION_DENIED");
  const silent = run.probes.filter(
    (probe) => probe.seen === "silence" && probe.restart === undefined && judgedByL4Only(run, probe),
  );
  const hung = silenceSentence(silent);
  if (answered.length === 0) {
    return silent.length === 0 ? notMeasured(claim) : { claim, verdict: "not settled", because: [hung] };
  }
  const because = answered.map(
    ({ road, status, count: calls, p50Ns }) =>
      `${road}: ${count(calls)} refused calls ended with ${status}${p50Ns === null ? "" : `, half of them within ${duration(p50Ns)} (service time)`}.`,
  );
  return { claim, verdict: "refuted", because: silent.length === 0 ? because : [...because, hung] };
}

function judgedByL4Only({ header }: Run, { scenario }: Probe): boolean {
  return !header.scenarios.some(({ name, road }) => name === scenario && isExperimental(road));
}

/** An L4 policy drops packets: there the claim is true, and the page says so. */
function silenceSentence(silent: readonly Probe[]): string {
  const roads = [...new Set(silent.map((probe) => probe.scenario))].join(", ");
  const longest = Math.max(0, ...silent.map((probe) => probe.serviceNs));
  return `Where only an L4 policy judges (${roads}), a caller it does not know got no answer within ${duration(longest)}.`;
}

function tlsCostsTenfold({ header }: Run, comparison: RunComparison): Claim[] {
  const one = (claim: string, quantity: string, found: Comparison | null): Claim => {
    if (found?.ratio === undefined || found.ratio === null || found.absoluteNs === null) return notMeasured(claim);
    const because = [
      `The median ${quantity} was ${ratioInterval(found.ratio)} of plaintext L7's, ${durationInterval(found.absoluteNs)} (${armOf(found)}${counted(found.n, "block")}).`,
    ];
    return {
      claim,
      verdict: settle(found.ratio.high < ORDER_OF_MAGNITUDE, found.ratio.low >= ORDER_OF_MAGNITUDE),
      because,
    };
  };
  const roads = { candidate: "l7-tls", baseline: "l7" };
  return [
    one(
      "TLS through Envoy costs an order of magnitude more than plaintext L7: on standing connections.",
      "service time",
      find(comparison, { ...roads, metric: "service_p50", pass: headlinePass(header.design) }),
    ),
    one(
      "TLS through Envoy costs an order of magnitude more than plaintext L7: with a new connection for each call.",
      "time of connecting, handshake and call",
      find(comparison, { ...roads, metric: "call_p50", pass: "reconnect" }),
    ),
  ];
}

/** Which arm of a preview is spoken of; nothing in a run of one Envoy. */
function armOf({ candidate }: Comparison): string {
  return roadName(candidate) === candidate ? "" : `${candidate}, `;
}

function settle(refuted: boolean, confirmed: boolean): Claim["verdict"] {
  if (refuted) return "refuted";
  return confirmed ? "confirmed" : "not settled";
}

function notMeasured(claim: string): Claim {
  return { claim, verdict: "not measured here", because: [] };
}

/** In a preview of an upgrade the roads through its earliest Envoy, declared beforehand or not. */
function find(
  { comparisons }: RunComparison,
  wanted: Pick<Comparison, "candidate" | "baseline" | "metric" | "pass">,
): Comparison | null {
  const found = comparisons.find(
    ({ candidate, baseline, metric, pass, method }) =>
      roadName(candidate) === wanted.candidate &&
      roadName(baseline) === wanted.baseline &&
      metric === wanted.metric &&
      pass === wanted.pass &&
      method === HEADLINE_METHOD,
  );
  return found ?? null;
}

/**
 * Requests by Envoy's own counter against calls sent, over the usable trials of a road on which it was read. Null where
 * it was on none. A counter that other traffic moves too proves no more than was sent.
 */
function envoyCounted(run: Run, scenario: string): { requests: number; sent: number } | null {
  const trials = run.trials.filter(isUsable).flatMap(({ scenario: road, pass, outcome }) => {
    const { before, after } = outcome.path;
    if (road !== scenario || pass === "refused" || before.proxy === null || after.proxy === null) return [];
    const sent = outcome.measurement.books.totalSent;
    return [{ requests: Math.min(after.proxy.requests - before.proxy.requests, sent), sent }];
  });
  if (trials.length === 0) return null;
  const sum = (key: "requests" | "sent"): number => trials.reduce((total, one) => total + one[key], 0);
  return { requests: sum("requests"), sent: sum("sent") };
}
