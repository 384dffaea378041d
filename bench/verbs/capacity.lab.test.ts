/** `tollgate capacity` as its user starts it: a search on two roads, its record, its plan, its interruption. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { latestRunId, readRun } from "../../results/run-store.js";
import { start, tollgate } from "./tollgate.test-helper.js";

let results: string;
beforeEach(async () => {
  results = await mkdtemp(join(tmpdir(), "tollgate-capacity-"));
});
afterEach(() => rm(results, { recursive: true, force: true }));

/** Few rates and short windows: these tests look at the order of things, not at figures. */
const SMALL = ["--max-rate", "800", "--slo", "p50<500ms", "--duration", "150ms", "--warmup", "50ms"];
const options = (): string[] => ["--results", results, "--lab-id", `capacity-test-${process.pid}`];

describe("tollgate capacity", () => {
  test("leaves a record of every point, a page, and a search that a plan can be made of", async () => {
    const searched = await tollgate("capacity", "no-policy", "l7", ...SMALL, ...options(), "--json");
    expect(searched.code, searched.stderr).toBe(0);
    const told = JSON.parse(searched.stdout) as {
      run: { id: string; dir: string };
      roads: { name: string; points: unknown[] }[];
    };
    expect(told.roads.map(({ name }) => name)).toEqual(["no-policy", "l7"]);
    const run = await readRun(results, told.run.id);
    expect(run.end?.state).toBe("complete");
    expect(run.trials.map(({ pass }) => pass)).toEqual(run.trials.map(() => "capacity"));
    expect(run.trials).toHaveLength(told.roads.reduce((sum, { points }) => sum + points.length, 0));
    expect(await readFile(join(told.run.dir, "report.html"), "utf8")).toContain("not a cluster size");

    const planned = await tollgate("capacity", "plan", "--peak", "2000", "--results", results);
    expect(planned.code, planned.stderr).toBe(0);
    expect(planned.stdout).toContain("Plan: peak 2,000/s");

    const refused = await tollgate("run", "--like", told.run.id, ...options());
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/is a capacity search[\s\S]*tollgate capacity/);
  });

  test("keeps what is done when it is interrupted, exits with 130, and goes on from there", async () => {
    const running = start("capacity", "no-policy", ...SMALL, ...options());
    await running.heard(/round +2/, "stderr");
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(130);
    const id = await latestRunId(results);
    const half = await readRun(results, id);
    expect(half.end?.state).toBe("interrupted");
    expect(half.trials.length).toBeGreaterThanOrEqual(2);
    const resumed = await tollgate("capacity", "--resume", ...options());
    expect(resumed.code, resumed.stderr).toBe(0);
    const whole = await readRun(results, id);
    expect(whole.end?.state).toBe("complete");
    expect(whole.trials.slice(0, half.trials.length).map(({ startedAt }) => startedAt)).toEqual(
      half.trials.map(({ startedAt }) => startedAt),
    );
  });

  test.each([
    [["no-policy", "l7-kernel"], /l7-kernel is experimental: no capacity is planned on it/],
    [["l8"], /there is no scenario "l8"/],
    [["l7", "--slo", "p9<10ms"], /--slo[\s\S]*p9[059]?<10ms/],
    [["l7", "--max-rate", "100"], /--max-rate 100: too few calls/],
    [["--resume"], /there is no capacity search/],
    [["plan"], /--peak/],
    [["plan", "--peak", "many"], /--peak many: not a rate/],
    [["plan", "--peak", "0"], /--peak 0: no calls at all/],
    [["plan", "--peak", "100", "--utilisation", "60"], /--utilisation 60%/],
    [["plan", "--peak", "100"], /there is no capacity search/],
  ])("refuses %j with the place and a way out, before anything is started", async (args, message) => {
    const { code, stderr } = await tollgate("capacity", ...args, "--results", results);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/standing up/);
  });
});
