/**
 * A node that becomes NotReady in mid-run. The testbed has one node, which cannot be lost and watched at once; the states
 * are derived from its recorded answers: the node a second time as `node2`, with the condition that the node controller
 * writes of a kubelet it does not hear any more, and the pods with the fields that it then sets.
 */
import { expect, test } from "vitest";
import { Fault, renderFault } from "../../loadgen/fault.js";
import type { CommandResult } from "../shell.js";
import type { Condition, Pod } from "./kube-object.js";
import type { Node } from "./node-facts.js";
import { restoreStand } from "./restore-stand.js";
import { somePlan } from "./run-plan.test-helper.js";
import type { StandRequest } from "./run-stand.js";
import { loadRecording } from "./testing/recording.js";
import { recordedFailure, scriptedKubectl, type Twist } from "./testing/scripted-kubectl.js";

const RECORDING = "1.18.4-no-policy";
const never = new AbortController().signal;
const DONE = { ask: "", exitCode: 0, stdout: "" };
const atOnce = { withinMs: 0, tryAgainMs: 1 };

/** The recorded node, and one like it whose kubelet was heard until now, or is not any more. */
function nodes(second: "Ready" | "lost"): Twist {
  return (recorded: CommandResult) => {
    const list = JSON.parse(recorded.stdout) as { items: readonly Node[] };
    const node = list.items[0]!;
    const unheard = { type: "Ready", status: "Unknown", message: "Kubelet stopped posting node status." } as const;
    const conditions = (node.status.conditions ?? []).map((one) =>
      one.type === "Ready" && second === "lost" ? unheard : one,
    );
    const labels = { ...node.metadata.labels, "kubernetes.io/hostname": "node2" };
    const copy = {
      ...node,
      metadata: { ...node.metadata, name: "node2", labels },
      status: { ...node.status, conditions },
    };
    return { ...recorded, stdout: JSON.stringify({ ...list, items: [node, copy] }) };
  };
}

/** The recorded pods, all of them on `node2` and changed so. */
function pods(change: (pod: Pod) => Pod): Twist {
  const ask = "get pods --namespace bench -o json";
  const answer = loadRecording(RECORDING).answers.find((one) => one.ask === ask)!;
  const { items } = answer.json as { items: readonly Pod[] };
  const json = { items: items.map((pod) => change({ ...pod, spec: { ...pod.spec, nodeName: "node2" } })) };
  return { ask, exitCode: 0, json };
}

const deleted = pods((pod) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: "2026-11-28T10:00:00Z" } }));
const notReady = pods((pod) => ({
  ...pod,
  status: {
    ...pod.status,
    conditions: (pod.status.conditions ?? []).map((one): Condition =>
      one.type === "Ready" ? { ...one, status: "False" } : one,
    ),
  },
}));
const pending = pods((pod) => ({ ...pod, status: { phase: "Pending" } }));

async function faultOf(twists: Readonly<Record<string, Twist>>): Promise<Fault> {
  const services: Twist = { ask: "", exitCode: 0, json: { items: [] } };
  const { kubectl } = scriptedKubectl({
    recording: RECORDING,
    twists: { ...twists, "get services": services, apply: DONE, delete: DONE },
  });
  const request = { kubectl, plan: somePlan(), ownsNamespace: false } as unknown as StandRequest;
  const survey = (): Promise<StandRequest["survey"]> => Promise.resolve({} as StandRequest["survey"]);
  const caught: unknown = await restoreStand(request, survey, never, atOnce).catch((error: unknown) => error);
  if (!(caught instanceof Fault)) throw caught;
  return caught;
}

test.each([
  ["are being deleted and do not go", deleted, "is being deleted and does not go"],
  ["are not Ready, though their containers were when last heard of", notReady, "Running, not Ready"],
  ["wait to be scheduled", pending, "Pending"],
])("a node that is NotReady is named where its pods %s", async (_, listed, seen) => {
  const fault = await faultOf({ "get nodes": nodes("lost"), "get pods --namespace bench": listed });
  expect(fault.text.fact).toBe("node node2 is NotReady");
  expect(fault.text.try).toContain("kubectl describe node node2");
  expect(renderFault(fault)).toContain("Kubelet stopped posting node status.");
  expect(renderFault(fault)).toContain(seen);
});

test("nodes that are well, or that may not be listed, leave the Fault as it is", async () => {
  const well = await faultOf({ "get nodes": nodes("Ready"), "get pods --namespace bench": pending });
  expect(well.text.fact).toMatch(/^the pods of the run do not all run/);
  const unseen = await faultOf({ "get nodes": recordedFailure("forbidden"), "get pods --namespace bench": pending });
  expect(unseen.text.fact).toMatch(/^the pods of the run do not all run/);
});
