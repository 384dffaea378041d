/** Gates for machines: what `tollgate gate --json` prints. Field names are a contract; add, never rename. */
import type { GateReport, RuleVerdict } from "../../results/gate/gate-report.js";
import { figuresOf, headline, nextSteps, stepText } from "./gate-words.js";

/** @param exitCode what the command ends with */
export function gateJson(report: GateReport, exitCode: number): unknown {
  const { file, run, baseline, rules, outcome, confidence, warnings } = report;
  return {
    outcome,
    exit_code: exitCode,
    summary: headline(report),
    gates_file: file,
    run: { id: run.id, state: run.state, usable_trials: run.usableTrials, trials: run.trials },
    baseline:
      baseline === null
        ? null
        : "id" in baseline
          ? { id: baseline.id, chosen_by: baseline.chosenBy }
          : { id: null, missing: baseline.missing },
    confidence,
    gates: rules.map((verdict) => ruleJson(report, verdict)),
    warnings,
  };
}

function ruleJson(report: GateReport, verdict: RuleVerdict): unknown {
  const { rule, outcome, reason } = verdict;
  return {
    name: rule.name,
    line: rule.at.line,
    road: rule.road,
    pass: rule.pass,
    method: rule.method,
    metric: rule.metric,
    held_against: rule.held,
    limit_unit: rule.limit.unit,
    outcome,
    reason,
    next: nextSteps(report, verdict).map(stepText),
    ...Object.fromEntries(figuresOf(verdict)),
  };
}
