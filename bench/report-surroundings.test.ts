import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Run } from "../results/run-shape.js";
import { syntheticRun } from "../results/synthetic-run.js";
import { readSurroundings } from "./report-surroundings.js";

let results = "";
beforeEach(async () => {
  results = await mkdtemp(join(tmpdir(), "tollgate-around-"));
});
afterEach(() => rm(results, { recursive: true }));

const run = syntheticRun({ blocks: 1, callsPerTrial: 10, scenarios: ["no-policy"], passes: ["single"] });
const calibrated = (calibration: string): Run => ({ ...run, header: { ...run.header, calibration } });

test("a run's raw files stand beside it", async () => {
  await writeFile(join(results, "run.json"), "{}");
  const { files, calibration } = await readSurroundings(results, results, run);
  expect(files?.map(({ file }) => file)).toEqual(["run.json"]);
  expect(calibration).toBeNull();
});

test("a calibration that is gone, torn or of another shape keeps no report from being told", async () => {
  const folder = join(results, "calibrations");
  await mkdir(folder);
  for (const text of ["{", "{}", '{"schema": 99}']) {
    await writeFile(join(folder, "cal-1.json"), text);
    expect((await readSurroundings(results, results, calibrated("cal-1"))).calibration).toBeNull();
  }
  expect((await readSurroundings(results, results, calibrated("cal-2"))).calibration).toBeNull();
});
