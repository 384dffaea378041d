/**
 * Tells a search that has ended: its page and its JSON into the run's folder, the tables (or, for machines, the JSON) on
 * stdout, and the exit code that says how it ended.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, type ExitCode } from "../../loadgen/fault.js";
import { renderCapacityHtml } from "../../reports/capacity/capacity-html.js";
import { capacityJson } from "../../reports/capacity/capacity-json.js";
import { buildCapacityReport, type CapacityReport } from "../../reports/capacity/capacity-model.js";
import { renderCapacityTerminal } from "../../reports/capacity/capacity-terminal.js";
import { runFolder } from "../../results/run-folder.js";
import type { Run } from "../../results/run-shape.js";
import type { Io } from "../io.js";
import { capacityPassOf } from "./search-design.js";

export interface TellSearchOptions {
  readonly resultsDir: string;
  readonly json: boolean;
}

export async function tellSearch(run: Run, { resultsDir, json }: TellSearchOptions, io: Io): Promise<ExitCode> {
  const pass = capacityPassOf(run.header.design);
  if (pass === null) throw new Error("a capacity search was told that is none");
  const folder = runFolder(resultsDir, run.header.id);
  const report = buildCapacityReport(run, { asked: pass.search, isOtherSlo: false, wishes: null });
  const machine = `${JSON.stringify(capacityJson(report, folder), null, 2)}\n`;
  const page = join(folder, "report.html");
  await Promise.all([writeFile(join(folder, "report.json"), machine), writeFile(page, renderCapacityHtml(report))]);
  io.stdout.write(json ? machine : renderCapacityTerminal(report, { colour: io.colour, runFolder: folder, page }));
  return exitCodeOf(report);
}

function exitCodeOf({ state, roads }: CapacityReport): ExitCode {
  if (state === "interrupted") return EXIT.interrupted;
  if (state === "failed") return EXIT.fault;
  return roads.some(({ points }) => points.some(({ measured }) => measured !== null)) ? EXIT.done : EXIT.invalid;
}
