import { expect, test } from "vitest";
import type { KubeObject } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { findLeftovers, removeLeftover } from "./leftovers.js";

function object(kind: string, name: string, run: string | null, since = "2026-11-28T09:00:00Z"): KubeObject {
  const labels = { "app.kubernetes.io/managed-by": "tollgate", ...(run === null ? {} : { "tollgate.dev/run": run }) };
  return { apiVersion: "v1", kind, metadata: { name, labels, creationTimestamp: since } };
}

function cluster(objects: Readonly<Record<string, readonly KubeObject[]>>): { kubectl: Kubectl; deleted: string[] } {
  const deleted: string[] = [];
  const kubectl = {
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
  for (const one of found.slice(0, 1)) await removeLeftover(kubectl, one);
  expect(deleted).toHaveLength(1);
  expect(deleted[0]).toMatch(/^ciliumnetworkpolicies\.cilium\.io,.* of a in bench$/);
});

test("a run's own namespace goes last, after what is in it", async () => {
  const { kubectl, deleted } = cluster({});
  await removeLeftover(kubectl, { run: "a", namespace: "tollgate-a", ownsNamespace: true, objects: [], since: "" });
  expect(deleted.map((line) => line.split(" ")[0])).toEqual([expect.stringContaining("pods"), "namespaces"]);
});
