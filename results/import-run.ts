/**
 * Brings the folder of a run that was measured elsewhere among our own, if it is whole: every file must be what its seal
 * in the record says.
 *
 * Easy to get wrong: a folder from elsewhere is not to be trusted with paths. Only files that the record names are
 * copied, and the record's schema lets no name out of the folder.
 */
import { copyFile, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EXIT, Fault } from "../loadgen/fault.js";
import { nodeDisk } from "./disk.js";
import { inspectRunFolder, type Inspection } from "./read-run-folder.js";
import { makeFolder } from "./make-folder.js";
import { EVENTS_FILE, RUN_FILE, runFolder, runsFolder, TRIALS_CSV } from "./run-folder.js";
import { isRunId } from "./run-id.js";
import { indexRun } from "./run-index.js";
import type { Run } from "./run-shape.js";
import { trialsCsv } from "./trials-csv.js";

export interface ImportedRun {
  readonly run: Run;
  readonly folder: string;
  /** The same run was here before; nothing was copied. */
  readonly alreadyHere: boolean;
}

/**
 * @param dir our results folder
 * @param source the folder of the run, or its run.json
 * @throws Fault when the run is damaged, or another one has its id
 */
export async function importRun(dir: string, source: string): Promise<ImportedRun> {
  const from = basename(source) === RUN_FILE ? dirname(resolve(source)) : resolve(source);
  const inspection = await inspectRunFolder(from);
  const { run } = inspection;
  refuseDamaged(from, inspection);
  const folder = runFolder(dir, run.header.id);
  if (await isSameRun(from, folder, run.header.id)) return { run, folder, alreadyHere: true };
  const draft = join(runsFolder(dir), `.import-${run.header.id}`);
  try {
    await makeFolder(join(draft, "trials"));
    for (const file of inspection.files) await copyFile(join(from, file), join(draft, file));
    await nodeDisk.put(join(draft, TRIALS_CSV), trialsCsv(run));
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await indexRun(dir, run, nodeDisk);
  return { run, folder, alreadyHere: false };
}

function refuseDamaged(from: string, { run, damage }: Inspection): void {
  if (!isRunId(run.header.id)) {
    throw new Fault({
      fact: `${join(from, RUN_FILE)} names no run of ours`,
      expected: "an id such as 20261123-183000-lab-3f9c",
      seen: JSON.stringify(run.header.id),
      exitCode: EXIT.usage,
    });
  }
  if (damage.length === 0) return;
  throw new Fault({
    fact: `the run in ${from} is not as it was measured`,
    expected: "every file as its seal in the record says",
    seen: damage.slice(0, 5).join("\n") + (damage.length > 5 ? `\nand ${damage.length - 5} more` : ""),
    so: "nothing was imported",
    try: "copy the folder again from where it was measured, with all of its files",
  });
}

/** @throws Fault when the folder holds another run */
async function isSameRun(from: string, folder: string, id: string): Promise<boolean> {
  const read = (file: string): Promise<string | null> => readFile(file, "utf8").catch(() => null);
  const ours = await read(join(folder, RUN_FILE));
  if (ours === null) return false;
  const [theirs, ourEvents, theirEvents] = await Promise.all([
    read(join(from, RUN_FILE)),
    read(join(folder, EVENTS_FILE)),
    read(join(from, EVENTS_FILE)),
  ]);
  // Tags are appended on either side: the shorter record is then the beginning of the longer one.
  if (ours === theirs && (ourEvents ?? "").startsWith(theirEvents ?? "")) return true;
  throw new Fault({
    fact: `another run ${id} is here already`,
    expected: `no run of that id in ${dirname(folder)}, or the very same one`,
    so: "nothing was imported",
    try: `move ${folder} away first`,
  });
}
