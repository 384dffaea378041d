/** Which calibration a run may lean on: the latest of the same machine and programs that is neither old nor broken. */
import { calibrationsOf, readCalibration } from "../../results/calibration-record.js";
import type { Fingerprint } from "../../results/run-shape.js";

/**
 * A week: kernel, Node and CPU are part of the fingerprint, so what can change unseen is the neighbourhood of a virtual
 * machine, which each trial watches for itself (steal).
 */
const FRESH_FOR_MS = 7 * 24 * 3600 * 1000;

export interface Freshness {
  readonly now?: Date;
  readonly maxAgeMs?: number;
}

/** Id of the record; null when there is no fresh one. Records that cannot be read are stepped over. */
export async function findFreshCalibration(
  resultsDir: string,
  fingerprint: Fingerprint,
  { now = new Date(), maxAgeMs = FRESH_FOR_MS }: Freshness = {},
): Promise<string | null> {
  for (const id of await calibrationsOf(resultsDir, fingerprint)) {
    const record = await readCalibration(resultsDir, id).catch(() => null);
    if (record === null) continue;
    const ageMs = now.getTime() - Date.parse(record.createdAt);
    return ageMs <= maxAgeMs && record.state !== "INVALID" ? id : null;
  }
  return null;
}
