/**
 * The doctor on a real Kubernetes with a real Cilium: what an administrator sees, and what a ServiceAccount sees that has
 * the shipped manifest and nothing else.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { CILIUM_NAMESPACE } from "../cluster/cilium-install.js";
import type { Kubectl } from "../cluster/kubectl.js";
import { currentContext, openKubectl } from "../cluster/kubectl-command.js";
import { rbacManifest } from "../cluster/rbac.js";
import { commandOutput, runCommand } from "../shell.js";
import { examineCluster } from "./cluster-checks.js";
import type { Finding } from "./finding.js";

const NAMESPACE = "tollgate-doctor-test";
const WISH = { ciliumNamespace: CILIUM_NAMESPACE, image: "tollgate.test/node:1" };
const env = process.env;

const byHand = (args: readonly string[], input = ""): Promise<string> =>
  commandOutput(runCommand, "kubectl", args, { env, input });

let admin: Kubectl;

beforeAll(async () => {
  admin = openKubectl({ context: await currentContext(env), namespace: NAMESPACE, env });
  await byHand(["create", "namespace", NAMESPACE]);
});

afterAll(async () => {
  const manifest = rbacManifest({ own: NAMESPACE, cilium: CILIUM_NAMESPACE, secrets: null });
  await byHand(["delete", "--ignore-not-found", "-f", "-"], manifest);
  await byHand(["delete", "namespace", NAMESPACE, "--wait=false"]);
});

/** The same cluster with the rights of tollgate's ServiceAccount: kubectl impersonates it. */
function asServiceAccount(): Kubectl {
  const account = `--as=system:serviceaccount:${NAMESPACE}:tollgate`;
  return openKubectl({
    ...{ context: admin.context, namespace: NAMESPACE, env },
    run: (program, args, options) => runCommand(program, [account, ...args], options),
  });
}

function failures(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ state }) => state === "fail");
}

test("an administrator may do everything, and Cilium is found", async () => {
  const findings = await examineCluster(admin, WISH);
  expect(failures(findings)).toEqual([]);
  expect(findings).toContainEqual(expect.objectContaining({ check: "cilium-dbg", state: "ok" }));
});

test("without the manifest the ServiceAccount may do nothing; with it everything that tollgate does", async () => {
  const before = await examineCluster(asServiceAccount(), WISH);
  expect(failures(before).length).toBeGreaterThan(5);
  await byHand(["apply", "-f", "-"], rbacManifest({ own: NAMESPACE, cilium: CILIUM_NAMESPACE, secrets: null }));
  const after = await examineCluster(asServiceAccount(), WISH);
  expect(failures(after)).toEqual([]);
  expect(after).toContainEqual(expect.objectContaining({ check: "permissions", state: "ok" }));
  expect(after).toContainEqual(expect.objectContaining({ check: "cilium-dbg", state: "ok" }));
});

test("a policy of someone else that selects our pods is named, and gone from the findings when it is", async () => {
  const metadata = { name: "default-deny", namespace: NAMESPACE };
  const policy = JSON.stringify({
    ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata },
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  });
  await byHand(["apply", "-f", "-"], policy);
  expect(failures(await examineCluster(admin, WISH))).toMatchObject([
    { check: "policies", text: "networkpolicy default-deny is someone else's and selects tollgate's pods" },
  ]);
  await byHand(["delete", "-f", "-"], policy);
  expect(failures(await examineCluster(admin, WISH))).toEqual([]);
});

test("a context that does not exist, and a namespace that does not, are named", async () => {
  const elsewhere = openKubectl({ context: "elsewhere", namespace: NAMESPACE, env });
  expect(await examineCluster(elsewhere, WISH)).toMatchObject([{ check: "context", state: "fail" }]);
  const missing = openKubectl({ context: admin.context, namespace: "not-there", env });
  expect(failures(await examineCluster(missing, WISH))).toMatchObject([{ check: "namespace" }]);
});
