import { appendFile, cp, mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault, renderFault } from "../loadgen/fault.js";
import { importRun } from "./import-run.js";
import { readIndex } from "./run-index.js";
import { readRun, RunStore } from "./run-store.js";
import { syntheticRun } from "./synthetic-run.js";

const run = syntheticRun({
  blocks: 2,
  scenarios: ["no-policy", "no-policy-again"],
  passes: ["single"],
  callsPerTrial: 50,
});
let root = "";
let ours = "";
let theirs = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "tollgate-import-"));
  ours = join(root, "ours");
  theirs = join(root, "theirs");
  const store = await RunStore.create(theirs, run.header);
  for (const trial of run.trials) await store.appendTrial(trial);
  await store.finish(run.end!);
  await cp(store.folder, join(root, "copied"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const copied = (...path: string[]): string => join(root, "copied", ...path);

async function refusal(): Promise<string> {
  return importRun(ours, copied()).then(
    () => "imported",
    (error: unknown) => (error instanceof Fault ? renderFault(error) : `not a fault: ${String(error)}`),
  );
}

describe("a run from another machine", () => {
  test("is as if it had been measured here", async () => {
    await writeFile(copied("secrets.txt"), "not part of the run");
    const { folder, alreadyHere } = await importRun(ours, copied());
    expect(alreadyHere).toBe(false);
    expect(await readRun(ours, "latest")).toEqual(await readRun(theirs, "latest"));
    expect((await readdir(folder)).sort()).toEqual(["events.ndjson", "run.json", "trials", "trials.csv"]);
    expect((await readIndex(ours)).entries).toEqual((await readIndex(theirs)).entries);
    expect(await readdir(join(ours, "runs"))).toEqual([run.header.id]);
  });

  test("may be given by its run.json", async () => {
    expect((await importRun(ours, copied("run.json"))).run.header.id).toBe(run.header.id);
  });

  test("is imported once", async () => {
    await importRun(ours, copied());
    expect((await importRun(ours, copied())).alreadyHere).toBe(true);
  });

  test("is not mixed with another of the same id", async () => {
    await importRun(ours, copied());
    const path = copied("run.json");
    await writeFile(path, (await readFile(path, "utf8")).replace("synthetic", "sympathic"));
    expect(await refusal()).toMatch(/not as it was measured/);
    const events = await readFile(copied("events.ndjson"), "utf8");
    await writeFile(copied("events.ndjson"), events.split("\n").slice(0, 1).join("\n") + "\n");
    expect(await refusal()).toMatch(/another run .* is here already/);
  });
});

describe("a damaged run", () => {
  test("is refused with what is damaged, and nothing is copied", async () => {
    const logs = await readdir(copied("trials"));
    await unlink(copied("trials", logs[0]!));
    await appendFile(copied("trials", logs[1]!), "x");
    const text = await refusal();
    expect(text).toMatch(/the run in .* is not as it was measured/);
    expect(text).toMatch(/is missing/);
    expect(text).toMatch(/was changed after it was written/);
    expect(await readdir(ours).catch(() => [])).toEqual([]);
  });

  test("by an edited number is refused", async () => {
    const path = copied("events.ndjson");
    await writeFile(path, (await readFile(path, "utf8")).replace('"gcAffectedCalls":0', '"gcAffectedCalls":1'));
    expect(await refusal()).toMatch(/events.ndjson was changed by hand/);
  });

  test("with an id that is no id of ours cannot choose where it is put", async () => {
    const path = copied("run.json");
    await writeFile(path, (await readFile(path, "utf8")).replace(run.header.id, "../../elsewhere"));
    expect(await refusal()).toMatch(/names no run of ours/);
  });

  test("that was only cut short is taken as it is", async () => {
    const path = copied("events.ndjson");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.slice(0, text.lastIndexOf('{"kind":"end"') - 20));
    const imported = await importRun(ours, copied());
    expect(imported.run.end).toBeNull();
    expect(imported.run.trials).toHaveLength(run.trials.length - 1);
    expect((await readIndex(ours)).entries).toEqual([]);
  });

  test("that is no run at all is refused", async () => {
    await unlink(copied("run.json"));
    expect(await refusal()).toMatch(/holds no run/);
  });
});
