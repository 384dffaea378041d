/**
 * Clusters on which a run must not begin, or cannot: each ends with a Fault that names why and the way out, and nothing
 * stays behind. Recorded answers of a real cluster, with one of them twisted.
 */
import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { CommandResult } from "../shell.js";
import { ClusterEnvironment } from "./cluster-environment.js";
import type { ClusterOptions } from "./cluster-options.js";
import { programFiles } from "./program-files.js";
import { somePlan } from "./run-plan.test-helper.js";
import type { StandRequest } from "./run-stand.js";
import { describeStand, type Stand } from "./stand.js";
import { recordedFailure, scriptedKubectl, type Script } from "./testing/scripted-kubectl.js";

const OPTIONS: ClusterOptions = {
  context: "recorded",
  namespace: "bench",
  image: "tollgate.test/node:1",
  placement: null,
  generators: 1,
  via: "service",
  nodeSelector: {},
  tolerations: [],
  env: {},
  say: () => undefined,
};
const never = new AbortController().signal;

interface Refusal {
  readonly text: Fault["text"];
  readonly exitCode: number;
  /** What was asked of kubectl from `prepare` to the end. */
  readonly asked: readonly string[];
}

/** A run on the recorded cluster, which must end with a Fault. */
async function refusal(
  twists: NonNullable<Script["twists"]>,
  { roads = ["no-policy", "l4"], recording = "1.18.4-no-policy", attachTo = null, ...more }: Partial<Wish> = {},
): Promise<Refusal> {
  const scripted = scriptedKubectl({ recording, twists: { ...twists, "delete ": { ask: "", exitCode: 0 } } });
  const options = { ...OPTIONS, ...more };
  const caught = await (async () => {
    await using environment = new ClusterEnvironment(options, "recorded", () => scripted.kubectl, attachTo);
    return await environment.prepare(roads.map(scenarioByName), never).then(
      () => null,
      (error: unknown) => error,
    );
  })();
  if (!(caught instanceof Fault)) throw new Error("was not refused", { cause: caught });
  return { text: caught.text, exitCode: caught.exitCode, asked: scripted.asked };
}

interface Wish extends ClusterOptions {
  readonly roads: readonly string[];
  readonly recording: Script["recording"];
  readonly attachTo: Stand | null;
}

const replaced =
  (part: string | RegExp, other: string): ((recorded: CommandResult) => CommandResult) =>
  (recorded) => ({ ...recorded, stdout: recorded.stdout.replaceAll(part, other) });
const NO_ITEMS = { ask: "", exitCode: 0, json: { items: [] } };
const NOTHING = { ask: "", exitCode: 0 };

const changes = (asked: readonly string[]): string[] =>
  asked.filter((question) => /^(apply|delete|create) /.test(question));

