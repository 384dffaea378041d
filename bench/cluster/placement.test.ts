/**
 * On which nodes a run is placed. The testbed has one node; here its recorded answer has two.
 */
import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { CommandResult } from "../shell.js";
import { placementOf } from "./cluster-facts.js";
import type { ClusterOptions } from "./cluster-options.js";
import { surveyCluster } from "./cluster-survey.js";
import { runObjects } from "./manifests.js";
import { planRun, type PlannedRun } from "./plan-run.js";
import { scriptedKubectl, type Twist } from "./testing/scripted-kubectl.js";

const OPTIONS: ClusterOptions = {
  ...{ context: "recorded", namespace: "bench", image: "tollgate.test/node:1", placement: null, generators: 1 },
  ...{ via: "service", nodeSelector: {}, tolerations: [], env: {}, say: () => undefined },
};

interface NodeList {
  items: {
    metadata: { name: string; labels: Record<string, string> };
    status: { conditions: { type: string; status: string }[] };
  }[];
}

/** The recorded node and a second one like it, `node2`, whose kubelet is heard or not. */
function twoNodes(secondIsReady: boolean): Twist {
  return (recorded: CommandResult) => {
    const list = JSON.parse(recorded.stdout) as NodeList;
    const [first] = list.items;
    const second = structuredClone(first!);
    second.metadata.name = "node2";
    second.metadata.labels["kubernetes.io/hostname"] = "node2";
    const ready = second.status.conditions.find(({ type }) => type === "Ready");
    ready!.status = secondIsReady ? "True" : "Unknown"; // what the node controller writes of a node that is lost
    return { ...recorded, stdout: JSON.stringify({ ...list, items: [second, first] }) };
  };
}

async function planned(secondIsReady: boolean, placement: ClusterOptions["placement"] = null): Promise<PlannedRun> {
  const { kubectl } = scriptedKubectl({
    recording: "1.18.4-no-policy",
    twists: { "get nodes": twoNodes(secondIsReady) },
  });
  const options = { ...OPTIONS, placement };
  const survey = await surveyCluster(kubectl, options);
  return planRun({ run: "3f9c01ab", namespace: "bench", survey, scenarios: [scenarioByName("l4")], options });
}

/** Role of a pod → the nodes that pods of that role ask for. */
function placesOf({ plan }: PlannedRun): Record<string, string> {
  const objects = JSON.stringify(runObjects(plan));
  const pods = objects.matchAll(/"tollgate.dev\/role":"(\w+)".*?"kubernetes.io\/hostname":"(\w+)"/g);
  return Object.fromEntries([...pods].map(([, role = "", node = ""]): [string, string] => [role, node]));
}

describe("a run", () => {
  test("is placed on two nodes where there are two: servers on the one, everything that calls on the other", async () => {
    const run = await planned(true);
    expect(placesOf(run)).toEqual({ server: "node1", generator: "node2", driver: "node2" });
    expect(placementOf(run.nodes)).toMatchObject({ server: "node node1", generator: "node node2" });
  });

  test("is placed on one node when that is wished", async () => {
    const run = await planned(true, "same-node");
    expect(placesOf(run)).toEqual({ server: "node1", generator: "node1", driver: "node1" });
    expect(placementOf(run.nodes)).toMatchObject({
      server: "node node1",
      generator: "node node1",
      proxy: "node node1",
    });
  });

  test("leaves a node alone that is NotReady", async () => {
    expect(placesOf(await planned(false))).toEqual({ server: "node1", generator: "node1", driver: "node1" });
  });

  test("is refused when two nodes are asked for and one of them is NotReady", async () => {
    const caught: unknown = await planned(false, "cross-node").catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(Fault);
    expect((caught as Fault).text).toMatchObject({
      fact: "two nodes are asked for, and only one can take pods",
      seen: "node1",
      try: "--placement same-node",
    });
  });
});
