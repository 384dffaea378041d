/** The history for machines: `tollgate history --json`. Field names are a contract; add, never rename. */
import type { Interval } from "../../results/comparison-shape.js";
import type { CellHistory, RunHistory } from "../../results/history/history-shape.js";

export function historyJson({ environment, runs, periods, cells, matrix, warnings }: RunHistory): unknown {
  return {
    environment,
    runs: runs.map(({ id, createdAt, tags, period, hasBrokenTwin }) => ({
      ...{ id, created_at: createdAt, tags, version: period },
      control_failed: hasBrokenTwin,
    })),
    versions: periods,
    cells: cells.map((cell, i) => ({ ...cellJson(cell), versions: matrix.map((row) => matrixJson(row[i] ?? null)) })),
    warnings,
  };
}

function cellJson({ candidate, baseline, pass, method, metric, load, points, breaks, trend }: CellHistory): object {
  return {
    ...{ candidate, baseline, pass, method, metric, load },
    points: points.map(({ run, toll }) => ({
      run,
      ratio: exponential(toll.theta),
      toll_ns: toll.absoluteNs,
      blocks: toll.n,
      suspect: toll.suspect,
    })),
    set_up_changes: breaks,
    trend:
      trend.state === "too few"
        ? trend
        : {
            state: trend.state,
            change_points: trend.changePoints.map(({ index, change, p }) => ({
              point: index,
              ratio: Math.exp(change),
              p,
            })),
            levels: trend.levels,
            lag1: trend.lag1,
            asks_for_confirmation: trend.asksForConfirmation,
            stable: {
              from_point: trend.stable.from,
              runs: trend.stable.n,
              ratio: trend.stable.ratio,
              toll_ns: trend.stable.tollNs,
              confidence: trend.stable.confidence,
            },
          },
  };
}

function matrixJson(entry: RunHistory["matrix"][number][number]): object | null {
  if (entry === null) return null;
  const { n, verdict, note, ratio, tollNs, against } = entry;
  const before =
    against === null ? null : { version: against.period, runs: against.n, ratio: exponential(against.shift) };
  return { runs: n, ratio, toll_ns: tollNs, against: before, verdict, note };
}

function exponential({ estimate, low, high }: Interval): Interval {
  return { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
}
