/**
 * A command line that is lost in mid-run: the driver measures its trial to the end, and another command line goes on with
 * the run on the pods that stand.
 */
import { describe, expect, test } from "vitest";
import type { Run } from "../../results/run-shape.js";
import { tollgate } from "../verbs/tollgate.test-helper.js";
import { clusterRuns } from "./cluster-runs.test-helper.js";

const runs = clusterRuns();

/** Long windows, so that the command line can be lost in the middle of one. */
const LONG = ["--passes", "single", "--duration", "4s"];
const MID_WINDOW_MS = 2_000;

const attach = (): ReturnType<typeof tollgate> => tollgate("run", "--attach", "--results", runs.results);
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function arms(run: Run): string[] {
  return run.trials.map(({ block, scenario }) => `${block} ${scenario}`);
}

/** Trials that the driver kept for the command line that came. */
function kept(run: Run): number[] {
  return run.trials.flatMap(({ index, outcome }) =>
    outcome.state === "measured" && outcome.measurement.notes.some((note) => note.includes("the driver kept"))
      ? [index]
      : [],
  );
}

describe("a run whose command line is lost", () => {
  test("goes on where it was, the trial in progress included, and leaves nothing", { timeout: 300_000 }, async () => {
    const running = runs.start("--roads", "no-policy,l4,l7", ...LONG, "--blocks", "2");
    await running.heard(/\[\s*2\//, "stderr");
    const second = await attach();
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("being written by another process")]);
    await running.heard(/\[\s*3\//, "stderr");
    await wait(MID_WINDOW_MS);
    running.child.kill("SIGKILL");
    await running.ended;

    const { code, stderr } = await attach();
    expect([0, 5], stderr).toContain(code);
    const run = await runs.newest();
    expect(run.end?.state, stderr).toBe("complete");
    expect(kept(run), stderr).toEqual([3]);
    expect(new Set(arms(run)).size).toBe(6);
    for (const { index, outcome } of run.trials) {
      if (outcome.state !== "measured") throw new Error(`trial ${index}: ${outcome.message}`);
      const { books } = outcome.measurement;
      expect(books.totalSent, `trial ${index}`).toBe(books.totalEnded);
      expect(outcome.path.proof, `trial ${index}`).toMatchObject({ level: "exact" });
    }
    const begun = run.trials.map(({ startedAt }) => startedAt);
    expect(begun).toEqual([...begun].sort());
    expect(await runs.leftovers()).toEqual([]);
  });

  test("with its terminal goes on with the pods that were made for its block", { timeout: 300_000 }, async () => {
    const running = runs.start("--roads", "no-policy,l4", ...LONG, "--blocks", "2", "--restarts", "1");
    await running.heard(/\[\s*3\//, "stderr");
    await wait(MID_WINDOW_MS);
    running.child.kill("SIGHUP");
    await running.ended;
    expect((await runs.leftovers()).length).toBe(1);

    const { code, stderr } = await attach();
    expect([0, 5], stderr).toContain(code);
    expect(stderr).not.toContain("restarting");
    const run = await runs.newest();
    expect(run.end?.state, stderr).toBe("complete");
    expect(kept(run), stderr).toEqual([3]);
    expect([...new Set(run.trials.map(({ block, arrangement }) => `${block}/${arrangement}`))]).toEqual(["0/0", "1/1"]);
    expect(await runs.leftovers()).toEqual([]);
  });
});
