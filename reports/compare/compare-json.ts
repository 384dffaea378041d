/**
 * Two runs beside each other for machines: what `tollgate compare --json` prints. Field names are a contract; add, never
 * rename. Durations in ns, `ratio` as a factor on the toll ratio.
 */
import type { AcrossCell } from "../../results/across/across-shape.js";
import type { CellSample } from "../../results/across/cell-sample.js";
import type { Interval } from "../../results/comparison-shape.js";
import { sentenceText } from "../run/verdict-sentences.js";
import type { CompareModel, RunLine } from "./compare-model.js";

export function compareJson(model: CompareModel): unknown {
  const { comparison, setUp } = model;
  return {
    interleaved: false,
    before: runJson(model.before),
    after: runJson(model.after),
    verdict: model.verdict.map(({ text }) => sentenceText(text)),
    declared: comparison.declared,
    cells: comparison.cells.map(cellJson),
    set_up: { cause: setUp.cause, changes: setUp.groups.flatMap(({ changes }) => changes) },
    warnings: model.warnings,
  };
}

function runJson({ id, createdAt, tags, machine, state }: RunLine): unknown {
  return { id, created_at: createdAt, tags, machine, state };
}

function cellJson(cell: AcrossCell): unknown {
  const { shift } = cell;
  return {
    candidate: cell.candidate,
    baseline: cell.baseline,
    pass: cell.pass,
    method: cell.method,
    load: cell.load,
    metric: cell.metric,
    before: sampleJson(cell.before),
    after: sampleJson(cell.after),
    ratio: shift === null ? null : intervalJson(shift.ratio),
    change_ns: shift === null ? null : intervalJson(shift.changeNs),
    confidence: shift?.theta.confidenceReached ?? null,
    family: cell.family,
    p: shift?.p ?? null,
    adjusted_p: cell.adjustedP,
    brunner_munzel: shift === null ? null : brunnerMunzelJson(shift.brunnerMunzel),
    margin: cell.margin,
    verdict: cell.verdict,
    notes: cell.notes,
  };
}

function brunnerMunzelJson({
  p,
  superiority,
  small,
  method,
}: NonNullable<AcrossCell["shift"]>["brunnerMunzel"]): unknown {
  return { p, superiority, small, method };
}

function sampleJson(sample: CellSample | null): unknown {
  if (sample === null) return null;
  return {
    basis: sample.basis,
    blocks: sample.blocks,
    suspect: sample.suspect,
    ratio: sample.ratio === null ? null : intervalJson(sample.ratio),
    toll_ns: sample.tollNs === null ? null : intervalJson(sample.tollNs),
    candidate_ns: sample.candidateNs,
    baseline_ns: sample.baselineNs,
    candidate_calls: sample.candidateCalls,
    baseline_calls: sample.baselineCalls,
  };
}

const intervalJson = ({ estimate, low, high }: Interval): unknown => ({ estimate, low, high });
