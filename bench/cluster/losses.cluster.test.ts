/**
 * What is lost in the middle of a run voids the trials that it touched and no other, and the run goes on to its end; but
 * not on another Cilium than it began on.
 */
import { describe, expect, test } from "vitest";
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

describe("a setting of Cilium that is changed in mid-run", () => {
  const SETTING = "monitor-aggregation-interval";
  const config = ["-n", "kube-system", "configmap/cilium-config"];
  const valueOf = (): Promise<string> => byHand("get", ...config, "-o", `jsonpath={.data.${SETTING}}`);
  const set = (value: string): Promise<string> =>
    byHand("patch", ...config, "--type=merge", "-p", JSON.stringify({ data: { [SETTING]: value } }));
  const restartAgents = (wait = false): Promise<string> =>
    byHand("-n", "kube-system", "delete", "pod", "-l", "k8s-app=cilium", `--wait=${wait}`);

  test.each([
    ["while nothing is lost, is noticed after the last trial", false],
    ["and comes into force with the agents' restart, ends the run there", true],
  ])("%s", { timeout: 300_000 }, async (_, restarts) => {
    const before = await valueOf();
    const blocks = restarts ? 40 : 3;
    try {
      const running = runs.start("--roads", "no-policy,l4", "--passes", "single", "--blocks", String(blocks));
      await running.heard(/\[\s*3\//, "stderr");
      await set(`1${before}`);
      if (restarts) await restartAgents();
      const { code, stderr } = await running.ended;
      expect(code, stderr).toBe(1);
      const run = await runs.newest();
      expect(run.end).toMatchObject({ state: "failed" });
      expect(run.end?.message).toMatch(/^the cluster was changed while the run went on$/m);
      expect(run.end?.message).toContain(`cilium.config.${SETTING}: ${before} → 1${before}`);
      const done = run.trials.filter(({ outcome }) => outcome.state === "measured").length;
      if (restarts) expect(done).toBeLessThan(2 * blocks);
      else expect(done).toBeGreaterThanOrEqual(2 * blocks);
      expect(await runs.leftovers()).toEqual([]);
    } finally {
      await set(before);
      if (restarts) {
        await restartAgents(true); // an agent on its way out still counts as rolled out
        await byHand("-n", "kube-system", "rollout", "status", "ds/cilium", "--timeout=120s");
      }
    }
  });
});
