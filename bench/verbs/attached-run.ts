/**
 * `tollgate run --attach`: which stand in the cluster is meant, and which record it belongs to. Nothing is changed here,
 * neither in the cluster nor in the record.
 */
import { Fault } from "../../loadgen/fault.js";
import type { Run } from "../../results/run-shape.js";
import { listRuns, readRun, RunStore } from "../../results/run-store.js";
import { chooseStand, standAnew } from "../cluster/attach.js";
import { currentContext, openKubectl } from "../cluster/kubectl-command.js";
import type { Stand } from "../cluster/stand.js";
import type { Io } from "../io.js";

/**
 * @param named the run that is meant; null: the only one that stands
 * @throws Fault (usage) when none stands, or more than one does
 */
export async function standOf(
  flags: { readonly context?: string; readonly namespace?: string },
  named: string | null,
  io: Io,
): Promise<Stand> {
  const context = flags.context ?? (await currentContext(io.env));
  const kubectl = openKubectl({ context, namespace: flags.namespace ?? "default", env: io.env });
  return chooseStand(kubectl, flags.namespace ?? null, named);
}

/** @throws Fault when the record is not here, is another's, is complete, or is being written */
export async function recordOf(stand: Stand, resultsDir: string): Promise<Run> {
  const { record, plan } = stand;
  if (!(await listRuns(resultsDir)).some(({ id }) => id === record)) throw notHere(stand, resultsDir);
  const run = await readRun(resultsDir, record);
  const roads = plan.scenarios.map(({ name }) => name).sort();
  const recorded = run.header.scenarios.map(({ name }) => name).sort();
  if (roads.join() !== recorded.join()) {
    throw new Fault({
      fact: `what stands in the cluster and run ${record} do not belong together`,
      expected: `the roads ${recorded.join(", ")}`,
      seen: roads.join(", "),
      so: "nothing was touched",
      try: standAnew(stand),
    });
  }
  if (run.end?.state === "complete") {
    throw new Fault({
      fact: `run ${record} is complete: what stands is left over from it`,
      try: `tollgate clean --run ${plan.run}`,
    });
  }
  // Whoever still writes it has not lost it. Asked before the driver is, which cannot tell a stopped process from a lost one.
  await (await RunStore.open(resultsDir, record))[Symbol.asyncDispose]();
  return run;
}

function notHere({ record }: Stand, resultsDir: string): Fault {
  return new Fault({
    fact: `the record of the run that stands, ${record}, is not here`,
    expected: "the folder that its first trials were written to",
    seen: `${resultsDir} has no such run`,
    so: "nothing was touched",
    try: "--results FOLDER, on the machine that the run was begun on",
  });
}
