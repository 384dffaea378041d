import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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

describe("the A/A floor", () => {
  test("is the larger end of the interval over the newest five runs", () => {
    const runs = [
      twin([0.01, 0.02, 0.03]),
      twin([0.04, 0.05, 0.06]),
      ...Array.from({ length: 3 }, () => twin([])),
      twin([9, 9, 9]),
    ];
    const [floor] = floorsOf(runs.map((one) => [one]));
    expect(floor).toMatchObject({ kind: "behind the proxy", pass: "single", metric: "service_p50", n: 6 });
    expect(floor!.fraction).toBeCloseTo(Math.expm1(0.06), 10);
  });

  test("looks at both ends", () => {
    expect(floorsOf([[twin([-0.05, -0.04, -0.03, -0.02, -0.01, 0.001])]])[0]!.fraction).toBeCloseTo(
      Math.expm1(0.05),
      10,
    );
  });

  test("needs six blocks, and takes the newest fifty", () => {
    expect(floorsOf([[twin([0.1, 0.1, 0.1, 0.1, 0.1])]])).toEqual([]);
    const many = floorsOf([[twin(new Array<number>(45).fill(0.01))], [twin(new Array<number>(45).fill(0.5))]]);
    expect(many[0]).toMatchObject({ n: 50 });
    expect(many[0]!.fraction).toBeLessThan(Math.expm1(0.5));
  });

  test("keeps cells apart", () => {
    const other: TwinRecord = { ...twin(new Array<number>(6).fill(0.02)), kind: "without proxy" };
    expect(
      floorsOf([[twin(new Array<number>(6).fill(0.01)), other]]).map(({ kind, fraction }) => [
        kind,
        fraction.toFixed(4),
      ]),
    ).toEqual([
      ["behind the proxy", "0.0101"],
      ["without proxy", "0.0202"],
    ]);
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
    const floors = await readEarlierFloors(dir, now);
    expect(floors.find((floor) => floor.metric === "service_p50")).toMatchObject({ kind: "without proxy", n: 20 });
  });
});
