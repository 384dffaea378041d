/**
 * A run's stand in the cluster: applies everything at once, waits until all of it runs and is in force, and takes it away
 * again in reverse.
 */
import { Fault } from "../../loadgen/fault.js";
import { seconds } from "../../loadgen/units.js";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import type { Target } from "../../loadgen/transport.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { CiliumInstall } from "./cilium-install.js";
import { CiliumProcesses } from "./cilium-processes.js";
import type { ClusterSurvey } from "./cluster-survey.js";
import { Datapath } from "./datapath.js";
import { DriverLink } from "./driver-link.js";
import { awaitEnforcement, wantedOf, type WantedEndpoint } from "./enforcement.js";
import type { Kubectl } from "./kubectl.js";
import { removeRun } from "./leftovers.js";
import { namespaceObject, placedSecrets, runObjects, type RunPlan } from "./manifests.js";
import type { DriverReach, RoadOrder } from "./pod-protocol.js";
import { callTheRoll, type Muster, type RoadPods } from "./roll-call.js";
import { serviceHost } from "./run-names.js";

export interface StandRequest {
  readonly kubectl: Kubectl;
  readonly plan: RunPlan;
  readonly survey: ClusterSurvey;
  readonly via: "service" | "pod-ip";
  /** Names this command line before the driver. */
  readonly holder: string;
  /** The namespace is the run's own, and goes with it. */
  readonly ownsNamespace: boolean;
  /** Default: long enough for an image to be pulled. */
  readonly runningWithinMs?: number;
}

export interface RunStand {
  readonly link: DriverLink;
  readonly datapath: Datapath;
  readonly processes: CiliumProcesses;
  /** By scenario: its pods as they shall be bound. */
  readonly wanted: ReadonlyMap<string, readonly WantedEndpoint[]>;
  readonly muster: Muster;
}

/** An image that must be pulled takes its time. */
const RUNNING_WITHIN_MS = 180_000;
const ENFORCED_WITHIN_MS = 45_000;
/** SYNs are resent after 1 s (tcp(7)): long enough for one that was lost, short enough for a road that is shut. */
const CONNECT_WITHIN = seconds(2);

/** @throws Fault that names what cannot be made, does not run, or is not in force */
export async function putUp(
  request: StandRequest,
  lap: (stage: string) => void,
  signal: AbortSignal,
): Promise<RunStand> {
  const { kubectl, plan, ownsNamespace } = request;
  if (ownsNamespace) await kubectl.apply([namespaceObject(plan)], { signal });
  const placed = placedSecrets(plan);
  if (placed.length > 0) await kubectl.apply(placed, { namespace: plan.certificatesIn, signal });
  await kubectl.apply(runObjects(plan), { signal });
  lap("applied");
  return joinUp(request, lap, signal);
}

/** What stands already is reached, told where everything is, and waited for until it is in force. */
export async function joinUp(
  request: StandRequest,
  lap: (stage: string) => void,
  signal: AbortSignal,
): Promise<RunStand> {
  const { kubectl, plan } = request;
  const { run, scenarios, generators } = plan;
  const withinMs = request.runningWithinMs ?? RUNNING_WITHIN_MS;
  const muster = await callTheRoll(kubectl, { run, scenarios, generators, withinMs }, signal);
  lap("pods");
  const { cilium } = request.survey;
  const datapath = new Datapath(kubectl, agentsOf(muster, cilium), { cilium: cilium.namespace, run: plan.namespace });
  let link: DriverLink | null = null;
  try {
    link = await DriverLink.open({ kubectl, pod: muster.driver.name, holder: request.holder });
    const isCrossNode = muster.roads.some(({ server }) => server.node !== muster.driver.node);
    const order = { isCrossNode, roads: muster.roads.map((road) => roadOrder(road, request)) };
    requireSameTime(await link.call("up", order, { signal }), muster);
    lap("driver");
    const wanted = new Map(muster.roads.map((road) => [road.scenario.name, wantedOfRoad(road)]));
    await awaitEnforcement([...wanted.values()].flat(), () => datapath.facts(), ENFORCED_WITHIN_MS, signal);
    lap("enforced");
    const processes = new CiliumProcesses(kubectl, cilium, new Set(nodesOf(muster)));
    return { link, datapath, processes, wanted, muster };
  } catch (error) {
    await Promise.all([datapath[Symbol.asyncDispose](), link?.close()]);
    throw error;
  }
}

