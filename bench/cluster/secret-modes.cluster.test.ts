/**
 * A Cilium that reads certificates in its own namespace for them only, with nobody who copies them there, as after an
 * upgrade from 1.16 with `upgradeCompatibility`: TLS interception measured there, and nothing of it left.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandOutput, runCommand } from "../shell.js";
import { tollgate } from "../verbs/tollgate.test-helper.js";
import { clusterRuns } from "./cluster-runs.test-helper.js";
import { bring } from "./testbed.test-helper.js";

const runs = clusterRuns();

/** Agents and the operator read their settings when they start. */
const BY_HAND = {
  ...{ rollOutCiliumPods: true, tls: { secretSync: { enabled: false } } },
  operator: { replicas: 1, updateStrategy: { type: "Recreate", rollingUpdate: null }, rollOutPods: true },
};

beforeAll(() => bring("1.18.4", { values: BY_HAND }), 300_000);
afterAll(() => bring("1.18.4"), 300_000);

/** `secret/NAME …`: of ours. */
async function secretsThere(): Promise<string> {
  const ours = ["--selector", "app.kubernetes.io/managed-by=tollgate", "-o", "name"];
  const args = ["-n", "cilium-secrets", "get", "secrets", ...ours];
  const names = await commandOutput(runCommand, "kubectl", args, { env: process.env });
  return names.trim().replaceAll("\n", " ");
}

test(
  "TLS is intercepted with certificates put where Cilium reads them, and taken away",
  { timeout: 300_000 },
  async () => {
    const told = await tollgate(
      "doctor",
      "--env",
      "cluster",
      "--namespace",
      "default",
      "--image",
      "tollgate.test/node:1",
    );
    expect(told.stdout).toContain("read in cilium-secrets only (tls.secretSync is off): a run puts its own there");

    const running = runs.start("--roads", "l7-tls", "--passes", "single", "--blocks", "2");
    await running.heard(/\[\s*1\//, "stderr");
    expect(await secretsThere()).toMatch(
      /^secret\/tollgate-\w+-payments-intercept-tls secret\/tollgate-\w+-payments-upstream-ca$/,
    );
    const { code, stderr } = await running.ended;
    expect([0, 5], stderr).toContain(code);
    const run = await runs.newest();
    expect(run.end?.state).toBe("complete");
    for (const { promised, seen, scenario } of run.probes) expect(seen, scenario).toBe(promised);
    expect(run.probes.length).toBeGreaterThan(0);
    expect(run.trials.map(({ scenario }) => scenario)).toContain("l7-tls");
    expect(await secretsThere()).toBe("");
    expect(await runs.leftovers()).toEqual([]);
  },
);
