/** The raw files of a run, each with the hash of what lies there now: what a report links to. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sealOf } from "./read-run-folder.js";
import { EVENTS_FILE, RUN_FILE, TRIALS_CSV } from "./run-folder.js";
import type { FileSeal } from "./run-record.js";
import { TRIALS_FOLDER } from "./trial-log.js";

/** In the order of a reader: what was asked, what happened, the rows, the histograms. Files that are missing are left out. */
export async function runFiles(folder: string): Promise<FileSeal[]> {
  const logs = await readdir(join(folder, TRIALS_FOLDER)).catch(() => []);
  const files = [RUN_FILE, EVENTS_FILE, TRIALS_CSV, ...logs.sort().map((log) => `${TRIALS_FOLDER}/${log}`)];
  const seals = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(join(folder, file)).catch(() => null);
      return bytes === null ? null : sealOf(file, bytes);
    }),
  );
  return seals.filter((seal) => seal !== null);
}