/** More, and what the two nodes write down of one event does not meet; certificates may not be valid yet on one. */
const MOST_SKEW_MS = 1_000;

export function requireSameTime({ clockSkewMs }: DriverReach, { roads, driver }: Muster): void {
  if (Math.abs(clockSkewMs) <= MOST_SKEW_MS) return;
  const [server = "?"] = roads.map((road) => road.server.node);
  const seconds = (Math.abs(clockSkewMs) / 1000).toFixed(1);
  throw new Fault({
    fact: `the clocks of two nodes are ${seconds} s apart`,
    expected: `${MOST_SKEW_MS / 1000} s at most between the node of the servers and that of the callers`,
    seen: `${server} is ${clockSkewMs > 0 ? "ahead of" : "behind"} ${driver.node}`,
    so: "what the two write down of one event would not meet: no load was sent",
    try: "chronyc tracking, or timedatectl, on both nodes; or --placement same-node",
  });
}

/** Everything of the run, in reverse; nothing that is not the run's. */
export async function takeDown({ kubectl, plan, ownsNamespace }: StandRequest): Promise<void> {
  const { run, namespace } = plan;
  const certificatesIn = plan.certificatesIn === namespace ? null : plan.certificatesIn;
  await removeRun(kubectl, { run, namespace, ownsNamespace, certificatesIn }, DELETED_WITHIN_MS);
}

const DELETED_WITHIN_MS = 90_000;

function wantedOfRoad({ scenario, server, generators }: RoadPods): WantedEndpoint[] {
  return wantedOf(
    scenario,
    server.name,
    generators.map(({ name }) => name),
  );
}

/** Ends what this side holds open; what stands in the cluster stays. */
export async function letGo({ link, datapath, processes }: RunStand): Promise<void> {
  await Promise.all([link.close(), datapath[Symbol.asyncDispose](), processes[Symbol.asyncDispose]()]);
}

function nodesOf({ roads }: Muster): string[] {
  const all = roads.flatMap(({ server, generators }) => [server.node, ...generators.map(({ node }) => node)]);
  return [...new Set(all)];
}

/** The agents' pods on the nodes that our pods are on. */
function agentsOf(muster: Muster, { agents, namespace }: CiliumInstall): string[] {
  return nodesOf(muster).map((node) => {
    const agent = agents.find((one) => one.node === node);
    if (agent !== undefined) return agent.pod;
    throw new Fault({
      fact: `node ${node} has no Cilium agent`,
      so: "what is in force there cannot be known",
      try: `kubectl -n ${namespace} get pods -l k8s-app=cilium -o wide`,
    });
  });
}

function roadOrder({ scenario, server, generators, clusterIp }: RoadPods, request: StandRequest): RoadOrder {
  const host = request.via === "service" && clusterIp !== null ? clusterIp : server.ip;
  return {
    scenario: scenario.name,
    server: { pod: server.name, ip: server.ip },
    generators: generators.map(({ name, ip, caller }) => ({ pod: name, ip, caller })),
    target: targetOf(scenario, host, request.plan),
    isProxied: scenario.road.proxy.kind !== "none",
  };
}

function targetOf(scenario: Scenario, host: string, { namespace, certificates }: RunPlan): Target {
  const { tls } = scenario.road;
  const authority = serviceHost(scenario, namespace);
  const ca = tls === "intercepted" ? certificates.interceptionCaPem : certificates.serverCaPem;
  return {
    host,
    port: PAYMENTS_PORT,
    localAddress: null,
    authority,
    connectTimeoutNs: CONNECT_WITHIN,
    literalHeaders: false,
    // Cilium's Envoy negotiates no ALPN with callers.
    tls:
      tls === "none"
        ? null
        : { ca, cert: null, key: null, servername: authority, allowMissingAlpn: tls === "intercepted" },
  };
}
