import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readCalibration, type CalibrationRecord } from "../../results/calibration-record.js";
import { findFreshCalibration } from "../calibrate/record.js";
import type { CpuIdle } from "../cpu-idle.js";
import { readMachine } from "../lab/fingerprint.js";
import { serving, start, tollgate } from "./tollgate.test-helper.js";

const results = mkdtempSync(join(tmpdir(), "tollgate-calibrate-"));
afterAll(() => rmSync(results, { recursive: true }));

test("a quick calibration takes every reading, keeps its record, and is found by runs on this machine", async () => {
  const { code, stdout } = await tollgate("calibrate", "--quick", "--json", "--results", results);
  const record = JSON.parse(stdout) as CalibrationRecord;
  expect(code).toBe(record.state === "INVALID" ? 5 : 0);
  expect(await readCalibration(results, record.id)).toEqual(record);
  expect(record.floor.map(({ load }) => load)).toEqual([
    "1 in flight",
    "10 in flight",
    "poisson 1,000/s",
    "poisson 5,000/s",
  ]);
  expect(record.delays.map(({ delayNs }) => delayNs)).toEqual([0, 0.2e6, 1e6, 5e6, 20e6]);
  expect(record.reference.pairs + record.reference.dropped).toBe(6);
  expect(record.twin.pairs + record.twin.dropped).toBe(8);
  // However busy this machine is: the call that met the standstill waited for all of it, and others waited behind it.
  expect(record.stall.response.maxNs).toBeGreaterThanOrEqual(1e9);
  expect(record.stall.slowServices).toBeGreaterThanOrEqual(1);
  expect(record.stall.blockedCalls).toBeGreaterThan(100);
  const attached = await findFreshCalibration(results, readMachine(record.machine["cpu.idle"] as CpuIdle));
  expect(attached).toBe(record.state === "INVALID" ? null : record.id);
});

test("Ctrl-C keeps nothing of a calibration that is not whole", async () => {
  const calibration = start("calibrate", "--quick", "--results", join(results, "cut"));
  await calibration.heard(/the floor, 10 in flight/, "stderr");
  calibration.child.kill("SIGINT");
  const { code, stderr } = await calibration.ended;
  expect(code).toBe(130);
  expect(stderr).toContain("interrupted: a calibration is kept only when it is whole");
});

test("a cross-check at somebody's server tells what both transports said", async () => {
  const { address } = await serving();
  const told = await tollgate(
    "cross-check",
    "--target",
    address,
    "--pairs",
    "6",
    "--duration",
    "300ms",
    "--warmup",
    "100ms",
    "--json",
  );
  const json = JSON.parse(told.stdout) as {
    where: string;
    pairs: number;
    dropped: number;
    rows: { metric: string; lean_ns: number | null }[];
  };
  expect(json.where).toBe(address);
  expect(json.pairs + json.dropped).toBe(6);
  expect(json.rows.map(({ metric }) => metric)).toEqual(["service_p50", "service_p99", "client_cpu_per_call"]);
});
