/**
 * The claims of the article "eBPF in Prod: L7-Aware Cilium Policies for gRPC Microservices", held against this run's
 * own numbers. A claim is confirmed or refuted only by an interval or by counters; else it is not measured here.
 */
import type { Comparison, RunComparison } from "../results/comparison-shape.js";
import type { Run } from "../results/run-shape.js";
import { isUsable } from "../results/trial-metrics.js";
import { HEADLINE_METHOD } from "../scenarios/standard-mix.js";
import { count, duration, durationInterval, ratioInterval } from "./quantities.js";

export interface Claim {
  readonly claim: string;
  readonly verdict: "confirmed" | "refuted" | "not settled" | "not measured here";
  /** The numbers, in whole sentences. */
  readonly because: readonly string[];
}

export function claimsOnTrial(run: Run, comparison: RunComparison): Claim[] {
  return [inTheKernel(run, comparison), refusalHangs(run, comparison), ...tlsCostsTenfold(comparison)];
}

/** "In microseconds" is taken as the article means it: single digits. */
const MICROSECONDS_NS = 10_000;
const ORDER_OF_MAGNITUDE = 10;

function inTheKernel(run: Run, comparison: RunComparison): Claim {
  const claim = "L7 rules for plaintext gRPC are enforced in the kernel, in microseconds.";
  const toll = find(comparison, { candidate: "l7", baseline: "l4", metric: "service_p50", pass: "single" });
  const counted = envoyCounted(run, "l7");
  if (toll?.absoluteNs == null || counted === null) return notMeasured(claim);
  const because = [
    `Every call of the road l7 passed Envoy, a process in user space: ${count(counted.requests)} of ${count(counted.sent)} by its own counter.`,
    `Over an L4 policy a call took ${durationInterval(toll.absoluteNs)} more at the median.`,
  ];
  return { claim, verdict: settle(toll.absoluteNs.low > MICROSECONDS_NS || counted.requests > 0, false), because };
}

function refusalHangs(run: Run, { refusals }: RunComparison): Claim {
  const claim = "A refused call hangs until the client's own timeout.";
  const answered = refusals.filter((refusal) => refusal.status === "PERMISSION_DENIED" && refusal.p50Ns !== null);
  if (answered.length === 0) return notMeasured(claim);
  const because = answered.map(
    (refusal) =>
      `${refusal.road}: ${count(refusal.count)} refused calls ended with ${refusal.status}, half of them within ${duration(refusal.p50Ns ?? 0)}.`,
  );
  const silent = run.probes.filter((probe) => probe.seen === "silence");
  const l4 = silent.map(
    (probe) =>
      `${probe.scenario}: a caller unknown to the L4 policy got no answer within ${duration(probe.serviceNs)}.`,
  );
  return { claim, verdict: "refuted", because: [...because, ...(l4.length > 0 ? ["True of L4 only:", ...l4] : [])] };
}

function tlsCostsTenfold(comparison: RunComparison): Claim[] {
  const one = (claim: string, found: Comparison | null): Claim => {
    if (found?.ratio == null || found.absoluteNs === null) return notMeasured(claim);
    const because = [
      `${ratioInterval(found.ratio)} of plaintext L7 at the median, ${durationInterval(found.absoluteNs)} (${found.n} blocks).`,
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
      find(comparison, { ...roads, metric: "service_p50", pass: "single" }),
    ),
    one(
      "TLS through Envoy costs an order of magnitude more than plaintext L7: with a new connection for each call.",
      find(comparison, { ...roads, metric: "call_p50", pass: "reconnect" }),
    ),
  ];
}

function settle(refuted: boolean, confirmed: boolean): Claim["verdict"] {
  if (refuted) return "refuted";
  return confirmed ? "confirmed" : "not settled";
}

function notMeasured(claim: string): Claim {
  return { claim, verdict: "not measured here", because: [] };
}

function find(
  { comparisons }: RunComparison,
  wanted: Pick<Comparison, "candidate" | "baseline" | "metric" | "pass">,
): Comparison | null {
  const keys = ["candidate", "baseline", "metric", "pass"] as const;
  return (
    comparisons.find((one) => one.method === HEADLINE_METHOD && keys.every((key) => one[key] === wanted[key])) ?? null
  );
}

/** Requests by Envoy's own counter against calls sent, over all usable trials of a road. */
function envoyCounted(run: Run, scenario: string): { requests: number; sent: number } | null {
  const trials = run.trials.filter(isUsable).filter((trial) => trial.scenario === scenario && trial.pass !== "refused");
  if (trials.length === 0) return null;
  const requests = trials.reduce((sum, { outcome }) => {
    const { before, after } = outcome.path;
    return sum + (after.proxy?.requests ?? 0) - (before.proxy?.requests ?? 0);
  }, 0);
  const sent = trials.reduce((sum, { outcome }) => sum + outcome.measurement.books.totalSent, 0);
  return { requests, sent };
}
