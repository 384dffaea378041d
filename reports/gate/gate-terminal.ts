/** Gates as text for a terminal: 110 columns; colour only where it is asked for, and never alone. */
import type { GateOutcome, GateReport, RuleVerdict } from "../../results/gate/gate-report.js";
import { limitText } from "../../results/gate/read-rule.js";
import { counted } from "../../results/verdict-words.js";
import { painter, wrapped, type Paint, type Style } from "../paint.js";
import { count, duration } from "../quantities.js";
import { textTable, type TextColumn } from "../text-table.js";
import { baselineText, headline, inconclusiveSentence, nextSteps, OUTCOME_MARKS, stepText } from "./gate-words.js";

export interface GateTerminalOptions {
  readonly colour: boolean;
  readonly requireConclusive: boolean;
}

const WIDTH = 110;
const STYLES: Readonly<Record<GateOutcome, Style>> = {
  passed: "green",
  broken: "red",
  inconclusive: "yellow",
  invalid: "red",
};

export function renderGateTerminal(report: GateReport, options: GateTerminalOptions): string {
  const paint = painter(options.colour);
  const loud = inconclusiveSentence(report, options.requireConclusive);
  return [
    headLines(report, paint),
    levelLines(report, paint),
    ...report.rules.map((rule) => ruleLines(report, rule, paint)),
    report.warnings.flatMap((text) => hanging("! ", text).map((line) => paint("yellow", line))),
    loud === null ? [] : hanging("? ", loud).map((line) => paint("bold", line)),
  ]
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

function headLines(report: GateReport, paint: Paint): string[] {
  const { run, outcome } = report;
  const baseline = baselineText(report);
  return [
    paint(STYLES[outcome], `${OUTCOME_MARKS[outcome]} ${headline(report)} (${report.file})`),
    `run       ${run.id}: ${run.state}, ${run.usableTrials} of ${counted(run.trials, "trial")} usable`,
    ...(baseline === null ? [] : hanging("baseline  ", baseline)),
  ];
}

const COLUMNS: readonly TextColumn<RuleVerdict>[] = [
  { head: "line", align: "right", cell: ({ rule }) => String(rule.at.line) },
  { head: "road", align: "left", cell: ({ rule }) => rule.road },
  { head: "figure", align: "left", cell: ({ rule }) => rule.metric.replace("_p999", "_p99.9").replaceAll("_", " ") },
  { head: "then", align: "right", cell: ({ thenNs }) => (thenNs === null ? "" : duration(thenNs)) },
  { head: "now", align: "right", cell: ({ nowNs }) => (nowNs === null ? "" : duration(nowNs)) },
  { head: "limit", align: "right", cell: ({ rule }) => limitText(rule.limit) },
  { head: "calls", align: "right", cell: ({ calls }) => (calls.now === 0 ? "" : count(calls.now)) },
  {
    head: "blocks",
    align: "right",
    cell: ({ blocks: { now, then } }) => (then === null ? `${now === 0 ? "" : now}` : `${then} | ${now}`),
  },
  { head: "verdict", align: "left", cell: ({ outcome }) => `${OUTCOME_MARKS[outcome]} ${outcome}` },
];

/** The levels behind the rules; a rule is known by its line in the file. */
function levelLines({ rules }: GateReport, paint: Paint): string[] {
  const [head = "", ...lines] = textTable(COLUMNS, rules);
  return [paint("dim", head), ...lines];
}

function ruleLines(report: GateReport, verdict: RuleVerdict, paint: Paint): string[] {
  const { rule, outcome, figures, why } = verdict;
  return [
    paint(STYLES[outcome], `${OUTCOME_MARKS[outcome]} ${outcome.toUpperCase()}  ${rule.name}`),
    ...hanging("  ", figures === null ? why : `${figures}: ${why}`),
    ...nextSteps(report, verdict).flatMap((step, i) => hanging(i === 0 ? "  next  " : "        ", stepText(step))),
  ];
}

function hanging(mark: string, text: string): string[] {
  return wrapped(text, WIDTH - mark.length).map((line, i) => `${i === 0 ? mark : " ".repeat(mark.length)}${line}`);
}
