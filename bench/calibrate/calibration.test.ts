import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  calibrationId,
  keepCalibration,
  machineDigest,
  readCalibration,
  type CalibrationRecord,
  type FloorLine,
  type KeptDifference,
} from "../../results/calibration-record.js";
import { renderCalibration } from "./calibration-text.js";
import { delayTolerance, expectedInStall, judgeCalibration, type Readings } from "./judge-calibration.js";
import { findFreshCalibration } from "./record.js";

const MACHINE = {
  tollgate: "0.1.0",
  node: "20.20.2",
  kernel: "6.1.0",
  cpu: "AMD EPYC",
  cpus: "2",
  "cpu.virtual": "yes",
  "cpu.mitigations": "unknown",
  "cgroup.cpu": "unknown",
  clocksource: "tsc",
};

const difference = (firstNs: number, factor: number): KeptDifference => ({
  firstNs,
  secondNs: firstNs * factor,
  absoluteNs: { estimate: firstNs * (factor - 1), low: firstNs * (factor - 1.05), high: firstNs * (factor - 0.95) },
  ratio: { estimate: factor, low: factor - 0.05, high: factor + 0.05 },
  confidence: 0.961,
  n: 8,
});

const FLOOR: FloorLine = {
  load: "1 in flight",
  rate: null,
  calls: 40_000,
  callsPerSecond: 20_000,
  serviceP50Ns: 24_000,
  serviceP99Ns: 61_000,
  responseP50Ns: null,
  responseP99Ns: null,
  latenessP50Ns: null,
  latenessP99Ns: null,
  clientCpuNs: 11_000,
  gapDistance: null,
  state: "VALID",
  reasons: [],
};
const OPEN: FloorLine = {
  ...FLOOR,
  load: "poisson 1,000/s",
  rate: 1000,
  calls: 2000,
  responseP50Ns: 31_000,
  responseP99Ns: 90_000,
  latenessP50Ns: 2000,
  latenessP99Ns: 40_000,
  gapDistance: 0.012,
};

const READINGS: Readings = {
  floor: [FLOOR, OPEN, { ...OPEN, load: "poisson 20,000/s", rate: 20_000, state: "INVALID", reasons: ["late"] }],
  delays: [0, 200_000, 20e6].map((delayNs) => ({
    delayNs,
    calls: 400,
    reportedResponseNs: delayNs + 8000,
    reportedServiceNs: delayNs + 7000,
    toleranceNs: delayTolerance(delayNs),
  })),
  stall: {
    stallNs: 1e9,
    windowNs: 4e9,
    rate: 200,
    toleranceNs: 50e6,
    calls: 800,
    response: { p50Ns: 120_000, p90Ns: 0.61e9, p99Ns: 0.965e9, maxNs: 1.0004e9 },
    expected: expectedInStall(1e9, 4e9),
    serviceP99Ns: 150_000,
    slowServices: 1,
    blockedCalls: 200,
  },
  reference: {
    load: "poisson 200/s",
    pairs: 8,
    dropped: 0,
    serviceP50: difference(40_000, 8),
    clientCpu: difference(15_000, 20),
  },
  twin: { load: "1 in flight", pairs: 10, dropped: 0, serviceP50: difference(24_000, 1), smallestDetectable: 0.012 },
};

const judged = (changes: Partial<Readings>) => judgeCalibration({ ...READINGS, ...changes });
const brokenIn = (changes: Partial<Readings>): string[] =>
  judged(changes)
    .checks.filter(({ state }) => state === "broken")
    .map(({ name }) => name);

