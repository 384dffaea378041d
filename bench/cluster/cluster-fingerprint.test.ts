import { expect, test } from "vitest";
import { diffFingerprints } from "../../results/fingerprint.js";
import { setUpDifference } from "../../results/across/set-up-difference.js";
import { findCilium, type CiliumInstall } from "./cilium-install.js";
import { clusterFingerprint, type FingerprintInput } from "./cluster-fingerprint.js";
import { somePlan } from "./run-plan.test-helper.js";
import { scriptedKubectl } from "./testing/scripted-kubectl.js";

const CILIUM: CiliumInstall = {
  namespace: "kube-system",
  version: "1.18.4",
  envoyVersion: "1.34.10",
  operatorVersion: "1.18.4",
  images: {
    "cilium-agent": "quay.io/cilium/cilium:v1.18.4",
    "cilium-envoy": "quay.io/cilium/cilium-envoy:v1.34.10-1",
    "cilium-operator": "quay.io/cilium/operator-generic:v1.18.4",
  },
  envoy: "daemonset",
  l7Proxy: true,
  secrets: { kind: "synced", namespace: "cilium-secrets" },
  hubble: true,
  agentMetricsPort: null,
  envoyMetricsPort: 9964,
  config: { "enable-l7-proxy": "true", "a-key-nobody-knows": "yes" },
  agents: [],
  envoys: [],
};
const NODE = { name: "n1", hostname: "n1", cpus: 4, facts: { "node.kernel": "6.1.0", "node.cpus": "4" } };

function input(cilium: Partial<CiliumInstall> = {}, more: Partial<FingerprintInput> = {}): FingerprintInput {
  const versions = { client: "v1.33.1", server: "v1.33.3" };
  return {
    survey: {
      cilium: { ...CILIUM, ...cilium },
      release: { minor: "1.18", patch: 4 },
      nodes: [NODE],
      versions,
    },
    options: { image: "node:20-slim", generators: 1, via: "service" },
    nodes: [NODE, NODE],
    plan: somePlan(),
    tollgate: "0.1.0",
    ...more,
  };
}

test("two runs of one set-up have one fingerprint, whatever their ids and namespaces", () => {
  const another = somePlan({ run: "00000001", namespace: "elsewhere", token: "x" });
  const changes = diffFingerprints(clusterFingerprint(input()), clusterFingerprint(input({}, { plan: another })));
  expect(changes).toEqual([]);
});

test("an upgrade shows what it changed, grouped, and keys that nobody knows are kept", () => {
  const upgraded = clusterFingerprint(
    input({
      version: "1.19.6",
      images: { ...CILIUM.images, "cilium-agent": "quay.io/cilium/cilium:v1.19.6" },
      config: { "enable-l7-proxy": "true", "proxy-cluster-max-connections": "1024" },
    }),
  );
  const changes = diffFingerprints(clusterFingerprint(input()), upgraded);
  expect(changes.map(({ group, key }) => [group, key])).toEqual([
    ["Cilium", "cilium"],
    ["Cilium", "cilium.agent.image"],
    ["Cilium", "cilium.config.proxy-cluster-max-connections"],
    ["configuration", "cilium.config.a-key-nobody-knows"],
  ]);
});

test("a recorded upgrade from 1.18.4 to 1.19.6 is one cause, with every setting that came with it listed", async () => {
  const [before, after] = await Promise.all([
    findCilium(scriptedKubectl({ recording: "1.18.4-l7" }).kubectl),
    findCilium(scriptedKubectl({ recording: "1.19.6-l7" }).kubectl),
  ]);
  const { groups, cause } = setUpDifference(clusterFingerprint(input(before)), clusterFingerprint(input(after)));
  expect(groups.map(({ group }) => group)).toEqual(["Cilium"]);
  expect(groups[0]?.changes.filter(({ key }) => key.startsWith("cilium.config."))).toHaveLength(18);
  expect(cause).toMatch(/^Only one group of facts differs, Cilium/);

  const tuned = { ...after, config: { ...after.config, "proxy-connect-timeout": "7" } };
  expect(setUpDifference(clusterFingerprint(input(before)), clusterFingerprint(input(tuned))).cause).toBe(
    "No cause can be named: Cilium and configuration differ at once.",
  );
});

test("the node's kernel stands where the lab's does, so that reports find it", () => {
  expect(clusterFingerprint(input())).toMatchObject({ kernel: "6.1.0", "machine.cpus": "4" });
});

test("a second node has its own facts", () => {
  const caller = { ...NODE, name: "n2", facts: { "node.kernel": "5.15.0", "node.cpus": "8" } };
  expect(clusterFingerprint(input({}, { nodes: [NODE, caller] }))).toMatchObject({
    "kernel.caller": "5.15.0",
    "machine.caller.cpus": "8",
    "kubernetes.placement": "cross-node",
  });
});

test("the contributors' testbed is marked: its Envoy is not Cilium's", () => {
  const images = { ...CILIUM.images, "cilium-envoy": "tollgate.test/cilium-envoy:v1.36.4" };
  expect(clusterFingerprint(input({ images }))["envoy.build"]).toBe("stock Envoy behind a shim (testbed)");
  expect(clusterFingerprint(input())["envoy.build"]).toBeUndefined();
});
