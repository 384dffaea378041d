/**
 * `tollgate run` as its user starts it: a process, flags, an exit code, a folder of results.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { programPath } from "../../proto/package-root.js";
import { latestRunId, listRuns, readRun } from "../../results/run-store.js";

const SMALL = ["--blocks", "1", "--duration", "100ms", "--warmup", "50ms"];
const QUICKEST = ["--roads", "no-policy,l7", "--passes", "single,refused", ...SMALL];

let results: string;
beforeEach(async () => {
  results = await mkdtemp(join(tmpdir(), "tollgate-run-"));
});
afterEach(() => rm(results, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command; `onLine` sees each line of stderr and may end the process. */
function tollgate(args: readonly string[], onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void) {
  const child = spawn(
    process.execPath,
    [programPath("bench/main"), "run", "--results", results, "--lab-id", labId(), ...args],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const line of text.split("\n")) onLine?.(line, (signal) => child.kill(signal));
  });
  return new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

/** Of this test process alone, so that a lab of somebody else is not in the way. */
const labId = (): string => `run-test-${process.pid}`;

interface RunJson {
  run: { id: string; dir: string };
  environment: string;
  roads: { name: string }[];
  trials: { valid: number; suspect: number; invalid: number };
  comparisons: Record<string, unknown>[];
  refusals: { road: string; method: string; status: string; count: number }[];
  warnings: string[];
}

