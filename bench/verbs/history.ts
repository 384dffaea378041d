/**
 * `tollgate history`: every toll over all kept runs, from the index alone. Measures nothing, gates nothing.
 */
import { Option, type Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { historyJson } from "../../reports/history/history-json.js";
import { renderHistoryHtml } from "../../reports/history/html.js";
import { renderHistoryTerminal } from "../../reports/history/terminal.js";
import type { RunHistory } from "../../results/history/history-shape.js";
import { historyOf } from "../../results/history/run-history.js";
import { readIndex } from "../../results/run-index.js";
import type { RunHeader } from "../../results/run-shape.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { fraction } from "../options.js";
import { severalOption } from "./read-option.js";
import { writeNamedFile } from "../write-file.js";

const FORMATS = ["terminal", "html", "json"] as const;
const ENVIRONMENTS = ["lab", "cluster", "scripted"] as const satisfies readonly RunHeader["environment"][];

interface HistoryFlags {
  readonly road: readonly string[];
  readonly method: readonly string[];
  readonly metric: readonly string[];
  readonly env?: RunHeader["environment"];
  readonly minEffect?: number;
  readonly format: (typeof FORMATS)[number];
  readonly json: boolean;
  readonly output?: string;
  readonly results: string;
}

const EXAMPLES = `
Without --metric: of each load the headline (service p50 at 1 in flight, response p99 under open load).

Examples:
  tollgate history                                       the tolls of the newest run's environment
  tollgate history --format html --output history.html   the same as a page
  tollgate history --road l7 --metric service_p99        one road, one metric
  tollgate history --env cluster --metric all --json     everything, for machines`;

export function registerHistory(program: Command, io: Io): void {
  program
    .command("history")
    .description("every toll over all kept runs: trend, change points, versions")
    .addOption(severalOption("--road <name>", "tolls of this road; may be given again", "all"))
    .addOption(severalOption("--method <name>", "of this method; may be given again", "all"))
    .addOption(
      severalOption(
        "--metric <name>",
        "service_p50, response_p99, cpu_per_call …, or all; may be given again",
        "the headline",
      ),
    )
    .addOption(new Option("--env <environment>", "default: that of the newest run").choices(ENVIRONMENTS))
    .option("--min-effect <fraction>", "changes below it are of no interest, e.g. 2%", fraction("--min-effect"))
    .addOption(new Option("--format <form>", "how to tell it").choices(FORMATS).default("terminal"))
    .option("--json", "as --format json", false)
    .option("--output <file>", "write it there instead of stdout")
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .addHelpText("after", EXAMPLES)
    .action((flags: HistoryFlags) => guard(io, () => history(flags, io)));
}

async function history(flags: HistoryFlags, io: Io): Promise<ExitCode> {
  const { entries, warnings } = await readIndex(flags.results);
  if (entries.length === 0) throw noRuns(flags.results, warnings);
  const told = historyOf(entries, {
    environment: flags.env ?? null,
    roads: flags.road,
    methods: flags.method,
    metrics: flags.metric,
    minEffect: flags.minEffect ?? 0,
  });
  const text = render({ ...told, warnings: [...warnings, ...told.warnings] }, flags, io);
  if (flags.output === undefined) io.stdout.write(text);
  else await writeNamedFile("--output", flags.output, text);
  return EXIT.done;
}

function render(told: RunHistory, { format, json, output }: HistoryFlags, io: Io): string {
  switch (json ? "json" : format) {
    case "terminal":
      return renderHistoryTerminal(told, { colour: io.colour && output === undefined });
    case "html":
      return renderHistoryHtml(told);
    case "json":
      return `${JSON.stringify(historyJson(told), null, 2)}\n`;
  }
}

function noRuns(dir: string, warnings: readonly string[]): Fault {
  return new Fault({
    fact: `there is no history in ${dir}`,
    expected: "runs that have ended: each is a line of index.jsonl",
    seen: warnings.length === 0 ? "none" : warnings.slice(0, 3).join("\n"),
    try: "tollgate run, or tollgate import FOLDER",
    exitCode: EXIT.usage,
  });
}
