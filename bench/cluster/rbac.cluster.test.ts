/**
 * A run with the rights of the shipped manifest and no others, in a namespace that enforces the strictest pod security:
 * what an administrator grants once, for everybody else to run with.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandOutput, runCommand } from "../shell.js";
import { tollgate } from "../verbs/tollgate.test-helper.js";
import { CILIUM_NAMESPACE } from "./cilium-install.js";
import { clusterRuns } from "./cluster-runs.test-helper.js";
import { findLeftovers } from "./leftovers.js";
import { rbacManifest } from "./rbac.js";

const NAMESPACE = "tollgate-rbac-test";
const runs = clusterRuns();
const manifest = rbacManifest({ own: NAMESPACE, cilium: CILIUM_NAMESPACE, secrets: null });
const admin = { ...process.env };
let folder: string;

const byHand = (args: readonly string[], input = ""): Promise<string> =>
  commandOutput(runCommand, "kubectl", args, { env: admin, input });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-rbac-"));
  await byHand(["create", "namespace", NAMESPACE]);
  await byHand(["label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted"]);
  await byHand(["apply", "-f", "-"], manifest);
});

afterAll(async () => {
  process.env["KUBECONFIG"] = admin["KUBECONFIG"];
  await byHand(["delete", "--ignore-not-found", "-f", "-"], manifest);
  await byHand(["delete", "namespace", NAMESPACE, "--ignore-not-found"]);
  await rm(folder, { recursive: true, force: true });
});

/** A kubeconfig whose one user is tollgate's ServiceAccount. */
async function limitedKubeconfig(): Promise<string> {
  const token = (await byHand(["-n", NAMESPACE, "create", "token", "tollgate"])).trim();
  const config = JSON.parse(await byHand(["config", "view", "--raw", "--minify", "-o", "json"])) as {
    users: readonly { name: string }[];
  };
  const path = join(folder, "kubeconfig.json");
  await writeFile(path, JSON.stringify({ ...config, users: [{ name: config.users[0]?.name, user: { token } }] }));
  return path;
}

test(
  "the shipped rights are all that a run needs, one that is attached to as well, and it leaves nothing",
  { timeout: 300_000 },
  async () => {
    process.env["KUBECONFIG"] = await limitedKubeconfig();
    const { exitCode: forbidden } = await runCommand("kubectl", ["get", "secrets", "-A"], { env: { ...process.env } });
    expect(forbidden, "the user is limited indeed").not.toBe(0);
    const roads = "no-policy,l4,l7,l7-tls";
    const lost = runs.start("--namespace", NAMESPACE, "--roads", roads, "--passes", "single", "--blocks", "1");
    await lost.heard(/\[\s*2\//, "stderr");
    lost.child.kill("SIGKILL");
    await lost.ended;
    const { code, stderr } = await tollgate("run", "--attach", "--namespace", NAMESPACE, "--results", runs.results);
    expect([0, 5], stderr).toContain(code);
    const { end, trials } = await runs.newest();
    expect(end?.state).toBe("complete");
    expect(end?.warnings.filter((warning) => /may not|cannot be read/.test(warning))).toEqual([]);
    for (const { outcome, scenario } of trials) {
      if (outcome.state !== "measured") continue;
      expect(outcome.path.proof.level, scenario).not.toBe("behavioural");
    }
    process.env["KUBECONFIG"] = admin["KUBECONFIG"];
    expect(await findLeftovers(runs.kubectl, NAMESPACE)).toEqual([]);
  },
);
