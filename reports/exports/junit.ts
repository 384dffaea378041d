/**
 * The verdicts of a run as JUnit: one suite per load, one test case per cell.
 *
 * A toll is an answer, not a failure: `slower` passes, and its numbers stand in the properties. What fails is a control
 * that was told apart from itself, since nothing beside it may then be believed. Whether a toll is too large is a gate's
 * question (`tollgate gate`).
 */
import type { Comparison } from "../../results/comparison-shape.js";
import type { RunHeader } from "../../results/run-shape.js";
import { junitXml, type JunitCase, type JunitOutcome, type JunitProperty } from "../junit-xml.js";
import { cellSentence } from "./cell-sentence.js";

/** @param cells comparisons and controls */
export function renderJunit(header: RunHeader, cells: readonly Comparison[]): string {
  const passes = [...new Set(cells.map(({ pass }) => pass))];
  return junitXml(
    `tollgate ${header.id}`,
    passes.map((pass) => ({
      name: pass,
      timestamp: header.createdAt,
      properties: runProperties(header),
      cases: cells.filter((cell) => cell.pass === pass).map(caseOf),
    })),
  );
}

function runProperties({ id, tollgate, environment, fingerprint }: RunHeader): JunitProperty[] {
  return [["run", id], ["tollgate", tollgate], ["environment", environment], ...Object.entries(fingerprint)];
}

function caseOf(cell: Comparison): JunitCase {
  const { candidate, baseline, pass, method, metric } = cell;
  return {
    classname: `tollgate.${pass}.${method}`,
    name: `${candidate} against ${baseline}: ${metric}`,
    properties: properties(cell),
    outcome: outcomeOf(cell),
    text: cellSentence(cell),
  };
}

function properties(cell: Comparison): JunitProperty[] {
  const { absoluteNs, ratio } = cell;
  const figures: Readonly<Record<string, string | number | null | undefined>> = {
    verdict: cell.verdict,
    family: cell.family,
    toll_ns: absoluteNs?.estimate,
    toll_low_ns: absoluteNs?.low,
    toll_high_ns: absoluteNs?.high,
    ratio: ratio?.estimate,
    ratio_low: ratio?.low,
    ratio_high: ratio?.high,
    confidence: cell.confidence,
    margin: cell.margin.fraction,
    blocks: cell.n,
    suspect_blocks: cell.suspect,
    baseline_ns: cell.baselineNs,
    candidate_ns: cell.candidateNs,
    baseline_calls: cell.baselineCalls,
    candidate_calls: cell.candidateCalls,
  };
  return Object.entries(figures).flatMap(([name, value]): JunitProperty[] =>
    value === null || value === undefined ? [] : [[name, String(value)]],
  );
}

function outcomeOf(cell: Comparison): JunitOutcome {
  const { verdict, family, notes } = cell;
  const message = [verdict, ...notes].join("; ");
  switch (verdict) {
    case "invalid":
      return { state: "error", message };
    case "inconclusive":
    case "added":
    case "removed":
      return { state: "skipped", message };
    case "slower":
    case "faster":
      return family === "control"
        ? { state: "failure", message: `the control ${cell.candidate} was told apart from itself: ${message}` }
        : { state: "passed" };
    case "indistinguishable":
      return { state: "passed" };
  }
}
