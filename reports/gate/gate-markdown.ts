/** Gates as Markdown, for the summary of a CI job or a pull request. */
import type { GateReport } from "../../results/gate/gate-report.js";
import { bullets, markdownTable, plainMarkdown as plain } from "../markdown-text.js";
import { count, duration, durationInterval, ratioInterval } from "../quantities.js";
import { baselineText, headline, inconclusiveSentence, OUTCOME_MARKS } from "./gate-words.js";

export function renderGateMarkdown(report: GateReport, requireConclusive: boolean): string {
  const { run, outcome, warnings } = report;
  const baseline = baselineText(report);
  const loud = inconclusiveSentence(report, requireConclusive);
  return [
    `## ${OUTCOME_MARKS[outcome]} tollgate: ${headline(report)}`,
    loud === null ? "" : `**${loud}.**`,
    bullets([
      `run ${plain(run.id)}: ${run.state}, ${run.usableTrials} of ${run.trials} trials usable`,
      ...(baseline === null ? [] : [`baseline ${plain(baseline)}`]),
      `gates ${plain(report.file)}, all intervals together at 95 %`,
    ]),
    markdownTable(HEAD, rows(report), "lllrrrr"),
    bullets(warnings.map((text) => `⚠ ${plain(text)}`)),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

const HEAD = ["", "gate", "because", "ratio", "change, toll or level", "now", "calls"];

function rows({ rules }: GateReport): string[][] {
  return rules.map(({ rule, outcome, reason, ratio, absoluteNs, nowNs, calls }) => [
    `${OUTCOME_MARKS[outcome]} ${outcome}`,
    plain(rule.name),
    plain(reason),
    ratio === null ? "" : ratioInterval(ratio),
    absoluteNs === null ? "" : durationInterval(absoluteNs),
    nowNs === null ? "" : duration(nowNs),
    calls.now === 0 ? "" : count(calls.now),
  ]);
}
