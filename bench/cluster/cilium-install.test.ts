import { describe, expect, test } from "vitest";
import { findCilium, secretModeOf } from "./cilium-install.js";
import type { RecordedAnswer } from "./testing/recording.js";
import { recordedFailure, scriptedKubectl, type Script, type Twist } from "./testing/scripted-kubectl.js";

const find = (script: Script): ReturnType<typeof findCilium> => findCilium(scriptedKubectl(script).kubectl);

const NOTHING: RecordedAnswer = { ask: "", exitCode: 0 };
const NO_ITEMS: RecordedAnswer = { ask: "", exitCode: 0, json: { items: [] } };

describe("the Cilium of a cluster", () => {
  test("is told by its objects", async () => {
    const before = await find({ recording: "1.18.4-l7" });
    expect(before).toMatchObject({
      ...{ version: "1.18.4", operatorVersion: "1.18.4", envoyVersion: "1.36.4", envoy: "daemonset", l7Proxy: true },
      ...{ hubble: true, secrets: { kind: "synced", namespace: "cilium-secrets" }, envoyMetricsPort: 9964 },
    });
    expect(before.agents).toEqual([
      { pod: expect.stringMatching(/^cilium-/) as string, node: "node1", ready: true, restarts: 0 },
    ]);
  });

  test("is told after an upgrade, with the settings that the release brought", async () => {
    const before = await find({ recording: "1.18.4-l7" });
    const after = await find({ recording: "1.19.6-l7" });
    expect(after).toMatchObject({ version: "1.19.6", operatorVersion: "1.19.6", envoyVersion: "1.36.4" });
    expect(Object.keys(after.config).filter((key) => !(key in before.config))).toContain("policy-deny-response");
  });

  test("has every setting in the fingerprint", async () => {
    expect(Object.keys((await find({ recording: "1.18.4-l7" })).config).length).toBeGreaterThan(100);
  });

  test("has its Envoy inside the agent where there is no DaemonSet of it", async () => {
    const twists: Script["twists"] = {
      "k8s-app=cilium-envoy": NO_ITEMS,
      "configmap/cilium-config": (recorded) => ({
        ...recorded,
        stdout: recorded.stdout.replace('"external-envoy-proxy":"true"', '"external-envoy-proxy":"false"'),
      }),
    };
    const embedded = await find({ recording: "1.18.4-l7", twists });
    expect(embedded).toMatchObject({ envoy: "embedded", envoyVersion: null });
  });

  test("says whether certificates may be put where it reads them, when nobody copies them there", async () => {
    const off: Twist = (recorded) => ({
      ...recorded,
      stdout: recorded.stdout.replace('"enable-policy-secrets-sync":"true",', ""),
    });
    const twists = { "configmap/cilium-config": off };
    const allowed = await find({ recording: "1.18.4-l7", twists });
    expect(allowed.secrets).toEqual({ kind: "by-hand", namespace: "cilium-secrets", mayPlace: true });
    const refused: Twist = (recorded) => ({ ...recorded, stdout: recorded.stdout.replace("true", "false") });
    const not = await find({ recording: "1.18.4-l7", twists: { ...twists, "create ": refused } });
    expect(not.secrets).toMatchObject({ mayPlace: false });
  });

  test("is told without its operator where that may not be read", async () => {
    const twists = { "deployment/cilium-operator": recordedFailure("forbidden") };
    expect(await find({ recording: "1.18.4-l7", twists })).toMatchObject({ version: "1.18.4", operatorVersion: null });
  });

  test("may not be there", async () => {
    const twists = { "configmap/cilium-config": NOTHING, "k8s-app=cilium": NO_ITEMS };
    await expect(find({ recording: "1.18.4-l7", twists })).rejects.toThrow("there is no Cilium in this cluster");
  });

  test("may be forbidden to look at", async () => {
    const twists = { "configmap/cilium-config": recordedFailure("forbidden") };
    await expect(find({ recording: "1.18.4-l7", twists })).rejects.toMatchObject({ reason: "forbidden" });
  });
});

describe("where a policy's certificates must lie", () => {
  test.each([
    [
      "1.18.4",
      { "enable-policy-secrets-sync": "true", "policy-secrets-namespace": "s" },
      { kind: "synced", namespace: "s" },
    ],
    [
      "1.18.4",
      { "policy-secrets-only-from-secrets-namespace": "true", "policy-secrets-namespace": "s" },
      { kind: "by-hand", namespace: "s", mayPlace: false },
    ],
    ["1.18.4", { "policy-secrets-only-from-secrets-namespace": "false" }, { kind: "anywhere" }],
    ["1.17.0", {}, { kind: "anywhere" }],
    ["1.16.19", {}, { kind: "unsaid" }],
    ["unknown", {}, { kind: "unsaid" }],
  ])("follows from the settings that the chart of %s writes: %j", (version, config, mode) => {
    expect(secretModeOf(config, version)).toEqual(mode);
  });
});
