/**
 * `tollgate gate`: a kept run against a file of rules. Its exit code is the answer: 0 passed, 3 broken, 4 inconclusive
 * where a conclusion is required, 5 invalid.
 */
import { basename, join } from "node:path";
import type { Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { renderGateAnnotations } from "../../reports/gate/gate-annotations.js";
import { gateJson } from "../../reports/gate/gate-json.js";
import { renderGateJunit } from "../../reports/gate/gate-junit.js";
import { renderGateMarkdown } from "../../reports/gate/gate-markdown.js";
import { renderGateTerminal } from "../../reports/gate/gate-terminal.js";
import { nodeDisk } from "../../results/disk.js";
import { readEarlierFloors } from "../../results/floor.js";
import { headlinePass } from "../../results/comparison-cells.js";
import { readGateFile } from "../../results/gate/gate-file.js";
import { logGate, readGateLog } from "../../results/gate/gate-log.js";
import type { GateOutcome, GateReport } from "../../results/gate/gate-report.js";
import { judgeGates, needsBaseline, type Baseline } from "../../results/gate/judge-gates.js";
import { lastStable } from "../../results/gate/last-stable.js";
import { readNamedRun, RUN_NAMES } from "../../results/named-run.js";
import { readIndex } from "../../results/run-index.js";
import type { Run } from "../../results/run-shape.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";
import { readTextFile } from "../load/read-text-file.js";
import { writeNamedFile } from "../write-file.js";

interface GateFlags {
  readonly gates: string;
  readonly baseline: string;
  readonly requireConclusive?: true;
  readonly junit?: string;
  readonly markdown?: string;
  readonly annotations?: true;
  readonly json?: true;
  readonly results: string;
}

const EXAMPLES = `
Exit codes: 0 passed (inconclusive gates too, loudly) · 3 a gate is broken · 4 inconclusive with --require-conclusive ·
5 the run is invalid · 2 wrong usage, or a gates file that cannot be judged. The gates file: docs/gate.md.

Examples:
  tollgate gate latest --gates gates.yaml
  tollgate gate latest --gates gates.yaml --baseline tag:cilium-1.19.3 --require-conclusive
  tollgate gate --gates gates.yaml --junit gate.xml --markdown "$GITHUB_STEP_SUMMARY" --annotations`;

export function registerGate(program: Command, io: Io): void {
  program
    .command("gate")
    .argument("[run]", `${RUN_NAMES}; default: the latest`)
    .description("hold a run against a file of rules; the exit code is the answer")
    .requiredOption("--gates <file>", "the rules, YAML")
    .option("--baseline <run>", "last-stable, tag:<name> or run:<id>: what regressions are held against", "last-stable")
    .option("--require-conclusive", "end with 4 when a gate is neither broken nor passed")
    .option("--junit <file>", "write JUnit XML there")
    .option("--markdown <file>", "write Markdown there; added to the end of $GITHUB_STEP_SUMMARY")
    .option("--annotations", "print GitHub annotations as well")
    .option("--json", "the result for machines")
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .addHelpText("after", EXAMPLES)
    .action((run: string | undefined, flags: GateFlags) => guard(io, () => gate(run, flags, io)));
}

async function gate(name: string | undefined, flags: GateFlags, io: Io): Promise<ExitCode> {
  const text = readTextFile("--gates", flags.gates);
  const run = await readNamedRun(flags.results, name);
  const file = readGateFile(text, flags.gates, headlinePass(run.header.design));
  const baseline = needsBaseline(file) ? await baselineOf(run, flags) : null;
  const report = judgeGates(file, run, baseline, await readEarlierFloors(flags.results, run));
  const code = exitCodeOf(report.outcome, flags);
  await tell(report, code, flags, io);
  await keep(report, flags, io);
  return code;
}

async function baselineOf(run: Run, { baseline, results }: GateFlags): Promise<Baseline> {
  if (baseline === "last-stable") {
    const [{ entries }, outcomes] = await Promise.all([readIndex(results), readGateLog(results)]);
    const found = lastStable(run.header, entries, outcomes);
    if ("missing" in found) return found;
    return { ...(await withFloors(found.id, results)), chosenBy: "last-stable" };
  }
  if (!/^(tag|run):./.test(baseline)) {
    throw new Fault({
      fact: `--baseline ${baseline} names no run`,
      expected: "last-stable, tag:<name> or run:<id>",
      try: `--baseline run:${baseline}`,
      exitCode: EXIT.usage,
    });
  }
  return { ...(await withFloors(baseline, results)), chosenBy: baseline };
}

async function withFloors(name: string, results: string): Promise<Omit<Extract<Baseline, { run: Run }>, "chosenBy">> {
  const run = await readNamedRun(results, name);
  return { run, floors: await readEarlierFloors(results, run) };
}

function exitCodeOf(outcome: GateOutcome, { requireConclusive }: GateFlags): ExitCode {
  switch (outcome) {
    case "passed":
      return EXIT.done;
    case "broken":
      return EXIT.gateBroken;
    case "invalid":
      return EXIT.invalid;
    case "inconclusive":
      return requireConclusive === true ? EXIT.inconclusive : EXIT.done;
  }
}

async function tell(report: GateReport, code: ExitCode, flags: GateFlags, io: Io): Promise<void> {
  const requireConclusive = flags.requireConclusive === true;
  const { junit, markdown } = flags;
  if (junit !== undefined) await writeNamedFile("--junit", junit, renderGateJunit(report, requireConclusive));
  if (markdown !== undefined) {
    // Earlier commands of the same step may have written to the job's summary.
    const how = markdown === io.env["GITHUB_STEP_SUMMARY"] ? "a" : "w";
    await writeNamedFile("--markdown", markdown, renderGateMarkdown(report, requireConclusive), how);
  }
  if (flags.json === true) io.stdout.write(`${JSON.stringify(gateJson(report, code), null, 2)}\n`);
  else io.stdout.write(renderGateTerminal(report, { colour: io.colour, requireConclusive }));
  // The runner reads commands from either stream.
  if (flags.annotations === true) {
    (flags.json === true ? io.stderr : io.stdout).write(renderGateAnnotations(report, requireConclusive));
  }
}

/** A results folder that cannot be written costs the next `last-stable` a fact, never this answer. */
async function keep(report: GateReport, { results, gates }: GateFlags, io: Io): Promise<void> {
  try {
    await logGate(results, { ...report, file: basename(gates) }, new Date().toISOString(), nodeDisk);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    io.stderr.write(`tollgate: that this run was judged cannot be kept in ${join(results, "gates.jsonl")}: ${why}\n`);
  }
}
