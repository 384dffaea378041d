/**
 * Runs from nothing to a record on a real cluster with a real Cilium (`npm run test:cluster`). What is asserted are books,
 * proofs and traces; never a time of this machine, whose two cores carry cluster, servers, callers and Envoy alike.
 */
import { describe, expect, test } from "vitest";
import type { Run } from "../../results/run-shape.js";
import type { MeasuredTrial } from "../../results/trial-metrics.js";
import { tollgate } from "../verbs/tollgate.test-helper.js";
import { clusterRuns, RUN } from "./cluster-runs.test-helper.js";

const runs = clusterRuns();

/** Trials in which every call came to its end: on a machine that is too slow some time out, and prove nothing. */
function answered(run: Run): MeasuredTrial[] {
  return run.trials.filter((trial): trial is MeasuredTrial => {
    if (trial.outcome.state !== "measured") return false;
    const { books } = trial.outcome.measurement;
    const timedOut = books.failed.DEADLINE_EXCEEDED ?? 0;
    return timedOut === 0 && books.totalSent === books.totalEnded && books.unsent === 0;
  });
}

describe("a run", () => {
  test("proves every road by count, balances its books, and leaves nothing", { timeout: 600_000 }, async () => {
    const roads = ["no-policy", "l4", "l7", "l7-tls"];
    const { code, stderr } = await runs.start("--roads", roads.join(","), "--blocks", "4").ended;
    expect([0, 5], stderr).toContain(code);
    const run = await runs.newest();
    expect(run.end?.state).toBe("complete");
    // What no flag asks for: every pass that a cluster can have, the mix at a rate that was found here.
    expect(run.header.design.passes.map(({ name }) => name)).toEqual(["single", "mix", "refused", "reconnect"]);
    expect(run.header.fingerprint).toMatchObject({ environment: "cluster", "kubernetes.placement": "same-node" });
    for (const { promised, seen, scenario } of run.probes) expect(seen, scenario).toBe(promised);
    for (const { scenario, outcome } of run.trials) {
      if (outcome.state !== "measured") continue;
      const { books } = outcome.measurement;
      const failed = Object.values(books.failed).reduce((sum, count) => sum + count, 0);
      expect(books.scheduled, scenario).toBe(books.sent + books.unsent);
      expect(books.sent, scenario).toBe(books.ok + failed + books.inFlightAtEnd);
    }
    const proven = answered(run).filter(({ pass }) => pass === "single");
    for (const { scenario, outcome } of proven) {
      expect(outcome.path.proof, scenario).toMatchObject({ level: "exact" });
      const paying = outcome.cpu?.processes.map(({ role }) => role);
      expect(paying, scenario).toEqual(expect.arrayContaining(["generator", "server", "agent", "envoy"]));
    }
    expect([...new Set(proven.map(({ scenario }) => scenario))].sort()).toEqual([...roads].sort());
    expect(await runs.leftovers()).toEqual([]);
  });

  test("with restarts makes its pods anew, tries every road again, and goes on", { timeout: 300_000 }, async () => {
    const roads = ["no-policy", "l4", "l7"];
    const running = runs.start("--roads", roads.join(","), "--passes", "single", "--blocks", "2", "--restarts", "1");
    const servers = async (): Promise<string[]> => {
      const [standing] = await runs.leftovers();
      const which = { namespace: standing?.namespace ?? "", labels: { "tollgate.dev/role": "server" } };
      return (await runs.kubectl.list("pods", which)).map(({ metadata }) => metadata.uid ?? "");
    };
    await running.heard(/\[\s*2\//, "stderr");
    const first = await servers();
    await running.heard(/\[\s*5\//, "stderr");
    const second = await servers();
    const { code, stderr } = await running.ended;
    expect([0, 5], stderr).toContain(code);
    expect([first.length, second.length]).toEqual([3, 3]);
    expect(second.filter((uid) => first.includes(uid))).toEqual([]);

    const run = await runs.newest();
    expect(run.end?.state).toBe("complete");
    expect([...new Set(run.trials.map(({ block, arrangement }) => `${block}/${arrangement}`))]).toEqual(["0/0", "1/1"]);
    const again = run.probes.filter(({ restart }) => restart?.arrangement === 1);
    expect([...new Set(again.map(({ scenario }) => scenario))]).toEqual(roads);
    for (const { promised, seen, scenario } of again) expect(seen, scenario).toBe(promised);
    const proofs = answered(run).map(({ outcome }) => outcome.path.proof.level);
    expect(new Set(proofs)).toEqual(new Set(["exact"]));
    expect(await runs.leftovers()).toEqual([]);
  });

  test("that meets Ctrl-C keeps what is done and leaves nothing", { timeout: 300_000 }, async () => {
    const running = runs.start("--roads", "no-policy,l4", "--passes", "single", "--blocks", "40");
    await running.heard(/\[\s*2\//, "stderr");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    const run = await runs.newest();
    expect(run.end?.state).toBe("interrupted");
    expect(run.trials.length).toBeGreaterThanOrEqual(2);
    expect(await runs.leftovers()).toEqual([]);
  });

  test("that is killed leaves what clean finds, names and removes", { timeout: 300_000 }, async () => {
    const running = runs.start("--roads", "no-policy,l4", "--passes", "single", "--blocks", "40");
    await running.heard(/\[\s*1\//, "stderr");
    running.child.kill("SIGKILL");
    await running.ended;
    const [left, ...others] = await runs.leftovers();
    expect(others).toEqual([]);
    expect(left?.objects).toContain("ciliumnetworkpolicy payments-l4");
    const listed = await tollgate("clean");
    expect(listed.stdout).toContain(`${left?.run} `);
    expect(await runs.leftovers()).toHaveLength(1);
    const removed = await tollgate("clean", "--run", left?.run ?? "");
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining("removed run") as string });
    expect(await runs.leftovers()).toEqual([]);
  });

  test(
    "with an image that is not there ends with its name and the flag, and leaves nothing",
    { timeout: 300_000 },
    async () => {
      const { code, stderr } = await tollgate(...RUN.slice(0, 3), "--image", "tollgate.test/none:9", "--roads", "l4");
      expect(code).toBe(1);
      expect(stderr).toMatch(/pod \S+ cannot run/);
      expect(stderr).toContain("--image");
      expect(await runs.leftovers()).toEqual([]);
    },
  );
});
