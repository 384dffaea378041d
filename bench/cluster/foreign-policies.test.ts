import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../proto/package-root.js";
import { parseYaml, plainValue } from "../../scenarios/yaml.js";
import { ciliumLabels, foreignPolicies, type PolicyObject } from "./foreign-policies.js";
import { MANAGED_BY, type KubeObject } from "./kube-object.js";

const namespace: KubeObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "bench", labels: { team: "payments" } },
};
const server = { ...ciliumLabels(namespace), app: "payments-service", [MANAGED_BY.label]: MANAGED_BY.value };
const caller = { ...ciliumLabels(namespace), app: "api-gateway", [MANAGED_BY.label]: MANAGED_BY.value };

/** A policy of the testbed, as a user would have it. */
function policyFile(name: string): PolicyObject {
  const file = join(packageRoot, "testbed/test/policies", `${name}.yaml`);
  return plainValue(parseYaml(readFileSync(file, "utf8"), file)) as PolicyObject;
}

function selecting(endpointSelector: object): PolicyObject {
  const metadata = { name: "default" };
  return { apiVersion: "cilium.io/v2", kind: "CiliumClusterwideNetworkPolicy", metadata, spec: { endpointSelector } };
}

function isForeign(policy: PolicyObject): boolean {
  return foreignPolicies([policy], [server, caller]).length > 0;
}

describe("a policy of someone else", () => {
  test("is named with the pod that it selects", () => {
    const found = foreignPolicies([policyFile("l4"), policyFile("sni-only")], [{ app: "payments-service" }]);
    expect(found).toEqual([{ name: "ciliumnetworkpolicy payments-l4", selects: "app=payments-service" }]);
  });

  test("is left alone when it selects none of ours", () => {
    expect(isForeign(selecting({ matchLabels: { app: "shop" } }))).toBe(false);
    expect(isForeign(selecting({ matchLabels: { "k8s:io.kubernetes.pod.namespace": "shop" } }))).toBe(false);
  });

  test.each([
    ["everything", {}],
    ["a label with Cilium's source before it", { matchLabels: { "k8s:app": "api-gateway" } }],
    ["any source", { matchLabels: { "any:app": "api-gateway" } }],
    ["the namespace", { matchLabels: { "k8s:io.kubernetes.pod.namespace": "bench" } }],
    ["a label of the namespace", { matchLabels: { "io.cilium.k8s.namespace.labels.team": "payments" } }],
    ["a list", { matchExpressions: [{ key: "app", operator: "In", values: ["shop", "api-gateway"] }] }],
    ["all but a list", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["shop"] }] }],
    ["what lacks a label", { matchExpressions: [{ key: "exempt", operator: "DoesNotExist" }] }],
    ["what has a label", { matchExpressions: [{ key: "app", operator: "Exists" }] }],
  ])("is found when it selects %s", (_, selector) => {
    expect(isForeign(selecting(selector))).toBe(true);
  });

  test.each([
    ["labels that only half agree", { matchLabels: { app: "api-gateway", tier: "front" } }],
    ["all but ours", { matchExpressions: [{ key: MANAGED_BY.label, operator: "NotIn", values: ["tollgate"] }] }],
    ["what lacks our label", { matchExpressions: [{ key: MANAGED_BY.label, operator: "DoesNotExist" }] }],
    ["a list without us", { matchExpressions: [{ key: "app", operator: "In", values: ["shop"] }] }],
    ["what has a label of others", { matchExpressions: [{ key: "exempt", operator: "Exists" }] }],
  ])("is left alone when it selects %s", (_, selector) => {
    expect(isForeign(selecting(selector))).toBe(false);
  });

  test("may be Kubernetes' own, of several rules, or for nodes only", () => {
    const metadata = { name: "default-deny" };
    const kubernetes: PolicyObject = {
      ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata },
      spec: { podSelector: {} },
    };
    const several = { ...selecting({ matchLabels: { app: "shop" } }), specs: [{ endpointSelector: {} }] };
    const host = { ...selecting({}), spec: { nodeSelector: {} } };
    expect([kubernetes, several, host].map(isForeign)).toEqual([true, true, false]);
  });

  test("is not one of our own", () => {
    const ours = selecting({});
    const metadata = { name: "l4", labels: { [MANAGED_BY.label]: MANAGED_BY.value } };
    expect(isForeign({ ...ours, metadata })).toBe(false);
  });
});
