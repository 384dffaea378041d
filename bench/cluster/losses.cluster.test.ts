/**
 * What is lost in the middle of a run voids the trials that it touched and no other, and the run goes on to its end.
 */
import { describe, expect, test } from "vitest";
import type { Run } from "../../results/run-shape.js";
import { commandOutput, runCommand } from "../shell.js";
import { clusterRuns } from "./cluster-runs.test-helper.js";

const runs = clusterRuns();

const ROADS = ["no-policy", "l4", "l7"] as const;
const BLOCKS = 6;

const byHand = (...args: readonly string[]): Promise<string> =>
  commandOutput(runCommand, "kubectl", args, { env: process.env });

/** A run of which something is lost by `lose` when its second block begins. */
async function runThatLoses(lose: (namespace: string) => Promise<unknown>): Promise<{ run: Run; stderr: string }> {
  const running = runs.start("--roads", ROADS.join(","), "--passes", "single", "--blocks", String(BLOCKS));
  await running.heard(/\[\s*4\//, "stderr");
  const [standing] = await runs.leftovers();
  await lose(standing?.namespace ?? "");
  const { code, stderr } = await running.ended;
  expect([0, 5], stderr).toContain(code);
  return { run: await runs.newest(), stderr };
}

/** Every block has every road measured; how many trials failed, and on which roads. */
function failedOf(run: Run, stderr: string): { readonly roads: string[]; readonly messages: string } {
  expect(run.end?.state, stderr).toBe("complete");
  for (const scenario of ROADS) {
    for (let block = 0; block < BLOCKS; block++) {
      const measured = run.trials.filter(
        (trial) => trial.scenario === scenario && trial.block === block && trial.outcome.state === "measured",
      );
      expect(measured.length, `${scenario} in block ${block}`).toBeGreaterThanOrEqual(1);
    }
  }
  const failed = run.trials.filter(({ outcome }) => outcome.state === "failed");
  const messages = failed.map(({ outcome }) => (outcome.state === "failed" ? outcome.message : "")).join("\n");
  return { roads: failed.map(({ scenario }) => scenario), messages };
}

describe("a run that loses", () => {
  test("a generator pod goes on with the one that its Job makes", { timeout: 300_000 }, async () => {
    const { run, stderr } = await runThatLoses((namespace) =>
      byHand("-n", namespace, "delete", "pod", "-l", "tollgate.dev/road=l4,app=api-gateway", "--wait=false"),
    );
    const { roads, messages } = failedOf(run, stderr);
    expect(roads).toEqual(["l4"]);
    expect(messages).toMatch(/hung up/);
    expect(messages).toMatch(/these pods were replaced: api-gateway-l4-0-\w+$/);
    expect(await runs.leftovers()).toEqual([]);
  });

  test("a server pod makes it anew", { timeout: 300_000 }, async () => {
    const { run, stderr } = await runThatLoses((namespace) =>
      byHand("-n", namespace, "delete", "pod", "payments-l7", "--wait=false"),
    );
    const { roads, messages } = failedOf(run, stderr);
    expect(roads).toEqual(["l7"]);
    expect(messages).toMatch(/the payments server in pod payments-l7 hung up/);
    expect(messages).toMatch(/these pods were replaced: payments-l7$/);
    expect(await runs.leftovers()).toEqual([]);
  });

  test("the node's Cilium agent waits until policies are in force again", { timeout: 300_000 }, async () => {
    const { run, stderr } = await runThatLoses(() =>
      byHand("-n", "kube-system", "delete", "pod", "-l", "k8s-app=cilium", "--wait=false"),
    );
    const { roads } = failedOf(run, stderr);
    expect(roads.length).toBeLessThanOrEqual(2);
    expect(await runs.leftovers()).toEqual([]);
  });
});
