/**
 * Where the pods of a run are: waited for until each of them runs, with what keeps it from running as the Fault.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "../../loadgen/fault.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { KubeObject, Pod } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { CALLERS } from "./manifests.js";
import { ROAD_LABEL, ROLE_LABEL, runLabels, serviceName } from "./run-names.js";
import { whyNotCreated } from "./uncreated-pods.js";

export interface RunPod {
  readonly name: string;
  readonly ip: string;
  readonly node: string;
}

export interface RoadPods {
  readonly scenario: Scenario;
  readonly server: RunPod;
  readonly generators: readonly (RunPod & { readonly caller: (typeof CALLERS)[number] })[];
  /** The Service's address; null for a headless one. */
  readonly clusterIp: string | null;
}

export interface Muster {
  readonly roads: readonly RoadPods[];
  readonly driver: RunPod;
}

/** All of them. A server that was lost comes back under its old name, with another address. */
export function podsOf({ roads, driver }: Muster): readonly RunPod[] {
  return [driver, ...roads.flatMap(({ server, generators }) => [server, ...generators])];
}

export interface MusterRequest {
  readonly run: string;
  readonly scenarios: readonly Scenario[];
  readonly generators: number;
  readonly withinMs: number;
}

interface Service extends KubeObject {
  readonly spec: { readonly clusterIP?: string };
}

/**
 * By each pod that is missing: whoever asks often takes from a small node the time to start them. Nine roads' pods were
 * there after 39 s when asked after each 0.4 s, and a fourth of what the machine did was kubectl.
 */
const LOOK_AGAIN = { perPodMs: 100, leastMs: 400, mostMs: 2_000 };
/** Pods that are not even there after this time are refused rather than slow. */
const ASK_WHY_AFTER_MS = 6_000;

/** @throws Fault that names the first pod which does not run in time, and why */
export async function callTheRoll(kubectl: Kubectl, request: MusterRequest, signal: AbortSignal): Promise<Muster> {
  const giveUpAt = performance.now() + request.withinMs;
  let askWhyAt = performance.now() + ASK_WHY_AFTER_MS;
  const labels = runLabels(request.run);
  for (;;) {
    signal.throwIfAborted();
    const pods = (await kubectl.list<Pod>("pods", { labels, signal })).filter(
      (pod) => pod.metadata.deletionTimestamp === undefined && !isReplaced(pod),
    );
    const hopeless = pods.find((pod) => hopelessness(pod) !== null);
    if (hopeless !== undefined) throw cannotRun(hopeless);
    const running = pods.filter(isRunning);
    const missing = wantedPods(request) - running.length;
    if (missing <= 0) {
      const muster = musterOf(request, running, await kubectl.list<Service>("services", { labels, signal }));
      if (muster !== null) return muster;
    }
    if (pods.length < wantedPods(request) && performance.now() >= askWhyAt) {
      askWhyAt = performance.now() + ASK_WHY_AFTER_MS;
      const refused = await whyNotCreated(kubectl, request.run);
      if (refused !== null) throw refused;
    }
    if (performance.now() >= giveUpAt) throw tooLate(request, pods);
    const { perPodMs, leastMs, mostMs } = LOOK_AGAIN;
    await sleep(Math.min(Math.max(missing * perPodMs, leastMs), mostMs));
  }
}

/** Null while somebody is missing. */
function musterOf(
  { scenarios, generators }: MusterRequest,
  pods: readonly Pod[],
  services: readonly Service[],
): Muster | null {
  const driver = pods.find((pod) => roleOf(pod) === "driver");
  const roads = scenarios.flatMap((scenario): RoadPods[] => {
    const own = pods.filter(({ metadata }) => metadata.labels?.[ROAD_LABEL] === scenario.name);
    const server = own.find((pod) => roleOf(pod) === "server");
    const callers = CALLERS.flatMap((caller) =>
      own
        .filter((pod) => roleOf(pod) === "generator" && pod.metadata.labels?.["app"] === caller)
        .map((pod) => ({
          ...placeOf(pod),
          caller,
        })),
    );
    if (server === undefined || callers.length < CALLERS.length * generators) return [];
    const service = services.find(({ metadata }) => metadata.name === serviceName(scenario));
    if (service === undefined) return [];
    const { clusterIP = "None" } = service.spec;
    return [
      { scenario, server: placeOf(server), generators: callers, clusterIp: clusterIP === "None" ? null : clusterIP },
    ];
  });
  return driver === undefined || roads.length < scenarios.length ? null : { roads, driver: placeOf(driver) };
}

