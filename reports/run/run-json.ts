/**
 * The result of a run for machines: what `tollgate run --json` and `tollgate report --format json` print. Field names are
 * a contract; add, never rename.
 */
import { withoutExperimental } from "../../results/comparison-cells.js";
import type { Comparison, Interval } from "../../results/comparison-shape.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";
import type { ReportModel } from "./report-model.js";

export function runJson(model: ReportModel, runFolder: string): unknown {
  const { header, comparison, trials } = model;
  return {
    run: { id: header.id, dir: runFolder, state: model.state, created_at: header.createdAt, tags: header.tags },
    environment: header.environment,
    machine: header.fingerprint,
    placement: header.placement,
    roads: header.scenarios.map(({ name, question, baseline, differs, twinOf, road }) => ({
      name,
      question,
      baseline,
      differs,
      twin_of: twinOf,
      ...(isExperimental(road) ? { experimental: true } : {}),
    })),
    trials: { valid: trials.valid, suspect: trials.suspect, invalid: trials.invalid, failed: trials.failed },
    comparisons: [...withoutExperimental(header, comparison.comparisons), ...comparison.twins].map(comparisonJson),
    refusals: comparison.refusals.map(({ road, method, status, p50Ns, p99Ns, count }) => ({
      road,
      method,
      status,
      p50_ns: p50Ns,
      p99_ns: p99Ns,
      count,
    })),
    ...(model.kernel.length === 0 ? {} : { experimental: model.kernel }),
    claims: model.claims,
    basis: model.basis,
    warnings: model.warnings,
    limits: model.limits,
  };
}

function comparisonJson(one: Comparison): unknown {
  return {
    candidate: one.candidate,
    baseline: one.baseline,
    pass: one.pass,
    method: one.method,
    load: one.load,
    metric: one.metric,
    absolute_ns: intervalJson(one.absoluteNs),
    ratio: intervalJson(one.ratio),
    candidate_ns: one.candidateNs,
    baseline_ns: one.baselineNs,
    confidence: one.confidence,
    family: one.family,
    p: one.p,
    adjusted_p: one.adjustedP,
    margin: one.margin,
    n: one.n,
    suspect: one.suspect,
    verdict: one.verdict,
    notes: one.notes,
  };
}

function intervalJson(interval: Interval | null): unknown {
  return interval === null ? null : { estimate: interval.estimate, low: interval.low, high: interval.high };
}
