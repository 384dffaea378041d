/** A run may be named alike everywhere, and a wrong name is answered alike. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { capacityRun } from "../../results/capacity/capacity-run.test-helper.js";
import { syntheticRun } from "../../results/synthetic-run.js";
import type { Run } from "../../results/run-shape.js";
import type { Io } from "../io.js";
import { registerCapacity } from "./capacity.js";
import { registerCompare } from "./compare.js";
import { registerExport } from "./export.js";
import { registerGate } from "./gate.js";
import { registerReport } from "./report.js";
import { registerRun } from "./run.js";
import { registerTag } from "./tag.js";
import { verbBench } from "./verb.test-helper.js";

const VERBS = [
  registerCapacity,
  registerCompare,
  registerExport,
  registerGate,
  registerReport,
  registerRun,
  registerTag,
];
const bench = verbBench((program: Command, io: Io) => {
  for (const register of VERBS) register(program, io);
});

const small = (day: number, tag: string): Run =>
  syntheticRun({
    ...{ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 8, callsPerTrial: 60, environment: "lab" },
    ...{ seed: day, begun: new Date(Date.UTC(2026, 10, day)), tags: [tag] },
  });
const [before, after] = [small(1, "before-upgrade"), small(2, "after-upgrade")];
const search = ((): Run => {
  const run = capacityRun({ environment: "lab" });
  return { ...run, header: { ...run.header, tags: ["what-it-holds"] } };
})();

async function keepAll(): Promise<void> {
  await bench.keep(before, after, search);
  await writeFile(join(bench.folder, "gates.yaml"), "gates: [{ road: l4, metric: p50, max: 1s }]\n");
}

/** The words of each verb before and after the name of a run of blocks. */
const OF_BLOCKS: readonly (readonly [string, (name: string) => readonly string[], RegExp])[] = [
  ["report", (name) => ["report", name], new RegExp(before.header.id)],
  ["export", (name) => ["export", name, "--format", "benchfmt"], new RegExp(before.header.id)],
  ["compare, first", (name) => ["compare", name, after.header.id], new RegExp(`before +${before.header.id}`)],
  ["compare, second", (name) => ["compare", after.header.id, name], new RegExp(`after +${before.header.id}`)],
  [
    "gate",
    (name) => ["gate", name, "--gates", join(bench.folder, "gates.yaml")],
    new RegExp(`run +${before.header.id}`),
  ],
  ["tag", (name) => ["tag", name], /^before-upgrade\n$/],
  [
    "tag, with a further name",
    (name) => ["tag", name, "old"],
    new RegExp(`^${before.header.id} (is tagged|has the tag) old`),
  ],
  ["run --resume", (name) => ["run", "--resume", name], new RegExp(`run ${before.header.id} is complete`)],
];

describe.each(OF_BLOCKS)("%s", (_, words, answer) => {
  test("takes a run by its id, the beginning of one, its folder, or a tag", async () => {
    await keepAll();
    const folder = join(bench.folder, "runs", before.header.id);
    for (const name of [before.header.id, "20261101", folder, "tag:before-upgrade"]) {
      const { out, err } = await bench.tell(...words(name));
      expect(out + err, name).toMatch(answer);
    }
  });

  test("answers a tag that no run has, and one without its `tag:`, with the nearest", async () => {
    await keepAll();
    const unknown = await bench.tell(...words("tag:before-upgrad"));
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "tag:before-upgrade"?') });
    const bare = await bench.tell(...words("before-upgrade"));
    expect(bare).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "tag:before-upgrade"?') });
  });
});

test("a search is found by its tag, and `latest` of searches is the latest search", async () => {
  const later = small(30, "later");
  await bench.keep(search, later);
  for (const name of ["tag:what-it-holds", "latest", join(bench.folder, "runs", search.header.id)]) {
    const planned = await bench.tell("capacity", "plan", name, "--peak", "20000");
    expect(planned.out, planned.err).toContain(search.header.id);
  }
  const resumed = await bench.tell("capacity", "--resume", "tag:what-it-holds");
  expect(resumed.err).toContain(`search ${search.header.id} is complete`);
  const like = await bench.tell("run", "--like", "tag:what-it-holds");
  expect(like.err).toContain(`run ${search.header.id} is a capacity search`);
  const wrong = await bench.tell("capacity", "plan", "tag:what-it-hold", "--peak", "20000");
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "tag:what-it-holds"?') });
});

test("a run that lies elsewhere is read where it lies, and never written to", async () => {
  await keepAll();
  const folder = join(bench.folder, "elsewhere", "runs", before.header.id);
  await mkdir(join(folder, ".."), { recursive: true });
  await rename(join(bench.folder, "runs", before.header.id), folder);
  expect((await bench.tell("report", folder)).out).toContain(before.header.id);
  for (const words of [
    ["tag", folder, "old"],
    ["run", "--resume", folder],
  ]) {
    const { code, err } = await bench.tell(...words);
    expect(code, words[0]).toBe(2);
    expect(err).toMatch(/is not kept in [^]*try +--results \S+elsewhere, or tollgate import/);
  }
});

test("a tag whose run is gone means the newest one that is left", async () => {
  const again = small(3, "before-upgrade");
  await bench.keep(before, again);
  await rename(join(bench.folder, "runs", again.header.id), join(bench.folder, "gone"));
  expect((await bench.tell("report", "tag:before-upgrade")).out).toContain(before.header.id);
  expect((await bench.tell("tag")).out).toContain(before.header.id);
});

test("where nothing is kept, `latest` says how to get a run", async () => {
  for (const words of [["report"], ["report", "latest"], ["tag", "latest"], ["run", "--resume"]]) {
    const { code, err } = await bench.tell(...words);
    expect([code, err.includes("tollgate run, or --results FOLDER")], words.join(" ")).toEqual([2, true]);
  }
});
