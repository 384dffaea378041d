import { describe, expect, test } from "vitest";
import type { KubeObject } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { findLeftovers, removeRun } from "./leftovers.js";

function object(kind: string, name: string, run: string | null, since = "2026-11-28T09:00:00Z"): KubeObject {
  const labels = { "app.kubernetes.io/managed-by": "tollgate", ...(run === null ? {} : { "tollgate.dev/run": run }) };
  return { apiVersion: "v1", kind, metadata: { name, labels, creationTimestamp: since } };
}

function cluster(objects: Readonly<Record<string, readonly KubeObject[]>>): { kubectl: Kubectl; deleted: string[] } {
  const deleted: string[] = [];
  const kubectl = {
    get: () => Promise.resolve({ data: { "policy-secrets-namespace": "cilium-secrets" } }),
    list: (kind: string, which: { namespace?: string } = {}) =>
      Promise.resolve(objects[which.namespace === undefined ? kind : `${which.namespace}/${kind}`] ?? []),
    delete: (kinds: readonly string[], labels: Readonly<Record<string, string>>, where: { namespace?: string }) => {
      deleted.push(`${kinds.join(",")} of ${labels["tollgate.dev/run"] ?? "anybody"} in ${where.namespace ?? "-"}`);
      return Promise.resolve();
    },
  } as unknown as Kubectl;
  return { kubectl, deleted };
}

test("runs in namespaces of their own are found with what is in them, the oldest first", async () => {
  const { kubectl } = cluster({
    namespaces: [
      object("Namespace", "tollgate-b", "b", "2026-11-28T10:00:00Z"),
      object("Namespace", "tollgate-a", "a", "2026-11-28T08:00:00Z"),
      object("Namespace", "tollgate", null),
    ],
    "tollgate-b/pods": [object("Pod", "payments-l4", "b", "2026-11-28T10:00:01Z")],
  });
  const found = await findLeftovers(kubectl, null);
  expect(found.map(({ run, objects, ownsNamespace }) => [run, objects, ownsNamespace])).toEqual([
    ["a", [], true],
    ["b", ["pod payments-l4"], true],
  ]);
});

test("in a namespace that is not ours each run is told apart, and what is no run's is left alone", async () => {
  const { kubectl, deleted } = cluster({
    "bench/pods": [object("Pod", "payments-l4", "a"), object("Pod", "payments-l7", "b")],
    "bench/secrets": [object("Secret", "tollgate-token", "a"), object("Secret", "tollgate-account", null)],
  });
  const found = await findLeftovers(kubectl, "bench");
  expect(found.map(({ run, objects }) => [run, objects])).toEqual([
    ["a", ["pod payments-l4", "secret tollgate-token"]],
    ["b", ["pod payments-l7"]],
  ]);
  for (const one of found.slice(0, 1)) await removeRun(kubectl, one);
  expect(deleted).toHaveLength(1);
  expect(deleted[0]).toMatch(/^ciliumnetworkpolicies\.cilium\.io,.* of a in bench$/);
});

test("a run's own namespace goes last, after what is in it", async () => {
  const { kubectl, deleted } = cluster({});
  await removeRun(kubectl, { run: "a", namespace: "tollgate-a", ownsNamespace: true, certificatesIn: null });
  expect(deleted.map((line) => line.split(" ")[0])).toEqual([expect.stringContaining("pods"), "namespaces"]);
});

describe("certificates where Cilium reads them", () => {
  const placed = (name: string, run: string, home: string): KubeObject => {
    const { metadata, ...rest } = object("Secret", name, run);
    const labels = { ...metadata.labels, "tollgate.dev/namespace": home };
    return { ...rest, metadata: { ...metadata, namespace: "cilium-secrets", labels } };
  };
  const standing = {
    namespaces: [object("Namespace", "tollgate-a", "a")],
    "cilium-secrets/secrets": [
      placed("tollgate-a-payments-upstream-ca", "a", "tollgate-a"),
      placed("tollgate-b-payments-upstream-ca", "b", "tollgate-b"),
      placed("tollgate-c-payments-upstream-ca", "c", "bench"),
      object("Secret", "somebody-s", "d"),
    ],
  };

  test("belong to their run, also when nothing else of it is left, and to the namespace that it was told to use", async () => {
    const { kubectl } = cluster(standing);
    const told = (found: Awaited<ReturnType<typeof findLeftovers>>): unknown =>
      found.map(({ run, namespace, objects, certificatesIn }) => [run, namespace, objects, certificatesIn]);
    expect(told(await findLeftovers(kubectl, null))).toEqual([
      ["a", "tollgate-a", ["secret cilium-secrets/tollgate-a-payments-upstream-ca"], "cilium-secrets"],
      ["b", "tollgate-b", ["secret cilium-secrets/tollgate-b-payments-upstream-ca"], "cilium-secrets"],
    ]);
    expect(told(await findLeftovers(kubectl, "bench"))).toEqual([
      ["c", "bench", ["secret cilium-secrets/tollgate-c-payments-upstream-ca"], "cilium-secrets"],
    ]);
  });

  test("are deleted with their run, and no other's", async () => {
    const { kubectl, deleted } = cluster(standing);
    for (const one of await findLeftovers(kubectl, "bench")) await removeRun(kubectl, one);
    expect(deleted).toEqual([expect.stringMatching(/ of c in bench$/), "secrets of c in cilium-secrets"]);
  });
});
