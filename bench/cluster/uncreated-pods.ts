/**
 * Why a Job makes no pods. A pod that a quota or an admission rule refuses never comes to be, so no pod can tell; the Job
 * goes on trying, and says so in events only.
 */
import type { KubeObject } from "./kube-object.js";
import { explainFailure, failedBecause, type KubectlFault } from "./kubectl-fault.js";
import type { Kubectl } from "./kubectl.js";
import { runLabels } from "./run-names.js";

interface FailedCreate extends KubeObject {
  readonly involvedObject: { readonly uid?: string; readonly name?: string };
  readonly message?: string;
}

/** What no waiting mends. Others pass by themselves, such as a service account that a new namespace does not have yet. */
const LASTING = ["quota", "pod-security", "rejected"] as const;

/** Null when nothing lasting keeps the Jobs of the run from making pods, or it may not be seen. */
export async function whyNotCreated(kubectl: Kubectl, run: string): Promise<KubectlFault | null> {
  const [jobs, events] = await Promise.all([
    kubectl.list("jobs.batch", { labels: runLabels(run) }),
    kubectl.list<FailedCreate>("events", { fields: "reason=FailedCreate" }).catch((error: unknown) => {
      if (failedBecause(error, "forbidden")) return [];
      throw error;
    }),
  ]);
  const ours = new Set(jobs.map(({ metadata }) => metadata.uid));
  const faults = events
    .filter(({ involvedObject }) => ours.has(involvedObject.uid))
    .map(({ involvedObject, message = "" }) =>
      explainFailure({
        context: kubectl.context,
        command: `the Job ${involvedObject.name ?? "?"} in making its pods`,
        exitCode: 1,
        stderr: message,
      }),
    );
  return faults.find((fault) => failedBecause(fault, ...LASTING)) ?? null;
}
