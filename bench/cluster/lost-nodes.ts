/**
 * Why a stand does not come back: a node of the run that is NotReady. Its pods stay in the list, running or being deleted,
 * or wait for it; none of them says so.
 */
import { Fault } from "../../loadgen/fault.js";
import type { Kubectl } from "./kubectl.js";
import type { RunPlan } from "./manifests.js";
import { isReady, type Node } from "./node-facts.js";

/** The Fault of the node that is NotReady; `fault` itself when all of the run's nodes are well, or cannot be seen. */
export async function namingLostNode(
  fault: Fault,
  kubectl: Kubectl,
  { server, caller }: RunPlan["nodes"],
): Promise<Fault> {
  const nodes = await kubectl.list<Node>("nodes").catch((error: unknown) => {
    if (error instanceof Fault) return [];
    throw error;
  });
  const ours = nodes.filter(({ metadata }) =>
    [server, caller].includes(metadata.labels?.["kubernetes.io/hostname"] ?? metadata.name),
  );
  const lost = ours.find((node) => !isReady(node));
  return lost === undefined ? fault : notReady(lost, fault);
}

function notReady({ metadata: { name }, status }: Node, { text }: Fault): Fault {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  const seen = [ready?.message ?? "no word of its kubelet", text.fact, ...(text.seen === undefined ? [] : [text.seen])];
  return new Fault({
    fact: `node ${name} is NotReady`,
    expected: "every node that the run has pods on, Ready until the run's end",
    seen: seen.join("\n"),
    so: "the pods that were lost with it could not be replaced",
    try: `kubectl describe node ${name}; then the run again, or on other nodes: --node-selector`,
  });
}
