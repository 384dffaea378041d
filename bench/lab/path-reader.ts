/**
 * The counters along one road at one instant: server, every Envoy, policy program. All are asked at once; a reading takes
 * about as long as its slowest part, bpftool's 15 ms.
 */
import { now } from "../../loadgen/clock.js";
import { Fault } from "../../loadgen/fault.js";
import type { PathCounters, PolicyCounters, ProxyCounters } from "../../results/path-counters.js";
import type { RoadPlan } from "./address-plan.js";
import { envoyTitle, type RunningEnvoy } from "./envoy-process.js";
import type { LabServer } from "./lab-server.js";
import { readPolicyCounters, type PolicyState } from "./policy-program.js";
import { anyRequestsOf, counterRegex, proxyCountersOf } from "./proxy-counters.js";

export interface PathParts {
  readonly server: LabServer;
  readonly envoys: readonly RunningEnvoy[];
  readonly policy: PolicyState;
}

/** @throws Fault that names the part which does not answer. */
export async function readPath(road: RoadPlan, parts: PathParts): Promise<PathCounters> {
  const [server, proxies, policy] = await Promise.all([
    parts.server.countersOf(road),
    Promise.all(parts.envoys.map((envoy) => readEnvoy(road, envoy))),
    readPolicy(road, parts.policy),
  ]);
  return {
    atNs: now(),
    server,
    proxy: proxies.find((proxy) => proxy.own !== null)?.own ?? null,
    anyProxyRequests: proxies.reduce((total, proxy) => total + proxy.requests, 0),
    policy,
    precision: "exact",
  };
}

interface EnvoyReading {
  /** Null: the road does not lead through this Envoy. */
  readonly own: ProxyCounters | null;
  readonly requests: number;
}

async function readEnvoy(road: RoadPlan, { admin, launch }: RunningEnvoy): Promise<EnvoyReading> {
  const own = launch.roads.find(({ number }) => number === road.number) ?? null;
  try {
    const stats = await admin.counters(counterRegex(own));
    return { own: own === null ? null : proxyCountersOf(own, stats), requests: anyRequestsOf(stats) };
  } catch (error) {
    throw new Fault({
      fact: `${envoyTitle(launch.envoy)} does not tell its counters`,
      seen: error instanceof Error ? error.message : String(error),
      so: "the path cannot be proven, and the trial is void",
    });
  }
}

/** The program is not attached to roads without a policy: nothing of theirs can be counted. */
async function readPolicy(road: RoadPlan, state: PolicyState): Promise<PolicyCounters | null> {
  if (road.scenario.road.policy === "none") return { packets: 0, bytes: 0, denied: 0 };
  return state.kind === "loaded" ? readPolicyCounters(road) : null;
}
