/**
 * Everything a cluster must have for tollgate, as a list of checks in the order in which a person would mend them. Only
 * questions are asked: nothing is created or changed.
 */
import { Fault } from "../../loadgen/fault.js";
import { failedBecause } from "../cluster/kubectl-fault.js";
import type { Kubectl } from "../cluster/kubectl.js";
import type { ClusterCheck, ClusterWish } from "./cluster-check.js";
import { checkCilium, checkForeignPolicies } from "./cluster-cilium.js";
import { checkPermissions } from "./cluster-permissions.js";
import type { KubeObject } from "../cluster/kube-object.js";
import { isReady, type Node } from "../cluster/node-facts.js";
import { minorsApart } from "../cluster/version-skew.js";
import { fail, ok, warn, type Finding } from "./finding.js";

/** Runs the checks one after the other, up to one after which no other could be asked. Takes some seconds. */
export async function examineCluster(kubectl: Kubectl, wish: ClusterWish): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of CLUSTER_CHECKS) {
    try {
      findings.push(...(await check(kubectl, wish)));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      findings.push(troubled(name, error));
      if (failedBecause(error, "no-kubectl", "no-context", "unauthorized", "unreachable", "hanging")) break;
    }
  }
  return findings;
}

const checkVersions: ClusterCheck = async (kubectl) => {
  const { client, server } = await kubectl.version();
  const reached = ok("context", `${kubectl.context}, Kubernetes ${server}`);
  const skew = minorsApart({ client, server });
  if (Math.abs(skew) <= 1) return [reached, ok("kubectl", client)];
  const text = `${client} is ${Math.abs(skew)} minors ${skew < 0 ? "older" : "newer"} than the cluster's ${server}`;
  return [reached, warn("kubectl", `${text}: one is supported`, `kubectl ${server.replace(/\.\d+.*$/, "")}`)];
};

const checkNamespace: ClusterCheck = async (kubectl) => {
  const { namespace } = kubectl;
  const found = await kubectl.get<KubeObject>(`namespace/${namespace}`);
  if (found === null) {
    return [fail("namespace", `there is no namespace ${namespace}`, `kubectl create namespace ${namespace}`)];
  }
  if (found.metadata.deletionTimestamp !== undefined) {
    return [fail("namespace", `${namespace} is being deleted`, "wait until it is gone, or another --namespace")];
  }
  const level = found.metadata.labels?.["pod-security.kubernetes.io/enforce"];
  return [ok("namespace", level === undefined ? namespace : `${namespace}, PodSecurity "${level}"`)];
};

const checkNodes: ClusterCheck = async (kubectl, { image }) => {
  const nodes = await kubectl.list<Node>("nodes");
  const usable = nodes.filter((node) => isReady(node) && node.spec.unschedulable !== true);
  const count = `${usable.length} of ${nodes.length} ready and schedulable`;
  if (usable[0] === undefined) return [fail("nodes", count, "kubectl get nodes; --tolerations for tainted ones")];
  const alone =
    usable.length > 1
      ? ok("nodes", count)
      : warn("nodes", `${count}: servers and generators share it`, "--placement same-node, or a second node");
  const have = usable.filter((node) => hasImage(node, image)).length;
  const text =
    have === 0
      ? `${image} is on no node yet: whether it can be pulled shows when the first pod starts`
      : `${image} is on ${have} of ${usable.length} nodes`;
  return [alone, ok("image", text)];
};

export const CLUSTER_CHECKS: readonly (readonly [name: string, check: ClusterCheck])[] = [
  ["context", checkVersions],
  ["namespace", checkNamespace],
  ["permissions", checkPermissions],
  ["nodes", checkNodes],
  ["Cilium", checkCilium],
  ["policies", checkForeignPolicies],
];

function troubled(check: string, { text }: Fault): Finding {
  const seen = text.seen?.trim().split("\n").at(-1);
  return fail(check, seen === undefined ? text.fact : `${text.fact}: ${seen}`, text.try ?? "kubectl says more");
}

/** A node tells the largest of its images only, so absence proves nothing. */
function hasImage({ status }: Node, image: string): boolean {
  const short = image.includes("/") ? image : `library/${image}`;
  return (status.images ?? []).some(({ names = [] }) =>
    names.some((name) => name === image || name.endsWith(`/${short}`)),
  );
}
