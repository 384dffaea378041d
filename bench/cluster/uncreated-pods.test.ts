import { describe, expect, test } from "vitest";
import type { KubeObject } from "./kube-object.js";
import type { Kubectl } from "./kubectl.js";
import { recordedFailure } from "./testing/scripted-kubectl.js";
import { KubectlFault } from "./kubectl-fault.js";
import { whyNotCreated } from "./uncreated-pods.js";

/** A cluster with one Job of the run, uid `ours`, and these events; `null`: events may not be listed. */
function cluster(events: readonly (readonly [uid: string, message: string])[] | null): Kubectl {
  const list = (kind: string): Promise<readonly KubeObject[]> => {
    const base = { apiVersion: "v1", kind, metadata: { name: "x", uid: "ours" } };
    if (kind === "jobs.batch") return Promise.resolve([base]);
    if (events === null) return Promise.reject(new KubectlFault("forbidden", { fact: "may not list events" }));
    return Promise.resolve(
      events.map(([uid, message]) => ({ ...base, involvedObject: { uid, name: "api-gateway-l4" }, message })),
    );
  };
  return { context: "prod", list } as unknown as Kubectl;
}

/** The API server's words, as the Job controller repeats them. */
const repeated = (cause: "quota" | "pod-security"): string =>
  `Error creating: ${(recordedFailure(cause).stderr ?? "").replace("Error from server (Forbidden): ", "")}`;

describe("a Job that makes no pods", () => {
  test("names the quota that leaves no room", async () => {
    const fault = await whyNotCreated(cluster([["ours", repeated("quota")]]), "3f9c01ab");
    expect(fault?.reason).toBe("quota");
    expect(fault?.text.fact).toBe("the namespace's quota \"pods\" leaves no room for tollgate's pods");
    expect(fault?.text.seen).toContain("exceeded quota: pods, requested: pods=1");
  });

  test("names a rule of pod security", async () => {
    expect((await whyNotCreated(cluster([["ours", repeated("pod-security")]]), "1"))?.reason).toBe("pod-security");
  });

  test("is not given up for what passes by itself, nor for another's trouble, nor for what cannot be seen", async () => {
    const passing =
      'Error creating: pods "x" is forbidden: error looking up service account default/default: not found';
    expect(await whyNotCreated(cluster([["ours", passing]]), "1")).toBeNull();
    expect(await whyNotCreated(cluster([["theirs", repeated("quota")]]), "1")).toBeNull();
    expect(await whyNotCreated(cluster(null), "1")).toBeNull();
  });
});
