/**
 * Tells a run that has ended: its page and its JSON into the run's folder, the tables (or, for machines, the JSON) on
 * stdout, and the exit code that says how it ended.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, type ExitCode } from "../loadgen/fault.js";
import { renderHtml } from "../reports/run/html.js";
import { buildReport } from "../reports/run/report-model.js";
import { runJson } from "../reports/run/run-json.js";
import { renderTerminal } from "../reports/run/terminal.js";
import { compareRun } from "../results/compare-run.js";
import { readEarlierFloors } from "../results/floor.js";
import type { Run } from "../results/run-shape.js";
import { runFolder } from "../results/run-folder.js";
import type { Io } from "./io.js";
import { readSurroundings } from "./report-surroundings.js";

export interface TellOptions {
  readonly resultsDir: string;
  readonly json: boolean;
  /** Differences below this fraction are of no interest to the user. */
  readonly minEffect: number;
}

export async function tellRun(run: Run, options: TellOptions, io: Io): Promise<ExitCode> {
  const folder = runFolder(options.resultsDir, run.header.id);
  const [floors, around] = await Promise.all([
    readEarlierFloors(options.resultsDir, run),
    readSurroundings(options.resultsDir, folder, run),
  ]);
  const model = buildReport(run, compareRun(run, { minEffect: options.minEffect, floors }), around);
  const json = `${JSON.stringify(runJson(model, folder), null, 2)}\n`;
  const page = join(folder, "report.html");
  await Promise.all([
    writeFile(join(folder, "report.json"), json),
    writeFile(page, renderHtml(model, { folder: "." })),
  ]);
  io.stdout.write(options.json ? json : renderTerminal(model, { colour: io.colour, runFolder: folder, page }));
  return exitCodeOf(run, model.trials.valid + model.trials.suspect);
}

function exitCodeOf(run: Run, usable: number): ExitCode {
  if (run.end?.state === "interrupted") return EXIT.interrupted;
  if (run.end?.state === "failed") return EXIT.fault;
  return usable === 0 ? EXIT.invalid : EXIT.done;
}
