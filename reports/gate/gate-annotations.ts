/**
 * Gates as GitHub workflow commands, each at the line of its rule: an error for what is broken or invalid, a warning for
 * what is inconclusive. Escapes as GitHub's own toolkit writes them (actions/toolkit, packages/core/src/command.ts).
 */
import type { GateReport, RuleVerdict } from "../../results/gate/gate-report.js";
import { nextSteps, stepText } from "./gate-words.js";

/** One line each; nothing for what passed. */
export function renderGateAnnotations(report: GateReport, requireConclusive: boolean): string {
  return report.rules
    .map((verdict) => annotation(report, verdict, requireConclusive))
    .filter((line) => line !== "")
    .map((line) => `${line}\n`)
    .join("");
}

function annotation(report: GateReport, verdict: RuleVerdict, requireConclusive: boolean): string {
  const { rule, outcome, reason } = verdict;
  if (outcome === "passed") return "";
  const level = outcome === "inconclusive" && !requireConclusive ? "warning" : "error";
  const properties = {
    file: report.file,
    line: rule.at.line,
    col: rule.at.column,
    title: `gate ${outcome}: ${rule.name}`,
  };
  const written = Object.entries(properties).map(([name, value]) => `${name}=${escapedProperty(String(value))}`);
  return `::${level} ${written.join(",")}::${escaped([reason, ...nextSteps(report, verdict).map(stepText)].join("\n"))}`;
}

const escaped = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapedProperty = (text: string): string => escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
