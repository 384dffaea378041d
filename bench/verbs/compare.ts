/**
 * `tollgate compare`: two kept runs beside each other, toll against toll. Measures nothing.
 */
import { Option, type Command } from "commander";
import { EXIT, type ExitCode } from "../../loadgen/fault.js";
import { renderCompareHtml } from "../../reports/compare/compare-html.js";
import { compareJson } from "../../reports/compare/compare-json.js";
import { renderCompareMarkdown } from "../../reports/compare/compare-markdown.js";
import { buildComparison, type CompareModel } from "../../reports/compare/compare-model.js";
import { renderCompareTerminal } from "../../reports/compare/compare-terminal.js";
import { compareRuns } from "../../results/across/compare-runs.js";
import { readEarlierFloors } from "../../results/floor.js";
import { readNamedRun, RUN_NAMES } from "../../results/named-run.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { fraction } from "../options.js";
import { writeNamedFile } from "../write-file.js";

const FORMATS = ["terminal", "html", "markdown", "json"] as const;
type Format = (typeof FORMATS)[number];

interface CompareFlags {
  readonly format: Format;
  readonly json?: true;
  readonly output?: string;
  readonly results: string;
  readonly minEffect?: number;
}

const EXAMPLES = `
Examples:
  tollgate compare tag:cilium-1.19.3 latest                 did the upgrade raise any toll?
  tollgate compare 20261101 20261123 --min-effect 2%        changes below 2 % are of no interest
  tollgate compare tag:old tag:new --format html --output compare.html
  tollgate compare tag:old latest --json | jq '.cells[] | select(.verdict == "slower")'`;

export function registerCompare(program: Command, io: Io): void {
  program
    .command("compare")
    .argument("<before>", `the earlier run: ${RUN_NAMES}`)
    .argument("<after>", "the later run, named alike")
    .description("two runs beside each other: did any toll move, and what else differs")
    .addOption(new Option("--format <form>", "how to tell it").choices(FORMATS).default("terminal"))
    .option("--json", "the same as --format json")
    .option("--output <file>", "write it there instead of stdout")
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .option("--min-effect <fraction>", "changes below it are of no interest, e.g. 2%", fraction("--min-effect"))
    .addHelpText("after", EXAMPLES)
    .action((before: string, after: string, flags: CompareFlags) => guard(io, () => compare(before, after, flags, io)));
}

async function compare(first: string, second: string, flags: CompareFlags, io: Io): Promise<ExitCode> {
  const { results, minEffect = 0, output } = flags;
  const [before, after] = await Promise.all([readNamedRun(results, first), readNamedRun(results, second)]);
  const floors = {
    before: await readEarlierFloors(results, before),
    after: await readEarlierFloors(results, after),
  };
  const model = buildComparison(compareRuns(before, after, { minEffect, floors }));
  const format = flags.json === true ? "json" : flags.format;
  const text = render(format, model, io.colour && output === undefined);
  if (output === undefined) io.stdout.write(text);
  else await writeNamedFile("--output", output, text);
  return EXIT.done;
}

function render(format: Format, model: CompareModel, colour: boolean): string {
  switch (format) {
    case "terminal":
      return renderCompareTerminal(model, { colour });
    case "html":
      return renderCompareHtml(model);
    case "markdown":
      return renderCompareMarkdown(model);
    case "json":
      return `${JSON.stringify(compareJson(model), null, 2)}\n`;
  }
}
