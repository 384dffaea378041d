import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { randomStream } from "../loadgen/random.js";
import type { TwinRecord } from "./comparison-shape.js";
import { nodeDisk } from "./disk.js";
import { floorsOf, readEarlierFloors } from "./floor.js";
import { indexRun, readIndex } from "./run-index.js";
import type { Run } from "./run-shape.js";
import { syntheticRun, type SyntheticOptions } from "./synthetic-run.js";

const twin = (differences: readonly number[]): TwinRecord => ({
  kind: "behind the proxy",
  pass: "single",
  method: "ProcessPayment",
  metric: "service_p50",
  differences,
});

/** Eight blocks around a centre, their interval about ±0.01 wide. */
const around = (centre: number): TwinRecord => twin([-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2].map((x) => centre + x / 100));

describe("the A/A floor", () => {
  test("is nothing where the blocks' own noise explains what the twins of earlier runs differ by", () => {
    const [floor] = floorsOf([0.004, -0.006, 0.002, 0.001].map((centre) => [around(centre)]));
    expect(floor).toEqual({
      kind: "behind the proxy",
      pass: "single",
      method: "ProcessPayment",
      metric: "service_p50",
      fraction: 0,
      runs: 4,
    });
  });

  test("does not grow because one run was noisy all over", () => {
    const noisy = twin([-0.9, 0.8, -0.5, 0.4, -0.2, 0.3, 0.7, -0.6]);
    const [quiet, withNoise] = [
      [0.03, -0.03, 0.03],
      [0.03, -0.03, 0.03, null],
    ].map((centres) => floorsOf(centres.map((centre) => [centre === null ? noisy : around(centre)]))[0]!.fraction);
    expect(quiet).toBeGreaterThan(0.03);
    expect(withNoise).toBeCloseTo(quiet!, 2);
  });

  test("is what 19 of 20 runs stay below when twins differ from run to run for no reason of their blocks", () => {
    const { normal } = randomStream(7);
    const earlier = Array.from({ length: 400 }, () => {
      const [shift, blocks] = [0.05 * normal(), Array.from({ length: 10 }, () => 0.02 * normal())];
      return twin(blocks.map((noise) => shift + noise));
    });
    const floors = Array.from(
      { length: 40 },
      (_, i) => floorsOf(earlier.slice(10 * i).map((one) => [one]))[0]!.fraction,
    );
    const mean = floors.reduce((sum, one) => sum + one, 0) / floors.length;
    expect(mean).toBeGreaterThan(0.08);
    expect(mean).toBeLessThan(0.12); // e^(1.96 · 0.05) − 1 = 0.103
  });

  test("sees a twin that is off in the same direction in every run", () => {
    const [floor] = floorsOf([0.05, 0.051, 0.049].map((centre) => [around(centre)]));
    expect(floor!.fraction).toBeGreaterThan(0.08);
  });

  test("needs three runs of six blocks, and takes the newest ten", () => {
    expect(floorsOf([[around(0.1)], [around(0.1)], [twin([0.1, 0.1, 0.1, 0.1, 0.1])]])).toEqual([]);
    const old = Array.from({ length: 5 }, () => [around(3)]);
    const [floor] = floorsOf([...Array.from({ length: 10 }, () => [around(0)]), ...old]);
    expect(floor).toMatchObject({ runs: 10, fraction: 0 });
  });

  test("keeps cells apart", () => {
    const other: TwinRecord = { ...around(0.1), kind: "without proxy" };
    const [behind, without] = floorsOf(Array.from({ length: 3 }, () => [around(0), other]));
    expect(behind).toMatchObject({ kind: "behind the proxy", fraction: 0 });
    expect(without).toMatchObject({ kind: "without proxy" });
    expect(without!.fraction).toBeGreaterThan(0.1);
  });
});

describe("the index", () => {
  let dir = "";
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "tollgate-index-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const run = (day: number, options: SyntheticOptions = {}): Run =>
    syntheticRun({
      seed: day,
      scenarios: ["no-policy", "no-policy-again", "l4"],
      passes: ["single"],
      callsPerTrial: 100,
      begun: new Date(Date.UTC(2026, 10, day)),
      ...options,
    });

  test("gives each ended run with its tolls and its twins, oldest first", async () => {
    await indexRun(dir, run(20), nodeDisk);
    await indexRun(dir, run(10), nodeDisk);
    const { entries, warnings } = await readIndex(dir);
    expect(warnings).toEqual([]);
    expect(entries.map((entry) => entry.createdAt.slice(0, 10))).toEqual(["2026-11-10", "2026-11-20"]);
    const [entry] = entries;
    expect(entry).toMatchObject({ state: "complete", environment: "scripted", trials: { valid: 30, suspect: 0 } });
    const toll = entry!.tolls.find((one) => one.candidate === "l4" && one.metric === "service_p50")!;
    expect(toll).toMatchObject({ baseline: "no-policy", n: 10, pass: "single", method: "ProcessPayment" });
    expect(toll.theta.low).toBeLessThan(Math.log(83 / 79));
    expect(toll.theta.high).toBeGreaterThan(Math.log(83 / 79));
    expect(entry!.twins.find((one) => one.metric === "service_p50")!.differences).toHaveLength(10);
  });

  test("takes the newest line of a run, and steps over torn ones", async () => {
    const first = run(10);
    await indexRun(dir, { ...first, end: { ...first.end!, state: "interrupted" } }, nodeDisk);
    await indexRun(dir, first, nodeDisk);
    const path = join(dir, "index.jsonl");
    await writeFile(path, `${await readFile(path, "utf8")}{"schema":1,"id":"torn`);
    await indexRun(dir, run(11), nodeDisk);
    const { entries, warnings } = await readIndex(dir);
    expect(entries.map((entry) => [entry.id, entry.state])).toEqual([
      [first.header.id, "complete"],
      [run(11).header.id, "complete"],
    ]);
    expect(warnings).toEqual(["line 3 of index.jsonl cannot be read: the run it is about is left out"]);
  });

  test("knows nothing of a run without an end, and is empty where there is no file", async () => {
    await indexRun(dir, { ...run(10), end: null }, nodeDisk);
    expect((await readIndex(dir)).entries).toEqual([]);
  });

  test("gives a run the floors of earlier runs of the same set-up only", async () => {
    const other = { fingerprint: { "kernel.release": "6.2.0" } };
    const now = run(20);
    expect(await readEarlierFloors(dir, now)).toEqual([]);
    await indexRun(dir, run(21), nodeDisk);
    await indexRun(dir, run(10, other), nodeDisk);
    await indexRun(dir, run(11, { environment: "lab" }), nodeDisk);
    await indexRun(dir, now, nodeDisk);
    expect(await readEarlierFloors(dir, now)).toEqual([]);
    await indexRun(dir, run(12), nodeDisk);
    await indexRun(dir, run(13), nodeDisk);
    expect(await readEarlierFloors(dir, now)).toEqual([]);
    await indexRun(dir, run(14), nodeDisk);
    const floors = await readEarlierFloors(dir, now);
    expect(floors.find((floor) => floor.metric === "service_p50")).toMatchObject({ kind: "without proxy", runs: 3 });
  });
});
