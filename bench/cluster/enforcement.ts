/**
 * Whether what the roads promise is what the datapath does. `kubectl apply` and `Valid=True` say nothing about it: on a
 * real 1.18.4 a policy with an unknown parser is Valid and leaves the *old* policy in force; with the L7 proxy off all
 * traffic stays open. So each endpoint is asked, until what is wanted holds. What endpoints do not tell either is a TLS
 * Secret that is missing: there, only the calls that every road is tried with before the first block find it out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Endpoint } from "./cilium-endpoints.js";

export type Direction = "ingress" | "egress";

export interface WantedEndpoint {
  readonly pod: string;
  readonly road: string;
  /** In which direction a policy shall bind this pod. */
  readonly enforced: "none" | Direction;
  /** Its payments port shall be redirected to Envoy. */
  readonly isRedirected: boolean;
}

/** What the agents tell of our pods, of one instant. */
export type DatapathFacts = readonly EndpointFacts[];

export interface EndpointFacts {
  readonly endpoint: Endpoint;
  /** Of its agent's policies. */
  readonly wantedRevision: number;
  /** Of the payments port. */
  readonly redirects: readonly Direction[];
}

/** What a road's policy does to the pods of its server and of its callers. */
export function wantedOf(scenario: Scenario, server: string, callers: readonly string[]): WantedEndpoint[] {
  const { policy, proxy, enforcedAt } = scenario.road;
  const road = scenario.name;
  const direction: Direction = enforcedAt === "caller" ? "egress" : "ingress";
  const bound = (pod: string): WantedEndpoint => ({
    pod,
    road,
    enforced: direction,
    isRedirected: proxy.kind === "http",
  });
  const free = (pod: string): WantedEndpoint => ({ pod, road, enforced: "none", isRedirected: false });
  if (policy === "none") return [server, ...callers].map(free);
  return direction === "egress" ? [free(server), ...callers.map(bound)] : [bound(server), ...callers.map(free)];
}

/** One sentence per thing that is not as it shall be. */
export function unmet(wanted: readonly WantedEndpoint[], facts: DatapathFacts): string[] {
  return wanted.flatMap((want) => {
    const found = facts.find(({ endpoint }) => endpoint.pod?.name === want.pod);
    return found === undefined ? [`${want.road}: pod ${want.pod} has no Cilium endpoint`] : unmetOf(want, found);
  });
}

function unmetOf(want: WantedEndpoint, { endpoint, wantedRevision, redirects }: EndpointFacts): string[] {
  const { state, enforced, realizedRevision, id } = endpoint;
  const who = `${want.road}: endpoint ${id} (${want.pod})`;
  const wantedRedirects = want.isRedirected && want.enforced !== "none" ? [want.enforced] : [];
  return [
    ...(state === "ready" ? [] : [`${who} is ${state}, not ready`]),
    ...(realizedRevision >= wantedRevision
      ? []
      : [`${who} has policy revision ${realizedRevision}, not ${wantedRevision}`]),
    ...(enforced === want.enforced ? [] : [`${who} has policy enforcement ${enforced}, not ${want.enforced}`]),
    ...(sameSet(redirects, wantedRedirects)
      ? []
      : [`${who} is redirected to Envoy on ${listed(redirects)}, not on ${listed(wantedRedirects)}`]),
  ];
}

const ASK_AGAIN_MS = 250;

/**
 * Resolves when everything is in force.
 * @throws Fault (invalid) that names what is not, and what usually is the cause
 */
export async function awaitEnforcement(
  wanted: readonly WantedEndpoint[],
  read: () => Promise<DatapathFacts>,
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const missing = unmet(wanted, await read());
    if (missing.length === 0) return;
    if (performance.now() >= giveUpAt) throw notInForce(missing, withinMs);
    await sleep(ASK_AGAIN_MS);
  }
}

const SHOWN = 6;

function notInForce(missing: readonly string[], withinMs: number): Fault {
  const shown = missing.slice(0, SHOWN);
  const more = missing.length - shown.length;
  return new Fault({
    fact: "the policies that were applied are not in force",
    expected: `every endpoint ready, with its policy and its redirects, within ${withinMs / 1000} s`,
    seen: [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n"),
    so: "calls would take another road than the one measured: no load was sent",
    try: likelyCause(missing.join("\n")),
    exitCode: EXIT.invalid,
  });
}

function likelyCause(missing: string): string {
  if (/is (regenerating|waiting-to-regenerate|not-ready)/.test(missing)) {
    return (
      "an endpoint that regenerates for ever has a policy that Envoy or the agent refuses, or a TLS Secret that is not " +
      "found (Cilium before 1.17 reads files on its nodes instead, unless tls.secretsBackend=k8s): kubectl -n kube-system logs ds/cilium -c cilium-agent"
    );
  }
  if (missing.includes("enforcement none, not")) {
    return (
      "the agent has refused the policy, which kubectl get cnp may call Valid all the same: enable-l7-proxy=false " +
      "refuses every L7 rule; kubectl -n kube-system logs ds/cilium -c cilium-agent"
    );
  }
  return "tollgate doctor --env cluster";
}

function listed(directions: readonly Direction[]): string {
  return directions.length === 0 ? "no direction" : directions.join(" and ");
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set([...a, ...b]).size === new Set(a).size && new Set(a).size === new Set(b).size;
}