describe("nothing is made on a cluster", () => {
  test.each<[string, NonNullable<Script["twists"]>, Partial<Wish>, RegExp, RegExp]>([
    [
      "whose context is wrong",
      { "get ": recordedFailure("no-context") },
      {},
      /^the kubeconfig has no context "recorded"$/,
      /get-contexts/,
    ],
    ["that is not there", { "get ": recordedFailure("unreachable") }, {}, /cannot be reached$/, /--context/],
    ["that hangs", { "get nodes": "hangs" }, {}, /does not answer$/, /VPN/],
    [
      "without Cilium",
      { "configmap/cilium-config": NOTHING, "k8s-app=cilium": NO_ITEMS },
      {},
      /^there is no Cilium in this cluster$/,
      /--context/,
    ],
    [
      "whose Cilium is too old",
      { "--selector k8s-app=cilium -o": replaced(":v1.18.4", ":v1.13.9") },
      {},
      /^the cluster runs Cilium 1\.13\.9, which tollgate does not know$/,
      /--context/,
    ],
    [
      "whose Cilium is of no known release",
      { "--selector k8s-app=cilium -o": replaced(":v1.18.4", ":latest") },
      {},
      /^the cluster runs Cilium unknown, which tollgate does not know$/,
      /a newer tollgate/,
    ],
    [
      "whose L7 proxy is off, for L7 roads",
      {},
      { roads: ["l7", "l7-tls"], recording: "1.18.4-l7-off" },
      /can show none of the roads/,
      /--set l7Proxy=true, then restart the agents; or --roads no-policy,l4,tls/,
    ],
    [
      "without a node that is ready",
      {
        "get nodes": replaced(
          /"type":"Ready","status":"True"|"status":"True","type":"Ready"/g,
          '"type":"Ready","status":"False"',
        ),
      },
      {},
      /^no node of the cluster can take the pods/,
      /kubectl get nodes/,
    ],
    [
      "whose one node is tainted",
      {
        "get nodes": replaced(
          '"spec":{',
          '"spec":{"taints":[{"key":"node.cilium.io/agent-not-ready","effect":"NoSchedule"}],',
        ),
      },
      {},
      /^no node of the cluster can take the pods/,
      /a taint of Cilium's own goes/,
    ],
    ["with one node, for two", {}, { placement: "cross-node" }, /^two nodes are asked for/, /same-node/],
    ["without the namespace", { "namespace/bench": NOTHING }, {}, /^there is no namespace bench$/, /create namespace/],
    [
      "whose namespace is being deleted",
      { "namespace/bench": replaced('"metadata":{', '"metadata":{"deletionTimestamp":"2026-11-28T09:00:00Z",') },
      {},
      /^the namespace bench is being deleted$/,
      /another --namespace/,
    ],
  ])("%s", async (_, twists, wish, fact, next) => {
    const { text, asked } = await refusal(twists, wish);
    expect(text.fact).toMatch(fact);
    expect(text.try).toMatch(next);
    expect(changes(asked)).toEqual([]);
  });

  test("where someone else's policies select the pods; they are named", async () => {
    const policy = (kind: string, name: string, endpointSelector: object): object => ({
      ...{ apiVersion: "cilium.io/v2", kind, metadata: { name }, spec: { endpointSelector } },
    });
    const { text, asked } = await refusal({
      "ciliumnetworkpolicies.cilium.io": {
        ...NO_ITEMS,
        json: { items: [policy("CiliumNetworkPolicy", "theirs", { matchLabels: { app: "payments-service" } })] },
      },
      "ciliumclusterwidenetworkpolicies.cilium.io": {
        ...NO_ITEMS,
        json: {
          items: [
            policy("CiliumClusterwideNetworkPolicy", "default-deny", {}),
            policy("CiliumClusterwideNetworkPolicy", "another-team", { matchLabels: { team: "shop" } }),
          ],
        },
      },
    });
    expect(text.fact).toBe("policies of someone else would be in force on the pods of the run");
    expect(text.seen).toBe("ciliumnetworkpolicy theirs\nciliumclusterwidenetworkpolicy default-deny");
    expect(changes(asked)).toEqual([]);
  });
});

describe("what stands is left as it is by a command line that would attach to it, when", () => {
  const somewhere = { namespace: "bench", scenarios: ["no-policy", "l4"].map(scenarioByName) };
  async function stand(on = "node1"): Promise<Stand> {
    const plan = somePlan({ ...somewhere, nodes: { server: on, caller: on }, program: await programFiles() });
    return describeStand("20261128-203905-cluster-2367", { plan, ownsNamespace: false } as StandRequest, OPTIONS);
  }
  const driver = { "get pod/tollgate-driver": { ask: "", exitCode: 0, json: { status: { phase: "Succeeded" } } } };

  test.each<[string, () => Promise<Stand>, RegExp]>([
    [
      "its program is another's",
      async () => ({ ...(await stand()), tollgate: "9.9.9" }),
      /program of another tollgate$/,
    ],
    ["it has ended by itself", () => stand(), /has ended by itself$/],
    ["its node takes no pods any more", () => stand("node7"), /^node node7, which the run stands on, can take no pods/],
  ])("%s", async (_, attachTo, fact) => {
    const { text, asked } = await refusal(driver, { attachTo: await attachTo() });
    expect(text.fact).toMatch(fact);
    expect(changes(asked)).toEqual([]);
  });
});

describe("what was begun is taken away when", () => {
  test.each<["quota" | "pod-security" | "terminating" | "forbidden" | "conflict" | "rejected", RegExp]>([
    ["quota", /quota "pods" leaves no room/],
    ["pod-security", /^PodSecurity "restricted:latest" refuses the pod$/],
    ["terminating", /^the namespace is being deleted$/],
    ["forbidden", /^this user may not/],
    ["conflict", /in someone else's hands$/],
    ["rejected", /^the cluster does not accept the object$/],
  ])("the cluster says: %s", async (cause, fact) => {
    const { text, asked } = await refusal({ "apply ": recordedFailure(cause) });
    expect(text.fact).toMatch(fact);
    expect(text.try).not.toBe(undefined);
    const [applied, deleted, ...more] = changes(asked);
    expect(applied).toMatch(/^apply --namespace bench --server-side/);
    expect(deleted).toMatch(/^delete .*pods,.* --selector app.kubernetes.io\/managed-by=tollgate,tollgate.dev\/run=/);
    expect(more).toEqual([]);
  });
});
