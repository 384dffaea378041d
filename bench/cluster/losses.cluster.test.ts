/**
 * What is lost in the middle of a run voids the trials that it touched and no other, and the run goes on to its end.
 */
import { expect, test } from "vitest";
import type { Run } from "../../results/run-shape.js";
import { commandOutput, runCommand } from "../shell.js";
import { clusterRuns } from "./cluster-runs.test-helper.js";

const runs = clusterRuns();

const ROADS = ["no-policy", "l4", "l7"] as const;
const BLOCKS = 7;

const byHand = (...args: readonly string[]): Promise<string> =>
  commandOutput(runCommand, "kubectl", args, { env: process.env });

/** Messages of the failed trials of a road. */
function failuresOn(run: Run, road: string): string[] {
  return run.trials.flatMap(({ scenario, outcome }) =>
    scenario === road && outcome.state === "failed" ? [outcome.message] : [],
  );
}

test(
  "a generator, a server, and the node's agent are lost one after the other, and the run ends as designed",
  { timeout: 400_000 },
  async () => {
    const running = runs.start("--roads", ROADS.join(","), "--passes", "single", "--blocks", String(BLOCKS));
    await running.heard(/\[\s*3\//, "stderr");
    const [standing] = await runs.leftovers();
    const namespace = standing?.namespace ?? "";
    await byHand("-n", namespace, "delete", "pod", "-l", "tollgate.dev/road=l4,app=api-gateway", "--wait=false");
    await running.heard(/\[\s*9\//, "stderr");
    await byHand("-n", namespace, "delete", "pod", "payments-l7", "--wait=false");
    await running.heard(/\[\s*15\//, "stderr");
    await byHand("-n", "kube-system", "delete", "pod", "-l", "k8s-app=cilium", "--wait=false");
    const { code, stderr } = await running.ended;
    expect([0, 5], stderr).toContain(code);

    const run = await runs.newest();
    expect(run.end?.state, stderr).toBe("complete");
    for (const road of ROADS) {
      const measured = run.trials.filter(({ scenario, outcome }) => scenario === road && outcome.state === "measured");
      expect(new Set(measured.map(({ block }) => block)).size, `blocks of ${road}`).toBe(BLOCKS);
    }
    // The agent is every road's, and whichever was measured just then has failed.
    const byAgent = /Cilium agent|cilium-\w{5}|kubectl|policy is in force/;
    const onL4 = failuresOn(run, "l4").filter((message) => !byAgent.test(message));
    expect(onL4).toHaveLength(1);
    expect(onL4[0]).toMatch(/hung up[^]*these pods were replaced: api-gateway-l4-0-\w+$/);
    const onL7 = failuresOn(run, "l7").filter((message) => !byAgent.test(message));
    expect(onL7).toHaveLength(1);
    expect(onL7[0]).toMatch(/the payments server in pod payments-l7 hung up[^]*these pods were replaced: payments-l7$/);
    expect(run.trials.filter(({ outcome }) => outcome.state === "failed").length).toBeLessThanOrEqual(4);
    expect(await runs.leftovers()).toEqual([]);
  },
);
