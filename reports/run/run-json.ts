/**
 * The result of a run for machines: what `tollgate run --json` and `tollgate report --format json` print. Field names are
 * a contract; add, never rename.
 */
import { withoutExperimental } from "../../results/comparison-cells.js";
import type { Comparison, Interval } from "../../results/comparison-shape.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";
import type { CurveSet } from "./percentile-curves.js";
import type { RatioSet } from "./ratio-curves.js";
import type { ReportModel } from "./report-model.js";
import { sentenceText } from "./verdict-sentences.js";

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
    verdict: model.verdict.map(sentenceText),
    footing: model.footing,
    percentiles: model.curves.map(curvesJson),
    ratio_percentiles: model.ratios.map(ratiosJson),
    cpu_parts: model.cpu.map(({ pass, title, rows, withoutIdle }) => ({
      ...{ pass, title, without_idle: withoutIdle },
      roads: rows.map(({ scenario, calls, parts }) => ({ road: scenario.name, calls, ns_per_call: parts })),
    })),
    trial_points: model.points.map(({ view, quantile, points }) => ({
      ...{ view, quantile },
      points: points.map(({ scenario, block, valueNs, isSuspect, notes }) => ({
        ...{ road: scenario, block, ns: valueNs, suspect: isSuspect },
        ...(notes.length === 0 ? {} : { notes }),
      })),
    })),
    files: model.files,
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

function curvesJson({ view, curves }: CurveSet): unknown {
  const roads = curves.map(({ scenario, calls, points }) => ({
    ...{ road: scenario.name, calls },
    points: points.map(({ level, valueNs, band }) => ({
      level,
      ns: valueNs,
      low_ns: band?.lowNs,
      high_ns: band?.highNs,
    })),
  }));
  return { view, roads };
}

function ratiosJson({ view, curves }: RatioSet): unknown {
  const pairs = curves.map(({ candidate, baseline, blocks, calls, points }) => ({
    ...{ candidate: candidate.name, baseline: baseline.name, blocks, calls },
    points: points.map(({ level, ratio, band }) => ({ level, ratio, low: band?.low, high: band?.high })),
  }));
  return { view, pairs };
}

function intervalJson(interval: Interval | null): unknown {
  return interval === null ? null : { estimate: interval.estimate, low: interval.low, high: interval.high };
}
