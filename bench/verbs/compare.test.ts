import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { syntheticRun, type SyntheticOptions } from "../../results/synthetic-run.js";
import { registerCompare } from "./compare.js";
import { verbBench } from "./verb.test-helper.js";

const bench = verbBench(registerCompare);
const small = (day: number, options: SyntheticOptions = {}) =>
  syntheticRun({
    ...{ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 6, callsPerTrial: 250, environment: "lab" },
    ...{ seed: day, begun: new Date(Date.UTC(2026, 10, day)) },
    ...options,
  });

test("two kept runs are compared in every form, by tag, by the beginning of an id, on stdout or into a file", async () => {
  await bench.keep(small(1, { tags: ["before"] }), small(2));
  const starts = { terminal: "before 20261101-", html: "<!doctype html>", markdown: "# tollgate", json: "{" };
  for (const [format, start] of Object.entries(starts)) {
    const { out, code } = await bench.tell("compare", "tag:before", "latest", "--format", format);
    expect([out.startsWith(start), code], format).toEqual([true, 0]);
  }
  expect((await bench.tell("compare", "20261101", "20261102", "--json")).out).toMatch(/^\{/);
  const file = join(bench.folder, "compare.html");
  expect((await bench.tell("compare", "tag:before", "latest", "--format", "html", "--output", file)).out).toBe("");
  expect(await readFile(file, "utf8")).toContain("not interleaved");
});

test("runs of different environments are refused, with exit code 2", async () => {
  await bench.keep(small(1), small(2, { environment: "cluster" }));
  const { out, err, code } = await bench.tell("compare", "20261101", "20261102");
  expect([out, code]).toEqual(["", 2]);
  expect(err).toMatch(/runs of different environments are never compared/);
});

test("a tag that no run has is named, and the nearest one too", async () => {
  await bench.keep(small(1, { tags: ["cilium-1.19"] }), small(2));
  const { err, code } = await bench.tell("compare", "tag:cilium-1.91", "latest");
  expect(code).toBe(2);
  expect(err).toMatch(/no ended run has the tag "cilium-1.91"[\s\S]*did you mean "tag:cilium-1.19"\?/);
});
