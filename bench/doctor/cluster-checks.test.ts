import { describe, expect, test } from "vitest";
import { recordedFailure, scriptedKubectl, type Script } from "../cluster/testing/scripted-kubectl.js";
import type { CommandResult } from "../shell.js";
import { examineCluster } from "./cluster-checks.js";
import { renderFindings, type Finding } from "./finding.js";

const WISH = { ciliumNamespace: "kube-system", image: "tollgate.test/node:1" };

function examine(twists: NonNullable<Script["twists"]> = {}, recording: Script["recording"] = "1.18.4-no-policy") {
  return examineCluster(scriptedKubectl({ recording, twists }).kubectl, WISH);
}

/** The recorded answer with a part of it changed. */
function replaced(part: string, other: string): (recorded: CommandResult) => CommandResult {
  return (recorded) => ({ ...recorded, stdout: recorded.stdout.replaceAll(part, other) });
}

/** One node is worth a warning in every recording; it is not what these tests are about. */
async function troubles(twists: NonNullable<Script["twists"]>, recording?: Script["recording"]): Promise<Finding[]> {
  return (await examine(twists, recording)).filter(({ check, state }) => state !== "ok" && check !== "nodes");
}

describe("the doctor of a cluster", () => {
  test("finds nothing that stands in the way where everything is there", async () => {
    const text = renderFindings(await examine(), "tollgate");
    await expect(text.replace(/cilium-[a-z0-9]{5}\b/g, "cilium-xxxxx")).toMatchFileSnapshot(
      "__golden__/cluster-doctor.txt",
    );
  });

  test.each(["no-context", "unreachable", "unauthorized"] as const)(
    "stops at the first thing without which nothing can be asked: %s",
    async (cause) => {
      const found = await examine({ "version -o json": recordedFailure(cause) });
      expect(found).toMatchObject([{ check: "context", state: "fail" }]);
      expect(found[0]?.mend).not.toBe("");
    },
  );

  test("stops when the cluster hangs", async () => {
    const found = await examine({ "version -o json": "hangs" });
    expect(found).toMatchObject([{ check: "context", state: "fail" }]);
    expect(found[0]?.text).toContain("does not answer");
  });

  test("names a kubectl that is too old", async () => {
    const older = (recorded: CommandResult): CommandResult => ({
      ...recorded,
      stdout: recorded.stdout.replaceAll("v1.33", "v1.30").replace(/v1\.30(?=[^v]*$)/, "v1.33"),
    });
    const [finding] = await troubles({ "version -o json": older });
    expect(finding).toMatchObject({ check: "kubectl", state: "warn" });
    expect(finding?.text).toMatch(/v1\.30\.\d+ is 3 minors older than the cluster's v1\.33\.\d+/);
  });

  test("misses a namespace", async () => {
    const found = await troubles({ "namespace/bench": { ask: "", exitCode: 0 } });
    expect(found).toEqual([
      {
        check: "namespace",
        state: "fail",
        text: "there is no namespace bench",
        mend: "kubectl create namespace bench",
      },
    ]);
  });

  test("tells each permission that is missing, and what is lost without it", async () => {
    const refuse = replaced("true", "false");
    const found = await troubles({ "create --namespace bench": refuse });
    expect(found).toContainEqual({
      check: "permission",
      state: "fail",
      text: "may not get, list, watch, create, patch, delete jobs.batch in bench: it is for: generators are an Indexed Job",
      mend: "tollgate doctor --env cluster --rbac > rbac.yaml, for someone who may grant it",
    });
    expect(found.find(({ text }) => text.includes("pods/exec in kube-system"))).toMatchObject({
      state: "fail",
      text: expect.stringContaining("policy in force, exact counts, CPU (as good as root on the node)") as string,
    });
    expect(found.find(({ text }) => text.includes("deployments.apps"))).toMatchObject({
      state: "warn",
      text: "may not get deployments.apps in kube-system: without it no operator's version in the fingerprint",
    });
  });

  test("names someone else's policy that selects our pods", async () => {
    const found = await troubles({}, "1.18.4-l7");
    expect(found).toMatchObject([
      {
        check: "policies",
        state: "fail",
        text: "ciliumnetworkpolicy payments-l7 is someone else's and selects tollgate's pods",
      },
    ]);
  });

  test("knows that L7 policies are not enforced while the L7 proxy is off", async () => {
    const found = await troubles({}, "1.18.4-l7-off");
    expect(found.find(({ check }) => check === "L7 proxy")).toMatchObject({
      state: "fail",
      mend: expect.stringContaining("--set l7Proxy=true") as string,
    });
  });

  test("says where certificates go when Cilium reads them in one namespace and copies none there", async () => {
    const noSync = { "configmap/cilium-config": replaced('"enable-policy-secrets-sync":"true",', "") };
    const found = await examine(noSync);
    expect(found).toContainEqual({
      check: "TLS secrets",
      state: "ok",
      text: "read in cilium-secrets only (tls.secretSync is off): a run puts its own there",
      mend: null,
    });
    const refused = await troubles({ ...noSync, "create --namespace bench": replaced("true", "false") });
    expect(refused.find(({ check }) => check === "TLS secrets")).toEqual({
      check: "TLS secrets",
      state: "warn",
      text: "read in cilium-secrets only, where you may make none: the roads with intercepted TLS are not measured",
      mend: "tollgate doctor --env cluster --rbac --secrets-namespace cilium-secrets, for someone who may grant it",
    });
  });

  test("refuses a Cilium that tollgate does not know", async () => {
    const found = await troubles({
      "--selector k8s-app=cilium -o": replaced(":v1.18.4", ":v1.13.9"),
    });
    expect(found).toMatchObject([{ check: "Cilium", state: "fail" }]);
    expect(found[0]?.text).toBe("1.13.9 is no release that tollgate knows: 1.14 to 1.20");
  });

  test("tells who of Cilium is not ready", async () => {
    const found = await troubles({
      "--selector k8s-app=cilium -o": replaced('"ready":true', '"ready":false'),
    });
    expect(found).toMatchObject([{ check: "Cilium's pods", state: "fail" }]);
    expect(found[0]?.text).toMatch(/^not ready: cilium-\w+ on node1$/);
  });
});
