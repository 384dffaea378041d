/** Reads what a report tells beside the run's own record: its calibration and its raw files. */
import type { ReportSurroundings } from "../reports/run/report-model.js";
import { readCalibration } from "../results/calibration-record.js";
import { runFiles } from "../results/run-files.js";
import type { Run } from "../results/run-shape.js";

/**
 * A calibration that is gone or cannot be read is left out; the report then names its id alone.
 * @param resultsDir holds the calibrations
 * @param folder of the run
 */
export async function readSurroundings(
  resultsDir: string,
  folder: string,
  { header }: Run,
): Promise<ReportSurroundings> {
  const [calibration, files] = await Promise.all([
    header.calibration === null ? null : readCalibration(resultsDir, header.calibration).catch(() => null),
    runFiles(folder),
  ]);
  return { calibration, files };
}
