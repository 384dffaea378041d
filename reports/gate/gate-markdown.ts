/** Gates as Markdown, for the summary of a CI job or a pull request. */
import type { Interval } from "../../results/comparison-shape.js";
import type { GateReport } from "../../results/gate/gate-report.js";
import { limitText } from "../../results/gate/read-rule.js";
import { counted } from "../../results/verdict-words.js";
import { bullets, markdownTable, plainMarkdown as plain } from "../markdown-text.js";
import { count, duration, durationInterval, intervalParts, ratioInterval } from "../quantities.js";
import { baselineText, headline, inconclusiveSentence, nextSteps, OUTCOME_MARKS } from "./gate-words.js";

export function renderGateMarkdown(report: GateReport, requireConclusive: boolean): string {
  const { run, outcome, warnings } = report;
  const baseline = baselineText(report);
  const loud = inconclusiveSentence(report, requireConclusive);
  return [
    `## ${OUTCOME_MARKS[outcome]} tollgate: ${headline(report)}`,
    loud === null ? "" : `**${loud}.**`,
    bullets([
      `run ${plain(run.id)}: ${run.state}, ${run.usableTrials} of ${counted(run.trials, "trial")} usable`,
      ...(baseline === null ? [] : [`baseline ${plain(baseline)}`]),
      `gates ${plain(report.file)}, all intervals together at 95 %`,
    ]),
    markdownTable(HEAD, rows(report), "llrrrrrl"),
    nextLines(report),
    bullets(warnings.map((text) => `⚠ ${plain(text)}`)),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

const HEAD = ["", "gate", "limit", "change, toll or level", "ratio", "now", "calls", "because"];

/** Figures have columns of their own, so that the sentence holds none of them. */
function rows({ rules }: GateReport): string[][] {
  return rules.map(({ rule, outcome, why, ratio, absoluteNs, nowNs, calls }) => [
    `${OUTCOME_MARKS[outcome]} ${outcome}`,
    plain(rule.name),
    limitText(rule.limit),
    absoluteNs === null ? "" : rule.held.kind === "fence" ? levelInterval(absoluteNs) : durationInterval(absoluteNs),
    ratio === null ? "" : ratioInterval(ratio),
    nowNs === null || rule.held.kind === "fence" ? "" : duration(nowNs),
    calls.now === 0 ? "" : count(calls.now),
    plain(why),
  ]);
}

/** A level is no change: it has no sign. */
function levelInterval(interval: Interval): string {
  const { estimate, unit, bounds } = intervalParts(interval);
  return `${estimate} ${unit} ${bounds}`;
}

/** What to do about each gate that broke; gates that ask for the same share a line. */
function nextLines(report: GateReport): string {
  const gates = new Map<string, string[]>();
  for (const verdict of report.rules) {
    const steps = nextSteps(report, verdict);
    const next = steps.map(({ command, tells }) => `\`${command}\` ${plain(tells)}`).join("; ");
    if (next !== "") gates.set(next, [...(gates.get(next) ?? []), verdict.rule.name]);
  }
  return bullets([...gates].map(([next, names]) => `**Next**, ${plain(names.join("; "))}: ${next}`));
}
