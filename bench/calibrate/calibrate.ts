/**
 * The instrument on trial (METHOD §6), in its order: what it costs by itself, how small a difference it can see, how it
 * stands to grpc-js, and whether it tells known delays and a known standstill for what they are.
 */
import { DEFAULT_SERVICE } from "../../loadgen/server-protocol.js";
import { calibrationId, type CalibrationRecord, type CalibrationSettings } from "../../results/calibration-record.js";
import type { Fingerprint } from "../../results/run-shape.js";
import type { CalibrationBench } from "./calibration-bench.js";
import type { CalibrationExtent } from "./calibration-extent.js";
import { judgeCalibration } from "./judge-calibration.js";
import { measureDelays, measureStall } from "./measure-delays.js";
import { measureFloor } from "./measure-floor.js";
import { measureReference, measureTwin } from "./measure-twins.js";

export interface CalibrationRequest {
  readonly bench: CalibrationBench;
  readonly extent: CalibrationExtent;
  readonly machine: Fingerprint;
  readonly settings: CalibrationSettings;
  readonly createdAt: Date;
}

/** @throws Fault when a process fails; the bench's signal's reason when it is interrupted */
export async function calibrate({
  bench,
  extent,
  machine,
  settings,
  createdAt,
}: CalibrationRequest): Promise<CalibrationRecord> {
  const plain = await bench.withServer(DEFAULT_SERVICE, async (server) => ({
    floor: await measureFloor(bench, server, extent),
    twin: await measureTwin(bench, server, extent),
    reference: await measureReference(bench, server, extent),
  }));
  const delays = await measureDelays(bench, extent);
  const stall = await measureStall(bench, extent);
  const readings = { ...plain, delays, stall };
  return {
    schema: 1,
    id: calibrationId(machine, createdAt),
    createdAt: createdAt.toISOString(),
    machine,
    settings,
    ...readings,
    ...judgeCalibration(readings),
  };
}