describe("tollgate run", () => {
  test("prints the agreed JSON on stdout and leaves a page and a record", async () => {
    const { code, stdout, stderr } = await tollgate([...QUICKEST, "--json", "--seed", "7"]);
    expect(code, stderr).toBe(0);
    const told = JSON.parse(stdout) as RunJson;
    expect(told.environment).toBe("lab");
    expect(told.roads.map(({ name }) => name)).toEqual(["no-policy", "l7"]);
    expect(told.comparisons[0]).toMatchObject({
      candidate: expect.any(String),
      baseline: expect.any(String),
      method: "ProcessPayment",
      load: "closed",
      metric: expect.stringMatching(/^(service|response|call)_p|cpu_per_call$/),
      n: expect.any(Number),
      suspect: expect.any(Number),
      verdict: "inconclusive",
    });
    expect(told.refusals).toContainEqual(
      expect.objectContaining({ road: "l7", method: "IssueRefund", status: "PERMISSION_DENIED" }),
    );
    expect(await readFile(join(told.run.dir, "report.html"), "utf8")).toContain(told.run.id);
    const run = await readRun(results, told.run.id);
    expect(run.header.design.seed).toBe(7);
    expect(run.end?.state).toBe("complete");
  });

  test("accounts for every call on every road, by number, at the client, the server and Envoy", async () => {
    const { code, stderr } = await tollgate(["--passes", "single,mix", ...SMALL, "--rate", "200"]);
    expect(code, stderr).toBe(0);
    const run = await readRun(results, await latestRunId(results));
    expect(new Set(run.trials.map((trial) => trial.scenario)).size).toBe(9);
    for (const { scenario, outcome } of run.trials) {
      expect(outcome.state, scenario).toBe("measured");
      if (outcome.state !== "measured") continue;
      expect(outcome.path.proof, scenario).toMatchObject({ level: "exact", contradictions: [] });
      const sent = outcome.measurement.books.totalSent;
      const served = (counters: Readonly<Record<string, number>>) => Object.values(counters).reduce((a, b) => a + b, 0);
      expect(served(outcome.path.after.server.calls) - served(outcome.path.before.server.calls), scenario).toBe(sent);
    }
  });

  test("keeps what is done when it is interrupted, exits with 130, and goes on from there", async () => {
    let trials = 0;
    const interrupted = await tollgate(QUICKEST, (line, kill) => {
      if (line.startsWith("[") && ++trials === 2) kill("SIGINT");
    });
    expect(interrupted.code, interrupted.stderr).toBe(130);
    const id = await latestRunId(results);
    const half = await readRun(results, id);
    expect(half.end?.state).toBe("interrupted");
    expect(half.trials.length).toBeGreaterThanOrEqual(2);

    const resumed = await tollgate(["--resume"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const whole = await readRun(results, id);
    expect(whole.end?.state).toBe("complete");
    expect(whole.trials.slice(0, half.trials.length).map((trial) => trial.startedAt)).toEqual(
      half.trials.map((trial) => trial.startedAt),
    );
  });

  test.each([
    ["the roads stand up", "standing up", false],
    ["the idle machine is read", "reading the idle machine", false],
    ["a rate is looked for", "finding a rate", false],
    ["the roads are tried", "trying every road", true],
    ["a trial runs", "[1/", true],
  ])(
    "exits with 130 when it is interrupted while %s, and goes on where there is a record",
    async (_, stage, isKept) => {
      let seen = false;
      const passes = ["--roads", "no-policy,l4", "--passes", "single,mix", ...SMALL];
      const interrupted = await tollgate(passes, (line, kill) => {
        if (seen || !line.startsWith(stage)) return;
        seen = true;
        setTimeout(() => kill("SIGINT"), 30);
      });
      expect(interrupted.code, interrupted.stderr).toBe(130);
      expect(interrupted.stderr).not.toMatch(/bug in tollgate/);
      if (!isKept) {
        expect(interrupted.stderr).toContain("tollgate: interrupted before anything was measured");
        return expect(await listRuns(results)).toEqual([]);
      }
      const resumed = await tollgate(["--resume"]);
      expect(resumed.code, resumed.stderr).toBe(0);
      const { probes, trials, end } = await readRun(results, await latestRunId(results));
      expect(end?.state).toBe("complete");
      expect(trials.length).toBeGreaterThanOrEqual(4); // a void one is tried again
      const tried = probes.map(({ scenario, caller, method }) => `${scenario} ${caller} ${method}`);
      expect(tried.sort()).toEqual([...new Set(tried)].sort());
      expect(new Set(probes.map(({ scenario }) => scenario))).toEqual(new Set(["no-policy", "l4"]));
    },
  );

  test("can be resumed after a SIGKILL in the middle of a trial", async () => {
    let trials = 0;
    const killed = await tollgate(QUICKEST, (line, kill) => {
      if (line.startsWith("[") && ++trials === 2) kill("SIGKILL");
    });
    expect(killed.code).toBeNull();
    const resumed = await tollgate(["--resume"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const whole = await readRun(results, await latestRunId(results));
    expect(whole.end?.state).toBe("complete");
  });

  test("keeps what is done when the disk is full, says so, and goes on once there is room", async () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", results]);
    try {
      let trials = 0;
      const filler = join(results, "filler");
      const full = await tollgate(QUICKEST, (line) => {
        // Nobody else writes there: what is left is taken at once.
        if (line.startsWith("[") && ++trials === 1) spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4k"]);
      });
      expect(full.code, full.stderr).toBe(1);
      expect(full.stderr).toMatch(/ENOSPC|no space left/i);
      expect(full.stderr).not.toMatch(/bug in tollgate/);
      await rm(filler);
      const half = await readRun(results, await latestRunId(results));
      expect(half.trials.length).toBeGreaterThanOrEqual(1);
      const resumed = await tollgate(["--resume"]);
      expect(resumed.code, resumed.stderr).toBe(0);
      const whole = await readRun(results, half.header.id);
      expect(whole.end?.state).toBe("complete");
      expect(whole.trials[0]?.startedAt).toBe(half.trials[0]?.startedAt);
    } finally {
      execFileSync("umount", ["--lazy", results]);
    }
  });

  test("repeats the design of an earlier run exactly", async () => {
    await tollgate([...QUICKEST, "--seed", "11", "--transport", "grpc-js"]);
    const first = await readRun(results, await latestRunId(results));
    const { code, stderr } = await tollgate(["--like", first.header.id, "--tag", "again"]);
    expect(code, stderr).toBe(0);
    const second = await readRun(results, await latestRunId(results));
    expect(second.header.id).not.toBe(first.header.id);
    expect(second.header.design).toEqual(first.header.design);
    expect([first, second].map(({ header }) => [header.design.transport, header.fingerprint["transport"]])).toEqual([
      ["grpc-js", "grpc-js"],
      ["grpc-js", "grpc-js"],
    ]);
    expect(second.header.tags).toEqual(["again"]);
  });

  test.each([
    [["--roads", "l8"], /there is no scenario "l8"/],
    [["--block", "3"], /--blocks/],
    [["--duration", "5 parsecs"], /--duration/],
    [["--passes", "singel"], /single/],
    [["--tag", "last-stable"], /"last-stable" cannot be a tag[^]*tollgate run --tag before-upgrade/],
    [["--resume", "no-such-run"], /no-such-run/],
    [["--like", "latest", "--blocks", "20"], /--blocks and --like do not go together/],
    [["--resume", "--transport", "grpc-js"], /--transport and --resume do not go together/],
    [["--resume", "--like", "latest"], /--like and --resume do not go together/],
  ])("refuses %j with the place and a way out, before anything is started", async (args, message) => {
    const { code, stderr } = await tollgate(args);
    expect([1, 2]).toContain(code);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/standing up/);
  });
});
