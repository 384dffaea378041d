/**
 * A stand of which something was lost, made whole again: what has ended is swept away, everything is applied once more,
 * reached and waited for. Tried again until it succeeds or the time is over, since what was lost (an agent, a node, a
 * pod that its Job replaces after 10 s) takes its time to come back.
 *
 * Easy to get wrong: a pod that is being deleted still has its name. What is applied meanwhile changes the dying pod, and
 * nobody makes a new one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "../../loadgen/fault.js";
import type { ClusterSurvey } from "./cluster-survey.js";
import { DriverHeld } from "./held-stream.js";
import type { Pod } from "./kube-object.js";
import { namingLostNode } from "./lost-nodes.js";
import { putUp, type RunStand, type StandRequest } from "./run-stand.js";
import { ROLE_LABEL, runLabels } from "./run-names.js";

export interface RestoreLimits {
  readonly withinMs: number;
  readonly tryAgainMs: number;
}

const LIMITS: RestoreLimits = { withinMs: 120_000, tryAgainMs: 1_000 };

/** @throws Fault of the last attempt, or of the node that is NotReady; the signal's reason when it was aborted */
export async function restoreStand(
  request: StandRequest,
  survey: () => Promise<ClusterSurvey>,
  signal: AbortSignal,
  limits: RestoreLimits = LIMITS,
): Promise<RunStand> {
  const attempt = async (leftMs: number): Promise<RunStand> => {
    await sweepEnded(request, leftMs, signal);
    return putUp({ ...request, survey: await survey(), runningWithinMs: leftMs }, () => undefined, signal);
  };
  try {
    return await untilItSucceeds(attempt, limits, signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof Fault) || error instanceof DriverHeld) throw error;
    throw await namingLostNode(error, request.kubectl, request.plan.nodes);
  }
}

/** @throws the last attempt's Fault when the time is over; what is no Fault at once */
export async function untilItSucceeds<T>(
  attempt: (leftMs: number) => Promise<T>,
  { withinMs, tryAgainMs }: RestoreLimits,
  signal: AbortSignal,
): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt(giveUpAt - performance.now());
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Fault) || error instanceof DriverHeld) throw error;
      if (performance.now() + tryAgainMs >= giveUpAt) throw error;
      await sleep(tryAgainMs);
    }
  }
}

/** Takes the servers and generators of all roads away, Jobs first, so that none is replaced; the driver stays. */
export async function removeRoads(request: StandRequest, signal: AbortSignal): Promise<void> {
  const { kubectl, plan } = request;
  const labels = runLabels(plan.run);
  await kubectl.delete(["jobs.batch"], labels, { wait: false, signal });
  for (const role of ["generator", "server"]) {
    await kubectl.delete(["pods"], { ...labels, [ROLE_LABEL]: role }, { wait: false, signal });
  }
  await sweepEnded(request, LIMITS.withinMs, signal);
}

/** Resolves when every pod of the run that has ended, or is being deleted, is gone. */
export async function sweepEnded(
  { kubectl, plan }: Pick<StandRequest, "kubectl" | "plan">,
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  const labels = runLabels(plan.run);
  const giveUpAt = performance.now() + withinMs;
  const ended = "status.phase!=Running,status.phase!=Pending";
  await kubectl.delete(["pods"], labels, { fields: ended, wait: false, signal });
  // Its pods were left alone for longer than their grace: a Job that is done makes no others.
  await kubectl.delete(["jobs.batch"], labels, { fields: "status.successful!=0", signal });
  for (;;) {
    const pods = await kubectl.list<Pod>("pods", { labels, signal });
    const going = pods.find(({ metadata }) => metadata.deletionTimestamp !== undefined);
    if (going === undefined) return;
    if (performance.now() >= giveUpAt) throw doesNotGo(going);
    await sleep(LOOK_AGAIN_MS);
  }
}

const LOOK_AGAIN_MS = 300;

function doesNotGo({ metadata, spec }: Pod): Fault {
  return new Fault({
    fact: `pod ${metadata.name} is being deleted and does not go`,
    expected: "a pod of that name that is new",
    seen: `on node ${spec.nodeName ?? "?"}`,
    so: "nothing can stand in its place",
    try: `kubectl get node ${spec.nodeName ?? ""}: a node that is NotReady keeps its pods`,
  });
}
