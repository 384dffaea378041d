import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { syntheticRun, type SyntheticOptions } from "../../results/synthetic-run.js";
import type { Run } from "../../results/run-shape.js";
import { registerGate } from "./gate.js";
import { verbBench } from "./verb.test-helper.js";

const env: NodeJS.ProcessEnv = {};
const bench = verbBench(registerGate, env);
const L7 = 215_000;

function lab(day: number, options: SyntheticOptions = {}): Run {
  return syntheticRun({
    ...{ scenarios: ["no-policy", "l4", "l7"], passes: ["single"], blocks: 8, callsPerTrial: 250, environment: "lab" },
    ...{ seed: day, begun: new Date(Date.UTC(2026, 10, day)), trialSd: 0.005 },
    ...options,
  });
}
const worse = { tolls: { l7: 1.5 * L7 } };

async function rules(text: string): Promise<string> {
  const file = join(bench.folder, "gates.yaml");
  await writeFile(file, text);
  return file;
}
const REGRESSION = "gates: [{ road: l7, metric: p50, against: baseline, max_regression: 10% }]\n";
const fence = (max: string): string => `gates: [{ road: l7, metric: p50, max: ${max} }]\n`;

test("passed ends with 0, broken with 3, and a wrong file with 2", async () => {
  await bench.keep(lab(1));
  expect(await bench.tell("gate", "--gates", await rules(fence("1ms")))).toMatchObject({ code: 0, err: "" });
  const broken = await bench.tell("gate", "latest", "--gates", await rules(fence("100us")));
  expect(broken.code).toBe(3);
  expect(broken.out).toMatch(/^✗ 1 of 1 gate broken/);
  const wrong = await bench.tell("gate", "--gates", await rules(fence("2 parsec")));
  expect([wrong.code, wrong.out]).toEqual([2, ""]);
  expect(wrong.err).toMatch(/gates.yaml:1:\d+: "2 parsec" is no limit/);
  expect((await bench.tell("gate", "--gates", "no-such.yaml")).err).toMatch(/--gates: no-such.yaml cannot be read/);
});

test("inconclusive ends with 0 and a loud sentence, and with 4 where a conclusion is required", async () => {
  await bench.keep(lab(1));
  const file = await rules(REGRESSION);
  const let_through = await bench.tell("gate", "--gates", file);
  expect(let_through.code).toBe(0);
  expect(let_through.out).toMatch(/1 gate is INCONCLUSIVE/);
  expect(let_through.out).toMatch(/there is no last stable run: no earlier run of the lab is kept here/);
  expect(await bench.tell("gate", "--gates", file, "--require-conclusive")).toMatchObject({ code: 4 });
});

test("a run without a valid trial ends with 5", async () => {
  const run = lab(1);
  const failed = run.trials.map((trial) => ({
    ...trial,
    outcome: { state: "failed" as const, stage: "connect" as const, message: "refused" },
  }));
  await bench.keep({ ...run, trials: failed });
  expect(await bench.tell("gate", "--gates", await rules(fence("1ms")))).toMatchObject({ code: 5 });
});

test("last-stable steps over the run that a gate broke on", async () => {
  await bench.keep(lab(1), lab(2, worse));
  const file = await rules(REGRESSION);
  const second = await bench.tell("gate", "20261102", "--gates", file);
  expect(second.code).toBe(3);
  expect(second.out).toMatch(/baseline {2}20261101-\S+ \(last-stable\)/);
  // Held against the run before it, the third one would pass.
  await bench.keep(lab(3, worse));
  const third = await bench.tell("gate", "latest", "--gates", file);
  expect(third.out).toMatch(/baseline {2}20261101-/);
  expect(third.code).toBe(3);
  const named = await bench.tell("gate", "latest", "--gates", file, "--baseline", "run:20261102");
  expect(named).toMatchObject({ code: 0, out: expect.stringMatching(/baseline {2}20261102-\S+ \(run:20261102\)/) });
});

test("a baseline may be a tag; one that does not exist is named with the nearest", async () => {
  await bench.keep(lab(1, { tags: ["cilium-1.19.3"] }), lab(2, worse));
  const file = await rules(REGRESSION);
  expect(await bench.tell("gate", "latest", "--gates", file, "--baseline", "tag:cilium-1.19.3")).toMatchObject({
    code: 3,
  });
  const wrong = await bench.tell("gate", "latest", "--gates", file, "--baseline", "tag:cilium-1.19.2");
  expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/did you mean "tag:cilium-1.19.3"\?/) });
  const bare = await bench.tell("gate", "latest", "--gates", file, "--baseline", "20261101");
  expect(bare).toMatchObject({ code: 2, err: expect.stringMatching(/try {7}--baseline run:20261101/) });
  const itself = await bench.tell("gate", "20261101", "--gates", file, "--baseline", "tag:cilium-1.19.3");
  expect(itself).toMatchObject({ code: 2, err: expect.stringMatching(/cannot be compared with itself/) });
});

test("CI is told in its own forms", async () => {
  await bench.keep(lab(1));
  const file = await rules(fence("100us"));
  const [junit, markdown] = [join(bench.folder, "gate.xml"), join(bench.folder, "summary.md")];
  await writeFile(markdown, "before\n");
  const forms = ["--junit", junit, "--markdown", markdown, "--annotations"];
  const told = await bench.tell("gate", "--gates", file, ...forms);
  expect(told.out).toMatch(/\n::error file=\S+gates.yaml,line=1,col=9,title=gate broken/);
  expect(await readFile(junit, "utf8")).toMatch(/^<\?xml[\s\S]*<failure/);
  expect(await readFile(markdown, "utf8")).toMatch(/^## ✗ tollgate/);
  env["GITHUB_STEP_SUMMARY"] = markdown;
  await bench.tell("gate", "--gates", file, "--markdown", markdown);
  delete env["GITHUB_STEP_SUMMARY"];
  expect((await readFile(markdown, "utf8")).match(/## ✗ tollgate/g)).toHaveLength(2);
});

test("--json leaves stdout to the machine, annotations go to stderr", async () => {
  await bench.keep(lab(1));
  const { out, err } = await bench.tell("gate", "--gates", await rules(fence("100us")), "--json", "--annotations");
  expect(JSON.parse(out)).toMatchObject({ outcome: "broken", exit_code: 3 });
  expect(err).toMatch(/^::error /);
});
