/**
 * `tollgate export`: a kept run in the files of other tools. Measures nothing, decides nothing.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Option, type Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import type { ExportedFile } from "../../reports/exports/exported-file.js";
import { EXPORT_FORMATS, renderExport } from "../../reports/exports/render-export.js";
import { renderMarkdown } from "../../reports/run/markdown.js";
import { buildReport } from "../../reports/run/report-model.js";
import { compareRun } from "../../results/compare-run.js";
import type { RunComparison } from "../../results/comparison-shape.js";
import { readEarlierFloors } from "../../results/floor.js";
import { makeFolder } from "../../results/make-folder.js";
import { readNamedRun, RUN_NAMES } from "../../results/named-run.js";
import type { Run } from "../../results/run-shape.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { count } from "../options.js";
import { writeNamedFile } from "../write-file.js";
import { severalOption } from "./read-option.js";

const FORMATS = [...EXPORT_FORMATS, "markdown"] as const;

interface ExportFlags {
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
  readonly trial?: number;
  readonly road: readonly string[];
  readonly pass: readonly string[];
  readonly method: readonly string[];
  readonly results: string;
}

const HELP = `
Formats:
  hlog         HdrHistogram interval log 1.3: every histogram, for HistogramLogProcessor and its like
  hgrm         HdrHistogram percentile text: one file a road, load and method
  fortio       Fortio result files: one a trial and method, for fortio report
  benchfmt     Go benchmark format: one line a trial and method, for benchstat -col /road
  openmetrics  Prometheus and Grafana (docs/grafana-dashboard.json)
  csv          one row a trial and method; a row a toll is tollgate report --format csv
  junit        one test case a toll; what fails is a control that was told apart from itself
  markdown     the report

Examples:
  tollgate export latest --format hlog --output run.hlog
  tollgate export 20261123-183000-lab-3f9c --format hgrm --road l7 --pass single
  tollgate export latest --format fortio --output fortio-data/
  tollgate export tag:cilium-1.19.3 --format benchfmt --output old.txt
  tollgate export latest --format openmetrics --output run.prom`;

export function registerExport(program: Command, io: Io): void {
  program
    .command("export")
    .argument("<run>", RUN_NAMES)
    .description("a kept run in the files of other tools")
    .addOption(new Option("--format <form>", "which form").choices(FORMATS).makeOptionMandatory())
    .option("--output <file>", "write it there instead of stdout; a folder where there are several files")
    .option("--trial <n>", "this trial alone", count("--trial", 0))
    .addOption(severalOption("--road <name>", "this road; may be given again", "all"))
    .addOption(severalOption("--pass <name>", "this pass; may be given again", "all"))
    .addOption(severalOption("--method <name>", "this method; may be given again", "all"))
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .addHelpText("after", HELP)
    .action((run: string, flags: ExportFlags) => guard(io, () => exportRun(run, flags, io)));
}

async function exportRun(name: string, flags: ExportFlags, io: Io): Promise<ExitCode> {
  const run = await readNamedRun(flags.results, name);
  const floors = await readEarlierFloors(flags.results, run);
  const files = render(run, flags, () => compareRun(run, { floors }));
  await put(files, flags, io);
  return EXIT.done;
}

function render(run: Run, flags: ExportFlags, comparison: () => RunComparison): readonly ExportedFile[] {
  const { format, road, pass, method, trial } = flags;
  if (format !== "markdown") {
    return renderExport(format, run, { trial: trial ?? null, roads: road, passes: pass, methods: method }, comparison);
  }
  const narrowed = trial !== undefined || [...road, ...pass, ...method].length > 0;
  if (!narrowed) return [{ name: `${run.header.id}.md`, text: renderMarkdown(buildReport(run, comparison())) }];
  throw new Fault({
    fact: "the Markdown report is of the whole run",
    seen: "--trial, --road, --pass or --method",
    try: "leave them out, or --format csv",
    exitCode: EXIT.usage,
  });
}

async function put(files: readonly ExportedFile[], { output, format }: ExportFlags, io: Io): Promise<void> {
  const [only, second] = files;
  if (only === undefined) {
    throw new Fault({
      fact: "these trials hold no call that this format could show",
      try: "--format csv lists them with their reasons",
      exitCode: EXIT.usage,
    });
  }
  const isFolder = output !== undefined && (output.endsWith("/") || (await isDirectory(output)));
  if (second === undefined && !isFolder) {
    if (output === undefined) io.stdout.write(only.text);
    else await writeNamedFile("--output", output, only.text);
    return;
  }
  if (output === undefined) throw severalFiles(files, format);
  await makeOutput(output);
  for (const { name, text } of files) await writeNamedFile("--output", join(output, name), text);
  io.stderr.write(`${files.length} ${files.length === 1 ? "file" : "files"} in ${output}\n`);
}

function severalFiles(files: readonly ExportedFile[], format: string): Fault {
  return new Fault({
    fact: `${format} holds one histogram a file: this is ${files.length} files`,
    seen: [...files.slice(0, 4).map(({ name }) => name), ...(files.length > 4 ? ["…"] : [])].join("\n"),
    try: "--output FOLDER/, or fewer with --road, --pass, --method or --trial",
    exitCode: EXIT.usage,
  });
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function makeOutput(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    throw new Fault({
      fact: `--output ${path}: no folder of that name can be made`,
      expected: "a folder, since there are several files",
      seen: error instanceof Error ? error.message : String(error),
      exitCode: EXIT.usage,
    });
  }
}