describe("the verdict on a calibration", () => {
  test("is VALID when everything known was told for what it is", () => {
    expect(judged({})).toMatchObject({ state: "VALID" });
    expect(judged({}).checks.every(({ state }) => state === "kept")).toBe(true);
  });

  test("a delay outside its tolerance breaks it, in response and in service alike", () => {
    const [zero, small, large] = READINGS.delays;
    expect(brokenIn({ delays: [zero!, { ...small!, reportedResponseNs: 251_000 }, large!] })).toEqual([
      "delay of 200 µs",
    ]);
    expect(brokenIn({ delays: [zero!, small!, { ...large!, reportedServiceNs: 19.5e6 }] })).toEqual([
      "delay of 20.0 ms",
    ]);
    expect(brokenIn({ delays: [{ ...zero!, reportedServiceNs: null }] })).toEqual(["delay of 0 µs"]);
  });

  test("the tolerance of a delay is 50 µs or 2 %", () => {
    expect([0, 200_000, 5e6, 20e6].map(delayTolerance)).toEqual([50_000, 50_000, 100_000, 400_000]);
  });

  test("a stall that is missing from response breaks it: what a closed-loop generator would show", () => {
    const omitted = { ...READINGS.stall, response: { p50Ns: 120_000, p90Ns: 150_000, p99Ns: 200_000, maxNs: 1e9 } };
    expect(brokenIn({ stall: omitted })).toEqual(["stall of 1.00 s in response"]);
  });

  test("a stall that the service of later calls is blamed for breaks it", () => {
    expect(brokenIn({ stall: { ...READINGS.stall, slowServices: 100, serviceP99Ns: 0.9e9 } })).toEqual([
      "stall of 1.00 s in service",
    ]);
    expect(brokenIn({ stall: { ...READINGS.stall, slowServices: 0 } })).toEqual(["stall of 1.00 s in service"]);
  });

  test("what a stall must look like follows from its share of the window", () => {
    expect(expectedInStall(1e9, 4e9)).toEqual({
      p50Ns: 0,
      p90Ns: 0.6e9,
      p99Ns: 0.96e9,
      maxNs: 1e9,
    });
    // A third of the calls is hit: p90 sits at 1 − 0.1/(1/3) = 70 % of it.
    expect(expectedInStall(1e9, 3e9).p90Ns).toBeCloseTo(0.7e9, -3);
  });

  test("the highest rates may be beyond this machine, the bare call may not", () => {
    expect(judged({}).checks[0]).toMatchObject({ state: "kept", seen: "open loops are believed up to 1,000/s" });
    expect(brokenIn({ floor: [{ ...FLOOR, state: "INVALID" }, OPEN] })).toEqual(["floor"]);
    expect(brokenIn({ floor: [FLOOR, { ...OPEN, state: "INVALID" }] })).toEqual(["floor"]);
  });

  test("gaps that are not as asked, a cheaper reference and a twin told apart are doubts", () => {
    expect(judged({ floor: [FLOOR, { ...OPEN, gapDistance: 0.2 }] }).state).toBe("SUSPECT");
    expect(judged({ reference: { ...READINGS.reference, serviceP50: difference(40_000, 0.5) } }).state).toBe("SUSPECT");
    expect(judged({ twin: { ...READINGS.twin, serviceP50: difference(24_000, 1.2) } }).state).toBe("SUSPECT");
    expect(judged({ twin: { ...READINGS.twin, serviceP50: null } }).state).toBe("SUSPECT");
  });
});

const CREATED = new Date("2026-11-23T18:30:00.000Z");
const RECORD: CalibrationRecord = {
  schema: 1,
  id: calibrationId(MACHINE, CREATED),
  createdAt: CREATED.toISOString(),
  machine: MACHINE,
  settings: { quick: false, seed: 7, generatorCpus: "0", serverCpus: "1", place: "loopback", idle: "auto" },
  ...READINGS,
  ...judgeCalibration(READINGS),
};

