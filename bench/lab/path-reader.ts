/**
 * The counters along one road at one instant: server, every Envoy, policy program. All are asked at once; a reading takes
 * about as long as its slowest part, bpftool's 15 ms.
 */
import { now } from "../../loadgen/clock.js";
import { Fault } from "../../loadgen/fault.js";
import type { KernelCounters, PathCounters, PolicyCounters, ProxyCounters } from "../../results/path-counters.js";
import type { RoadPlan } from "./address-plan.js";
import { envoyTitle, type RunningEnvoy } from "./envoy-process.js";
import type { LabServer } from "./lab-server.js";
import { L7_KERNEL_PROGRAM } from "./l7-kernel-map.js";
import { readKernelCounters } from "./l7-kernel-program.js";
import { POLICY } from "./policy-map.js";
import { readPolicyCounters, type PolicyState } from "./policy-program.js";
import { anyRequestsOf, counterRegex, proxyCountersOf } from "./proxy-counters.js";

export interface PathParts {
  readonly server: LabServer;
  readonly envoys: readonly RunningEnvoy[];
  readonly policy: PolicyState;
  readonly l7Kernel: PolicyState;
}

/** @throws Fault that names the part which does not answer. */
export async function readPath(road: RoadPlan, parts: PathParts): Promise<PathCounters> {
  const [server, proxies, policy, kernel] = await Promise.all([
    parts.server.countersOf(road),
    Promise.all(parts.envoys.map((envoy) => readEnvoy(road, envoy))),
    readPolicy(road, parts),
    readKernel(road, parts),
  ]);
  return {
    atNs: now(),
    server,
    proxy: proxies.find((proxy) => proxy.own !== null)?.own ?? null,
    anyProxyRequests: proxies.reduce((total, proxy) => total + proxy.requests, 0),
    policy,
    ...(kernel === null ? {} : { kernel }),
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
async function readPolicy(road: RoadPlan, { policy, l7Kernel }: PathParts): Promise<PolicyCounters | null> {
  switch (road.scenario.road.policy) {
    case "none":
      return { packets: 0, bytes: 0, denied: 0 };
    case "l4":
      return policy.kind === "loaded" ? readPolicyCounters(road, POLICY) : null;
    case "l7-kernel":
      return l7Kernel.kind === "loaded" ? readPolicyCounters(road, L7_KERNEL_PROGRAM) : null;
  }
}

async function readKernel(road: RoadPlan, { l7Kernel }: PathParts): Promise<KernelCounters | null> {
  return road.scenario.road.policy === "l7-kernel" && l7Kernel.kind === "loaded" ? readKernelCounters(road) : null;
}
