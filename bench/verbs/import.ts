/**
 * `tollgate import`: takes the folder of a run that was measured elsewhere among our own, if it is whole.
 */
import type { Command } from "commander";
import { EXIT, type ExitCode } from "../../loadgen/fault.js";
import { tallyOf } from "../../results/compare-run.js";
import { importRun, type ImportedRun } from "../../results/import-run.js";
import type { Run } from "../../results/run-shape.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";

interface ImportFlags {
  readonly results: string;
  readonly json: boolean;
}

const EXAMPLES = `
Every file must be what its seal in the record says; nothing here is overwritten.

Examples:
  tollgate import ../from-the-cluster/20261123-183000-cluster-3f9c
  tollgate import /mnt/usb/runs/20261123-183000-lab-3f9c --results results`;

export function registerImport(program: Command, io: Io): void {
  program
    .command("import")
    .argument("<folder>", "the folder of a run, or its run.json")
    .description("take in a run that was measured on another machine")
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .option("--json", "what was found, for machines", false)
    .addHelpText("after", EXAMPLES)
    .action((folder: string, flags: ImportFlags) => guard(io, () => importFolder(folder, flags, io)));
}

async function importFolder(source: string, flags: ImportFlags, io: Io): Promise<ExitCode> {
  const imported = await importRun(flags.results, source);
  for (const warning of imported.run.warnings) io.stderr.write(`! ${warning}\n`);
  io.stdout.write(flags.json ? `${JSON.stringify(importJson(imported))}\n` : importText(imported));
  return EXIT.done;
}

function importText({ run, folder, alreadyHere }: ImportedRun): string {
  const { header } = run;
  const tally = tallyOf(run);
  const states = Object.entries(tally)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const trials = run.trials.length === 0 ? "no trial" : `${run.trials.length} trials: ${states.join(", ")}`;
  return [
    alreadyHere ? `${header.id} is here already, and the same: nothing was copied` : `${header.id} imported`,
    `  measured  ${header.createdAt}, ${header.environment}, tollgate ${header.tollgate}`,
    `  roads     ${header.scenarios.map(({ name }) => name).join(", ")}`,
    `  trials    ${trials}`,
    `  state     ${stateText(run)}`,
    ...(header.tags.length === 0 ? [] : [`  tags      ${header.tags.join(", ")}`]),
    `  folder    ${folder}`,
    `next        tollgate report ${header.id}`,
    "",
  ].join("\n");
}

function stateText({ end }: Run): string {
  if (end === null) return "without an end: cut short, and left out of history and floors";
  return end.message === null ? end.state : `${end.state}: ${end.message}`;
}

function importJson({ run, folder, alreadyHere }: ImportedRun): unknown {
  const { id, createdAt, environment, tollgate, tags } = run.header;
  return {
    run: { id, dir: folder, state: run.end?.state ?? "unfinished", created_at: createdAt, tags },
    already_here: alreadyHere,
    environment,
    tollgate,
    trials: tallyOf(run),
    warnings: run.warnings,
  };
}
