/** The kept capacity search that a person means: named, or the latest one there is. */
import { EXIT, Fault } from "../../loadgen/fault.js";
import { folderOfNamedRun } from "../../results/named-run.js";
import { readRunFolder } from "../../results/read-run-folder.js";
import { runFolder } from "../../results/run-folder.js";
import type { Run } from "../../results/run-shape.js";
import { listRuns } from "../../results/run-store.js";
import { capacityPassOf, type CapacityPass } from "./search-design.js";

export interface KeptSearch {
  readonly run: Run;
  readonly folder: string;
  readonly pass: CapacityPass;
}

/**
 * @param name what may stand for a run; undefined or `latest`: the latest capacity search, whatever came after it
 * @throws Fault when there is none, or the run that was named is something else
 */
export async function findSearch(resultsDir: string, name: string | undefined): Promise<KeptSearch> {
  const isLatest = name === undefined || name === "latest";
  const folder = await (isLatest ? latestSearch(resultsDir) : folderOfNamedRun(resultsDir, name));
  const run = await readRunFolder(folder);
  const pass = capacityPassOf(run.header.design);
  if (pass !== null) return { run, folder, pass };
  throw new Fault({
    fact: `run ${run.header.id} is no capacity search`,
    expected: "a run of tollgate capacity",
    seen: `passes ${run.header.design.passes.map((one) => one.name).join(", ")}`,
    try: "tollgate capacity plan, for the latest search, or tollgate capacity, for a new one",
    exitCode: EXIT.usage,
  });
}

async function latestSearch(resultsDir: string): Promise<string> {
  const runs = await listRuns(resultsDir);
  const latest = runs.findLast(({ header }) => header !== null && capacityPassOf(header.design) !== null);
  if (latest !== undefined) return runFolder(resultsDir, latest.id);
  throw new Fault({
    fact: `there is no capacity search in ${resultsDir}`,
    seen: runs.length === 0 ? "no runs at all" : `${runs.length} runs of other kinds`,
    try: "tollgate capacity, or --results FOLDER if they lie elsewhere",
    exitCode: EXIT.usage,
  });
}
