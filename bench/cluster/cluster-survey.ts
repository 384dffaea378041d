/**
 * What kind of cluster this is, as far as a run must know before it makes anything: Cilium's release, mode and settings,
 * and the nodes that pods may be placed on.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import { CILIUM_MINORS, ciliumRelease, type CiliumRelease } from "../../scenarios/cilium-releases.js";
import { findCilium, type CiliumInstall } from "./cilium-install.js";
import type { ClusterOptions } from "./cluster-options.js";
import type { Kubectl } from "./kubectl.js";
import { isReady, nodeFacts, type Node } from "./node-facts.js";

export interface ClusterSurvey {
  readonly cilium: CiliumInstall;
  readonly release: CiliumRelease;
  /** That pods can be placed on, by the user's wishes; in the order of their names. */
  readonly nodes: readonly UsableNode[];
  /** gitVersion of kubectl and of the API server. */
  readonly versions: { readonly client: string; readonly server: string };
}

export interface UsableNode {
  readonly name: string;
  /** Value of the label that pods select a node by. */
  readonly hostname: string;
  readonly cpus: number;
  /** For the fingerprint. */
  readonly facts: Readonly<Record<string, string>>;
}

interface TaintedNode extends Node {
  readonly spec: Node["spec"] & {
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
}

/** @throws Fault without Cilium, with one that tollgate does not know, or without a node to place pods on */
export async function surveyCluster(kubectl: Kubectl, options: ClusterOptions): Promise<ClusterSurvey> {
  const [cilium, nodes, versions] = await Promise.all([
    findCilium(kubectl),
    kubectl.list<TaintedNode>("nodes", { labels: options.nodeSelector }),
    kubectl.version(),
  ]);
  const usable = nodes.filter((node) => canTake(node, options)).map(usableNode);
  if (usable.length === 0) throw noNode(nodes, options);
  return { cilium, release: releaseOf(cilium), nodes: usable.sort((a, b) => (a.name < b.name ? -1 : 1)), versions };
}

function releaseOf({ version, images }: CiliumInstall): CiliumRelease {
  try {
    return ciliumRelease(version);
  } catch {
    throw new Fault({
      fact: `the cluster runs Cilium ${version}, which tollgate does not know`,
      expected: `${CILIUM_MINORS[0]} to ${CILIUM_MINORS.at(-1) ?? ""}: what a policy must look like and what the agent tells differs by release`,
      seen: images["cilium-agent"] ?? "no image of the agent",
      so: "nothing was started",
      try: "a newer tollgate, or --context NAME of another cluster",
    });
  }
}

function canTake(node: TaintedNode, options: ClusterOptions): boolean {
  return whyNot(node, options) === null;
}

function whyNot(node: TaintedNode, { tolerations }: ClusterOptions): string | null {
  if (!isReady(node)) return "not ready";
  if (node.spec.unschedulable === true) return "cordoned";
  if (node.metadata.labels?.["kubernetes.io/os"] === "windows") return "Windows";
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect !== "PreferNoSchedule");
  const refused = taints.find(
    (taint) =>
      !tolerations.some(
        ({ key, operator, value, effect }) =>
          key === taint.key &&
          (effect === undefined || effect === taint.effect) &&
          (operator === "Exists" || value === taint.value),
      ),
  );
  return refused === undefined ? null : `taint ${refused.key}:${refused.effect}`;
}

function usableNode(node: TaintedNode): UsableNode {
  const { name, labels = {} } = node.metadata;
  return {
    name,
    hostname: labels["kubernetes.io/hostname"] ?? name,
    cpus: Number(node.status.capacity?.["cpu"] ?? 0),
    facts: nodeFacts(node),
  };
}

const NODES_SHOWN = 5;

function noNode(nodes: readonly TaintedNode[], options: ClusterOptions): Fault {
  const labels = Object.entries(options.nodeSelector).map(([label, value]) => `${label}=${value}`);
  const reasons = nodes
    .slice(0, NODES_SHOWN)
    .map((node) => `${node.metadata.name}: ${whyNot(node, options) ?? "usable"}`);
  const counted = `${nodes.length} nodes${labels.length === 0 ? "" : ` with ${labels.join(",")}`}, none of them`;
  return new Fault({
    fact: "no node of the cluster can take the pods of a run",
    expected: "a Linux node that is Ready, schedulable and without a taint that --tolerations does not name",
    seen: [counted, ...reasons].join("\n"),
    try: "kubectl get nodes, then --node-selector or --tolerations; a taint of Cilium's own goes when its agent is ready",
    exitCode: EXIT.usage,
  });
}
