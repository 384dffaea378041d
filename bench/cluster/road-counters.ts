/**
 * The counters of one road, out of a reading of all: what path proof holds against the client's books.
 */
import { Fault } from "../../loadgen/fault.js";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import type { PathCounters, PolicyCounters, ProxyCounters, ServerCounters } from "../../results/path-counters.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Counts } from "./cilium-endpoints.js";
import { proxiedOf, type PathReading } from "./datapath.js";
import type { WantedEndpoint } from "./enforcement.js";

/** What the agent does not book for an endpoint: Envoy's own counters are those of a whole node. */
const UNREAD = {
  downstreamConnections: 0,
  upstreamConnections: 0,
  upstreamRequests: 0,
  retries: 0,
  overflows: 0,
  connectFailures: 0,
  downstreamHandshakes: 0,
  upstreamHandshakes: 0,
} as const satisfies Partial<ProxyCounters>;

/**
 * @param pods of the road, as they shall be bound
 * @throws Fault when a pod of the road has another policy than it shall: the wrong policy is in force
 */
export function roadCounters(
  scenario: Scenario,
  pods: readonly WantedEndpoint[],
  server: ServerCounters,
  reading: PathReading,
): PathCounters {
  requireEnforced(scenario, pods, reading);
  return {
    atNs: reading.atNs,
    server,
    proxy: scenario.road.proxy.kind === "none" ? null : proxyCounters(pods, reading),
    anyProxyRequests: proxiedOf(reading.endpoints),
    policy: policyCounters(pods, reading),
    precision: "exact",
    unread: Object.keys(UNREAD) as (keyof typeof UNREAD)[],
  };
}

function requireEnforced(scenario: Scenario, pods: readonly WantedEndpoint[], { endpoints }: PathReading): void {
  for (const { pod, enforced } of pods) {
    const endpoint = endpoints.find(({ podName }) => podName === pod);
    if (endpoint?.enforced === enforced && endpoint.state === "ready") continue;
    throw new Fault({
      fact: `the wrong policy is in force on the road "${scenario.name}"`,
      expected: `pod ${pod}: ready, policy enforcement ${enforced}`,
      seen: endpoint === undefined ? "no endpoint of that pod" : `${endpoint.state}, ${endpoint.enforced}`,
      so: "the trial is void",
    });
  }
}

/** Of the endpoints whose policy sends calls through Envoy. */
function proxyCounters(pods: readonly WantedEndpoint[], { endpoints }: PathReading): ProxyCounters {
  const requests = pods.flatMap(({ pod, enforced }) =>
    endpoints
      .filter(({ podName }) => podName === pod)
      .flatMap(({ proxy }) => proxy)
      .filter(({ location, port }) => location === enforced && port === PAYMENTS_PORT)
      .map((statistics) => statistics.requests),
  );
  const sum = (of: keyof Counts): number => requests.reduce((total, counts) => total + counts[of], 0);
  return { ...UNREAD, requests: sum("received"), allowed: sum("forwarded"), denied: sum("denied") };
}

/** Packets that were looked up in the policy maps of the endpoints that are bound; none where nothing is. */
function policyCounters(pods: readonly WantedEndpoint[], { policies }: PathReading): PolicyCounters {
  const entries = pods.flatMap(({ pod, enforced }) =>
    (policies.get(pod) ?? []).filter(({ direction, port }) => direction === enforced && port === PAYMENTS_PORT),
  );
  return {
    packets: entries.reduce((sum, { packets }) => sum + packets, 0),
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    denied: entries.filter(({ deny }) => deny).reduce((sum, { packets }) => sum + packets, 0),
  };
}
