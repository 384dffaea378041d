/**
 * `tollgate report`: a run that was kept, told again in the form that is asked for. Measures nothing.
 */
import { dirname, relative, resolve } from "node:path";
import { Option, type Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { renderCsv } from "../../reports/run/csv.js";
import { renderHtml } from "../../reports/run/html.js";
import { renderMarkdown } from "../../reports/run/markdown.js";
import { buildReport, type ReportModel } from "../../reports/run/report-model.js";
import { runJson } from "../../reports/run/run-json.js";
import { renderTerminal } from "../../reports/run/terminal.js";
import { compareRun } from "../../results/compare-run.js";
import { readEarlierFloors } from "../../results/floor.js";
import { folderOfNamedRun, RUN_NAMES } from "../../results/named-run.js";
import { readRunFolder } from "../../results/read-run-folder.js";
import { capacityPassOf } from "../capacity/search-design.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { readSurroundings } from "../report-surroundings.js";
import { fraction } from "../options.js";
import { writeNamedFile } from "../write-file.js";

const FORMATS = ["terminal", "html", "markdown", "csv", "json"] as const;
type Format = (typeof FORMATS)[number];

interface ReportFlags {
  readonly format: Format;
  readonly output?: string;
  readonly results: string;
  readonly minEffect?: number;
}

const EXAMPLES = `
Examples:
  tollgate report                                     the latest run, on the terminal
  tollgate report 20261123-183000-lab-3f9c            that run; the beginning of its id will do
  tollgate report tag:before-upgrade                  the newest run that was given this tag
  tollgate report --format html --output report.html  one page that works offline
  tollgate report --format markdown >> "$GITHUB_STEP_SUMMARY"
  tollgate report --format csv --output tolls.csv     every comparison as a row, durations in ns`;

export function registerReport(program: Command, io: Io): void {
  program
    .command("report")
    .argument("[run]", `${RUN_NAMES}; default: the latest`)
    .description("tell a run again: terminal, page, Markdown, CSV or JSON")
    .addOption(new Option("--format <form>", "how to tell it").choices(FORMATS).default("terminal"))
    .option("--output <file>", "write it there instead of stdout")
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .option("--min-effect <fraction>", "differences below it are of no interest, e.g. 2%", fraction("--min-effect"))
    .addHelpText("after", EXAMPLES)
    .action((run: string | undefined, flags: ReportFlags) => guard(io, () => report(run, flags, io)));
}

async function report(name: string | undefined, flags: ReportFlags, io: Io): Promise<ExitCode> {
  const folder = await folderOfNamedRun(flags.results, name);
  const run = await readRunFolder(folder);
  if (capacityPassOf(run.header.design) !== null) throw isSearch(run.header.id);
  const [floors, around] = await Promise.all([
    readEarlierFloors(flags.results, run),
    readSurroundings(flags.results, folder, run),
  ]);
  const model = buildReport(run, compareRun(run, { minEffect: flags.minEffect ?? 0, floors }), around);
  const colour = io.colour && flags.output === undefined;
  const text = render(flags.format, { model, folder, fromPage: fromPage(flags.output, folder), colour });
  if (flags.output === undefined) io.stdout.write(text);
  else await writeNamedFile("--output", flags.output, text);
  return EXIT.done;
}

function isSearch(id: string): Fault {
  return new Fault({
    fact: `run ${id} is a capacity search: it compares no roads block by block`,
    try: `tollgate capacity plan ${id} --peak 20000`,
    exitCode: EXIT.usage,
  });
}

interface Rendering {
  readonly model: ReportModel;
  readonly folder: string;
  /** The run's folder as seen from the page. */
  readonly fromPage: string | null;
  readonly colour: boolean;
}

function render(format: Format, { model, folder, fromPage, colour }: Rendering): string {
  switch (format) {
    case "terminal":
      return renderTerminal(model, { colour, runFolder: folder, page: null });
    case "html":
      return renderHtml(model, { folder: fromPage });
    case "markdown":
      return renderMarkdown(model);
    case "csv":
      return renderCsv(model);
    case "json":
      return `${JSON.stringify(runJson(model, folder), null, 2)}\n`;
  }
}

/** Where a page on stdout will lie is not known; there it links to nothing. */
function fromPage(output: string | undefined, folder: string): string | null {
  if (output === undefined) return null;
  return relative(dirname(resolve(output)), resolve(folder)) || ".";
}