/** A generator's pod that has ended, evicted or lost: its Job makes another, under another name. */
function isReplaced(pod: Pod): boolean {
  return roleOf(pod) === "generator" && (pod.status.phase === "Failed" || pod.status.phase === "Succeeded");
}

/** Of a node that is NotReady the containers stay `ready` as they were last heard of; the pod is not. */
function isRunning({ status }: Pod): boolean {
  return (
    status.phase === "Running" &&
    status.podIP !== undefined &&
    !isUnready(status) &&
    (status.containerStatuses ?? []).every(({ ready }) => ready)
  );
}

function isUnready({ conditions = [] }: Pod["status"]): boolean {
  return conditions.some(({ type, status }) => type === "Ready" && status !== "True");
}

/** Reasons that no waiting mends. */
function hopelessness({ status }: Pod): string | null {
  if (status.phase === "Failed") return `${status.reason ?? "Failed"} ${status.message ?? ""}`.trim();
  for (const { state } of status.containerStatuses ?? []) {
    const { reason = "", message = "" } = state?.waiting ?? {};
    if (
      /^(ErrImageNeverPull|InvalidImageName|ImagePullBackOff|CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff)$/.test(
        reason,
      )
    ) {
      return `${reason}: ${message}`;
    }
  }
  return null;
}

function cannotRun(pod: Pod): Fault {
  const why = hopelessness(pod) ?? "";
  const image = pod.spec.containers[0]?.image ?? "?";
  return new Fault({
    fact: `pod ${pod.metadata.name} cannot run`,
    expected: "a running container",
    seen: why,
    so: "no load was sent",
    try: /Image/.test(why)
      ? `an image that the cluster can pull, with Node 20 or newer: --image (now ${image})`
      : `kubectl logs ${pod.metadata.name}`,
  });
}

function wantedPods({ scenarios, generators }: MusterRequest): number {
  return 1 + scenarios.length * (1 + CALLERS.length * generators);
}

function tooLate(request: MusterRequest, pods: readonly Pod[]): Fault {
  const waiting = pods.filter((pod) => !isRunning(pod));
  const shown = waiting.slice(0, 5).map((pod) => `${pod.metadata.name}: ${waitsFor(pod)}`);
  return new Fault({
    fact: `the pods of the run do not all run after ${Math.round(request.withinMs / 1000)} s`,
    expected: `${wantedPods(request)} running pods`,
    seen: [`${pods.length - waiting.length} of them`, ...shown].join("\n"),
    so: "no load was sent",
    try: "kubectl describe pod; fewer roads (--roads) or another node (--node-selector) where there is no room",
  });
}

function waitsFor({ status }: Pod): string {
  const unscheduled = status.conditions?.find(
    ({ type, status: state }) => type === "PodScheduled" && state === "False",
  );
  const waiting = status.containerStatuses?.find(({ state }) => state?.waiting !== undefined)?.state?.waiting;
  const phase = isUnready(status) ? `${status.phase}, not Ready` : status.phase;
  return unscheduled?.message ?? waiting?.message ?? waiting?.reason ?? phase;
}

function roleOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.[ROLE_LABEL];
}

function placeOf({ metadata, spec, status }: Pod): RunPod {
  return { name: metadata.name, ip: status.podIP ?? "", node: spec.nodeName ?? "" };
}
