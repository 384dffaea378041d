/**
 * `tollgate capacity plan`: from a kept search to nodes, cores and money. Measures nothing.
 */
import { writeFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import type { CallsPerSecond } from "../../loadgen/units.js";
import { renderCapacityCsv } from "../../reports/capacity/capacity-csv.js";
import { renderCapacityHtml } from "../../reports/capacity/capacity-html.js";
import { capacityJson } from "../../reports/capacity/capacity-json.js";
import { renderCapacityMarkdown } from "../../reports/capacity/capacity-markdown.js";
import { buildCapacityReport, type CapacityReport } from "../../reports/capacity/capacity-model.js";
import { renderCapacityTerminal } from "../../reports/capacity/capacity-terminal.js";
import type { PlanWishes } from "../../results/capacity/plan.js";
import { RUN_NAMES } from "../../results/named-run.js";
import type { Slo } from "../../results/run-shape.js";
import { findSearch } from "../capacity/find-search.js";
import { slo } from "../capacity/slo-option.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { count, fraction, positive, rate } from "../options.js";

const FORMATS = ["terminal", "html", "markdown", "csv", "json"] as const;
type Format = (typeof FORMATS)[number];

interface PlanFlags {
  readonly peak: CallsPerSecond;
  readonly nodeCores: number;
  readonly utilisation: number;
  readonly price: number;
  readonly slo?: Slo;
  readonly failures?: number;
  readonly fanOut?: number;
  readonly spare: number;
  readonly format: Format;
  readonly json?: true;
  readonly output?: string;
  readonly results: string;
}

const EXAMPLES = `
Examples:
  tollgate capacity plan --peak 20000 --node-cores 16 --utilisation 0.6 --price 0.04
  tollgate capacity plan --peak 20k --node-cores 8 --spare 1 --fan-out 12 --slo 'p99<5ms'
  tollgate capacity plan 20261123-183000-lab-3f9c --peak 20000 --format html --output plan.html`;

export function registerCapacityPlan(capacity: Command, io: Io): void {
  capacity
    .command("plan")
    .argument("[run]", `a capacity search: ${RUN_NAMES}; default: the latest search`)
    .description("nodes, cores and money for a peak, from a kept search; measures nothing")
    .requiredOption("--peak <calls/s>", "what must be carried", rate("--peak"))
    .option("--node-cores <n>", "cores of one node", count("--node-cores"), 16)
    .option("--utilisation <fraction>", "of a node's cores that the peak may fill", utilisation, 0.6)
    .option("--price <money>", "per vCPU and hour", positive("--price"), 0.04)
    .option("--spare <n>", "nodes on top", count("--spare", 0), 0)
    .option("--slo <objective>", "default: the one of the search", slo("--slo"))
    .option("--failures <fraction>", "default: as in the search", fraction("--failures"))
    .option("--fan-out <k>", "calls that one payment makes", count("--fan-out"))
    .addOption(new Option("--format <form>", "how to tell it").choices(FORMATS).default("terminal"))
    .option("--json", "short for --format json")
    .option("--output <file>", "write it there instead of stdout")
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .addHelpText("after", EXAMPLES)
    .action((run: string | undefined, flags: PlanFlags) => guard(io, () => plan(run, flags, io)));
}

async function plan(name: string | undefined, flags: PlanFlags, io: Io): Promise<ExitCode> {
  const { run, folder, pass } = await findSearch(flags.results, name);
  const asked = {
    slo: flags.slo ?? pass.search.slo,
    failureBudget: flags.failures ?? pass.search.failureBudget,
  };
  const isOtherSlo = asked.slo.quantile !== pass.search.slo.quantile || asked.slo.limitNs !== pass.search.slo.limitNs;
  const report = buildCapacityReport(run, { asked, isOtherSlo, wishes: wishesOf(flags) });
  const format = flags.json === true ? "json" : flags.format;
  const text = render(format, report, folder, io.colour && flags.output === undefined);
  if (flags.output === undefined) io.stdout.write(text);
  else await write(flags.output, text);
  return EXIT.done;
}

function render(format: Format, report: CapacityReport, runFolder: string, colour: boolean): string {
  switch (format) {
    case "terminal":
      return renderCapacityTerminal(report, { colour, runFolder, page: null });
    case "html":
      return renderCapacityHtml(report);
    case "markdown":
      return renderCapacityMarkdown(report);
    case "csv":
      return renderCapacityCsv(report);
    case "json":
      return `${JSON.stringify(capacityJson(report, runFolder), null, 2)}\n`;
  }
}

function wishesOf({ peak, nodeCores, utilisation: filled, price, spare, fanOut }: PlanFlags): PlanWishes {
  return { peak, nodeCores, utilisation: filled, price, spare, fanOut: fanOut ?? null };
}

/** A full node has no queue to speak of only in theory; an empty one needs no plan. */
function utilisation(text: string): number {
  const value = fraction("--utilisation")(text);
  if (value > 0 && value <= 1) return value;
  throw new Fault({
    fact: `--utilisation ${text}: no share of a node's cores`,
    expected: "above 0, at most 1, e.g. 0.6 or 60%",
    ...(value > 1 && value <= 100 ? { try: `--utilisation ${value}%` } : {}),
    exitCode: EXIT.usage,
  });
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new Fault({
      fact: `the plan cannot be written to ${path}`,
      seen: error instanceof Error ? error.message : String(error),
      try: "another --output, or none for stdout",
      exitCode: EXIT.usage,
    });
  }
}