test("a person reads the floor, the pairs, the delays, the checks and the verdict", () => {
  expect(renderCalibration(RECORD, { colour: false, file: "results/calibration/x.json" })).toMatchInlineSnapshot(`
    "AMD EPYC, 2 CPUs, Linux 6.1.0, Node 20.20.2, tollgate 0.1.0
    generator on CPU 0, server on CPU 1, loopback, seed 7

    A server that answers at once
    load               calls  service p50      p99  response p50      p99  late p50      p99  CPU/call   gaps
    1 in flight       40,000      24.0 µs  61.0 µs                                             11.0 µs         VALID
    poisson 1,000/s    2,000      24.0 µs  61.0 µs       31.0 µs  90.0 µs   2.00 µs  40.0 µs   11.0 µs  0.012  VALID
    poisson 20,000/s   2,000      24.0 µs  61.0 µs       31.0 µs  90.0 µs   2.00 µs  40.0 µs   11.0 µs  0.012  INVALID

    lean beside itself, 1 in flight, 10 pairs: differences from 1.20 % on are seen (288 ns of 24.0 µs)
    grpc-js − lean, poisson 200/s, 8 pairs: service p50 +280 µs [278, 282], ×8.00 [7.95, 8.05]
      client CPU per call +285 µs [284, 286], ×20.0 [19.9, 20.1]

    Known delays, above the floor
    true     calls  in response  in service  tolerance
    0 µs       400      8.00 µs     7.00 µs  ± 50.0 µs
    200 µs     400       208 µs      207 µs  ± 50.0 µs
    20.0 ms    400      20.0 ms     20.0 ms   ± 400 µs

    Checks
    ✓ floor: open loops are believed up to 1,000/s
    ✓ send gaps: 0.012 at worst
    ✓ delay of 0 µs: 8.00 µs in response, 7.00 µs in service
    ✓ delay of 200 µs: 208 µs in response, 207 µs in service
    ✓ delay of 20.0 ms: 20.0 ms in response, 20.0 ms in service
    ✓ stall of 1.00 s in response: p50 120 µs, p90 610 ms, p99 965 ms, max 1.00 s
    ✓ stall of 1.00 s in service: 1 slow, p99 150 µs
    ✓ reference: 280 µs more [278 µs, 282 µs] at p50
    ✓ A/A: 0.00 % [−5.00 %, 5.00 %] at p50

    verdict  VALID
    record   results/calibration/x.json
    "
  `);
});

describe("kept calibrations", () => {
  const dir = mkdtempSync(join(tmpdir(), "tollgate-calibration-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const days = (count: number): Date => new Date(CREATED.getTime() + count * 24 * 3600 * 1000);
  const keepAt = (date: Date, changes: Partial<CalibrationRecord> = {}) =>
    keepCalibration(dir, { ...RECORD, id: calibrationId(MACHINE, date), createdAt: date.toISOString(), ...changes });

  test("come back as they were", async () => {
    expect(await keepAt(CREATED)).toBe(join(dir, "calibration", `${RECORD.id}.json`));
    expect(await readCalibration(dir, RECORD.id)).toEqual(RECORD);
  });

  test("are attached while fresh, and only on the same machine and programs", async () => {
    expect(await findFreshCalibration(dir, MACHINE, { now: days(1) })).toBe(RECORD.id);
    expect(await findFreshCalibration(dir, { ...MACHINE, "lab.placement": "other" }, { now: days(1) })).toBe(RECORD.id);
    expect(await findFreshCalibration(dir, MACHINE, { now: days(8) })).toBeNull();
    expect(await findFreshCalibration(dir, MACHINE, { now: days(8), maxAgeMs: 9 * 24 * 3600 * 1000 })).toBe(RECORD.id);
    expect(await findFreshCalibration(dir, { ...MACHINE, kernel: "6.2.0" }, { now: days(1) })).toBeNull();
    expect(await findFreshCalibration(join(dir, "nowhere"), MACHINE, { now: days(1) })).toBeNull();
  });

  test("the latest counts: one that told something wrongly is not covered up by an older good one", async () => {
    await keepAt(days(2), { state: "INVALID" });
    expect(await findFreshCalibration(dir, MACHINE, { now: days(3) })).toBeNull();
    await keepAt(days(3));
    expect(await findFreshCalibration(dir, MACHINE, { now: days(3) })).toBe(calibrationId(MACHINE, days(3)));
  });

  test("a record that cannot be read is stepped over, and told when asked for by name", async () => {
    mkdirSync(join(dir, "calibration"), { recursive: true });
    const id = calibrationId(MACHINE, days(5));
    writeFileSync(join(dir, "calibration", `${id}.json`), "{");
    expect(await findFreshCalibration(dir, MACHINE, { now: days(5) })).toBe(calibrationId(MACHINE, days(3)));
    await expect(readCalibration(dir, id)).rejects.toThrow(`the calibration ${id} cannot be read`);
  });

  test("a machine of which a fact is missing matches none", () => {
    const { kernel: _, ...rest } = MACHINE;
    expect(machineDigest(rest)).toBeNull();
  });
});
