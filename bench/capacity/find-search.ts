/** The kept capacity search that a person means: named, or the latest one there is. */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { Run } from "../../results/run-shape.js";
import { listRuns, readRun } from "../../results/run-store.js";
import { capacityPassOf, type CapacityPass } from "./search-design.js";

export interface KeptSearch {
  readonly run: Run;
  readonly pass: CapacityPass;
}

/**
 * @param name of the run, the beginning of its id, its folder; undefined: the latest capacity search
 * @throws Fault when there is none, or the run that was named is something else
 */
export async function findSearch(resultsDir: string, name: string | undefined): Promise<KeptSearch> {
  const run = await readRun(resultsDir, name ?? (await latestSearchId(resultsDir)));
  const pass = capacityPassOf(run.header.design);
  if (pass !== null) return { run, pass };
  throw new Fault({
    fact: `run ${run.header.id} is no capacity search`,
    expected: "a run of tollgate capacity",
    seen: `passes ${run.header.design.passes.map((one) => one.name).join(", ")}`,
    try: "tollgate capacity plan, for the latest search, or tollgate capacity, for a new one",
    exitCode: EXIT.usage,
  });
}

async function latestSearchId(resultsDir: string): Promise<string> {
  const runs = await listRuns(resultsDir);
  const latest = runs.findLast(({ header }) => header !== null && capacityPassOf(header.design) !== null);
  if (latest !== undefined) return latest.id;
  throw new Fault({
    fact: `there is no capacity search in ${resultsDir}`,
    seen: runs.length === 0 ? "no runs at all" : `${runs.length} runs of other kinds`,
    try: "tollgate capacity, or --results FOLDER if they lie elsewhere",
    exitCode: EXIT.usage,
  });
}
