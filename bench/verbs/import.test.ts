import { appendFile, cp, mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readIndex } from "../../results/run-index.js";
import { RunStore } from "../../results/run-store.js";
import { syntheticRun } from "../../results/synthetic-run.js";
import { registerImport } from "./import.js";
import { verbBench } from "./verb.test-helper.js";

const bench = verbBench(registerImport);
const RUN = syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 2, callsPerTrial: 60 });
let elsewhere = "";
let source = "";

beforeEach(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), "tollgate-elsewhere-"));
  await using store = await RunStore.create(join(elsewhere, "results"), RUN.header);
  for (const trial of RUN.trials) await store.appendTrial(trial);
  if (RUN.end !== null) await store.finish(RUN.end);
  source = join(elsewhere, "copy");
  await cp(store.folder, source, { recursive: true });
});
afterEach(() => rm(elsewhere, { recursive: true }));

const changed = async (file: string, change: (text: string) => string): Promise<void> =>
  writeFile(join(source, file), change(await readFile(join(source, file), "utf8")));

describe("tollgate import", () => {
  test("says what it found, and the run then counts as one of ours", async () => {
    const { out, code } = await bench.tell("import", source);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^${RUN.header.id} imported\n`));
    expect(out).toMatch(/roads {5}no-policy, l4\n.*trials {4}4 trials: 4 valid\n.*state {5}complete\n/);
    expect((await readIndex(bench.folder)).entries.map(({ id }) => id)).toEqual([RUN.header.id]);
  });

  test("overwrites nothing: the same run again is said, another of its id is refused", async () => {
    await bench.tell("import", source);
    expect((await bench.tell("import", source)).out).toMatch(/is here already, and the same/);
    expect((await readIndex(bench.folder)).entries).toHaveLength(1);
    await changed("events.ndjson", (text) => `${text.split("\n")[0]}\n`);
    await changed("run.json", (text) => text.replace("synthetic", "sympathic"));
    const { err, code } = await bench.tell("import", source);
    expect(err).toMatch(/another run .* is here already/);
    expect(code).toBe(1);
  });

  test("for machines it is one line of JSON", async () => {
    const { out } = await bench.tell("import", source, "--json");
    expect(JSON.parse(out)).toMatchObject({ already_here: false, trials: { valid: 4 }, run: { id: RUN.header.id } });
  });
});

describe("a run that is not as it was measured", () => {
  const refusals: readonly (readonly [string, () => Promise<void>, RegExp])[] = [
    [
      "with a log that is gone",
      async () => unlink(join(source, "trials", (await readdir(join(source, "trials")))[0] ?? "")),
      /is missing/,
    ],
    [
      "with a log that was edited",
      async () => appendFile(join(source, "trials", (await readdir(join(source, "trials")))[0] ?? ""), "x"),
      /was changed after it was written/,
    ],
    ["with an edited number", () => changed("events.ndjson", (text) => text.replace('"ok":60', '"ok":59')), /by hand/],
    [
      "of a newer version",
      () =>
        changed("run.json", (text) => text.replace('"schema": 1', '"schema": 9').replace('"schema":1', '"schema":9')),
      /newer|schema 9/,
    ],
    ["that is no run", () => rm(join(source, "run.json")), /holds no run/],
  ];

  test.each(refusals)("%s is refused with the reason, and nothing is copied", async (_, harm, reason) => {
    await harm();
    const { err, out, code } = await bench.tell("import", source);
    expect(err).toMatch(reason);
    expect(out).toBe("");
    expect(code).not.toBe(0);
    expect(await readdir(join(bench.folder, "runs")).catch(() => [])).toEqual([]);
  });

  test("but only cut short is taken in for what it is, with a warning of the torn line", async () => {
    await changed("events.ndjson", (text) => text.slice(0, text.lastIndexOf('{"kind":"end"') - 20));
    const { out, err } = await bench.tell("import", source);
    expect(out).toMatch(/3 trials: 3 valid\n.*state {5}without an end/);
    expect(err).toMatch(/^! /);
  });
});
