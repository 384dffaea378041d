import { describe, expect, test } from "vitest";
import { Fault, renderFault } from "../../loadgen/fault.js";
import type { IndexEntry } from "../run-index.js";
import type { PassName } from "../trial.js";
import type { CellHistory, RunHistory } from "./history-shape.js";
import { historyOf, type HistoryQuery } from "./run-history.js";
import { syntheticHistory, type SyntheticHistoryOptions } from "./synthetic-history.js";

const ALL: HistoryQuery = { environment: null, roads: [], methods: [], metrics: ["service_p50"], minEffect: 0 };

const headline: NonNullable<SyntheticHistoryOptions["cells"]> = ({ candidate, baseline, pass, metric, method }) =>
  (candidate === "l7" || candidate === "l4") &&
  (baseline === "l4" || baseline === "no-policy") &&
  pass === "single" &&
  metric === "service_p50" &&
  method === "ProcessPayment";

function told(options: SyntheticHistoryOptions, query: Partial<HistoryQuery> = {}): RunHistory {
  return historyOf(syntheticHistory({ cells: headline, ...options }), { ...ALL, ...query });
}

function cellOf({ cells }: RunHistory, candidate = "l7", load = "1 in flight"): CellHistory {
  const cell = cells.find((one) => one.candidate === candidate && one.load === load);
  if (cell === undefined) throw new Error(`no cell of ${candidate} at ${load}`);
  return cell;
}

function analysed(cell: CellHistory): Extract<CellHistory["trend"], { readonly state: "analysed" }> {
  if (cell.trend.state === "too few") throw new Error("too few runs");
  return cell.trend;
}

const changed = (cell: CellHistory): number[] => analysed(cell).changePoints.map(({ index }) => index);

describe("a toll over its runs", () => {
  test("that rose is seen where it rose, and only that toll", () => {
    const history = told({ runs: 40, factor: (run, candidate) => (run >= 25 && candidate === "l7" ? 1.1 : 1) });
    expect(changed(cellOf(history))).toEqual([25]);
    expect(changed(cellOf(history, "l4"))).toEqual([]);
    const { stable } = analysed(cellOf(history));
    expect([stable.from, stable.n]).toEqual([25, 15]);
    expect(stable.ratio.estimate / (1.1 * (3.6 / 1.05))).toBeCloseTo(1, 1);
  });

  test("of a run whose A/A control failed is marked, and said on top", () => {
    const twins = (run: number): IndexEntry["twins"] => [
      {
        ...{ kind: "behind the proxy", pass: "single", method: "ProcessPayment", metric: "service_p50" },
        differences: Array.from({ length: 10 }, (_, i) => (run === 3 ? 0.05 : 0) + (i - 4.5) / 1_000),
      },
    ];
    const entries = syntheticHistory({ runs: 5, cells: headline }).map((entry, run) => ({
      ...entry,
      twins: twins(run),
    }));
    const history = historyOf(entries, ALL);
    expect(history.runs.map(({ hasBrokenTwin }) => hasBrokenTwin)).toEqual([false, false, false, true, false]);
    expect(history.warnings.join()).toContain(`the A/A control failed in 1 of 5 runs (marked): ${entries[3]?.id}`);
  });

  test("by default is that of the pass in which roads took turns, where runs have it", () => {
    const withTurns = (entry: IndexEntry): IndexEntry => ({
      ...entry,
      passes: [...entry.passes, { ...entry.passes[0]!, name: "interleaved" }],
      tolls: entry.tolls.flatMap((toll) => [toll, { ...toll, pass: "interleaved" as const }]),
    });
    const plain = syntheticHistory({ runs: 3, cells: headline });
    const passesOf = (entries: readonly IndexEntry[]): PassName[] => [
      ...new Set(historyOf(entries, { ...ALL, metrics: [] }).cells.map(({ pass }) => pass)),
    ];
    expect(passesOf(plain)).toEqual(["single"]);
    expect(passesOf(plain.map(withTurns))).toEqual(["interleaved"]);
    expect(passesOf([...plain.slice(0, 2), ...plain.slice(2).map(withTurns)]).sort()).toEqual([
      "interleaved",
      "single",
    ]);
  });

  test("of seven runs is too few, of eight is analysed", () => {
    expect(cellOf(told({ runs: 7 })).trend).toEqual({ state: "too few", n: 7, needed: 8 });
    expect(cellOf(told({ runs: 8 })).trend.state).toBe("analysed");
  });

  test("whose change is of no interest has no change point", () => {
    const options: SyntheticHistoryOptions = { runs: 40, sd: 0.002, factor: (run) => (run >= 20 ? 1.02 : 1) };
    expect(changed(cellOf(told(options)))).toEqual([20]);
    expect(changed(cellOf(told(options, { minEffect: 0.05 })))).toEqual([]);
  });

  test("whose runs depend on each other asks for an interleaved run", () => {
    const alone = analysed(cellOf(told({ runs: 80 })));
    expect(alone.asksForConfirmation).toBe(false);
    const dependent = analysed(cellOf(told({ runs: 80, dependence: 0.8 })));
    expect(dependent.lag1).toBeGreaterThan(0.2);
    expect(dependent.asksForConfirmation).toBe(true);
  });
});

describe("a change of the set-up", () => {
  const upgraded: SyntheticHistoryOptions = {
    runs: 40,
    factor: (run) => (run >= 20 ? 1.1 : 1),
    fingerprint: (run) => ({ kernel: "6.1.0", envoy: run < 20 ? "1.36.4" : "1.37.0" }),
  };

  test("is a break and no change point, and the stable range begins after it", () => {
    const cell = cellOf(told(upgraded));
    expect(changed(cell)).toEqual([]);
    expect(cell.breaks).toMatchObject([{ at: 20, changes: [{ key: "envoy", before: "1.36.4", after: "1.37.0" }] }]);
    expect(analysed(cell).stable).toMatchObject({ from: 20, n: 20 });
  });

  test("is judged version against version, toll by toll", () => {
    const { periods, matrix, cells } = told({
      ...upgraded,
      factor: (run, candidate) => (run >= 20 && candidate === "l7" ? 1.1 : 1),
      sd: 0.001,
    });
    expect(periods.map(({ label, from, to }) => [label, from, to])).toEqual([
      ["Envoy 1.36.4 · kernel 6.1.0", 0, 20],
      ["Envoy 1.37.0 · kernel 6.1.0", 20, 40],
    ]);
    const words = (period: number): Record<string, string | undefined> =>
      Object.fromEntries(
        cells.map(({ candidate, baseline }, i) => [`${candidate}/${baseline}`, matrix[period]?.[i]?.verdict]),
      );
    expect(words(0)).toEqual({ "l4/no-policy": "first", "l7/l4": "first" });
    expect(words(1)).toEqual({ "l4/no-policy": "indistinguishable", "l7/l4": "slower" });
  });

  test("with too few runs on a side carries no verdict, and says so", () => {
    const { matrix } = told({ ...upgraded, runs: 23 });
    expect(matrix[1]?.[0]).toMatchObject({ verdict: "inconclusive", n: 3 });
    expect(matrix[1]?.[0]?.note).toMatch(/20 runs against 3, 6 of each are the least/);
  });
});

describe("what is never one series", () => {
  test("environments: the newest run's is shown, the other named and left out", () => {
    const mixed: SyntheticHistoryOptions = { runs: 20, environment: (run) => (run % 2 === 0 ? "cluster" : "lab") };
    const history = told(mixed);
    expect([history.environment, history.runs.length]).toEqual(["lab", 10]);
    expect(history.warnings).toEqual([
      "10 runs of the environment cluster left out: never in one series (--env cluster)",
    ]);
    expect(told(mixed, { environment: "cluster" }).environment).toBe("cluster");
  });

  test("loads: another number in flight, and another placement of the same load", () => {
    const { cells } = told({
      runs: 30,
      passes: (run, passes) =>
        passes.map((pass) =>
          pass.plan.loop.kind === "closed" && run >= 20
            ? { ...pass, plan: { ...pass.plan, loop: { ...pass.plan.loop, inFlight: 8 } } }
            : pass,
        ),
      placement: (run, placement) => (run < 10 ? { ...placement, server: "1" } : placement),
    });
    const loads = cells.filter(({ candidate }) => candidate === "l7").map(({ load, points }) => [load, points.length]);
    expect(loads).toHaveLength(3);
    expect(loads.map(([, n]) => n)).toEqual([10, 10, 10]);
    expect(loads.map(([load]) => load).sort()).toEqual([
      "1 in flight",
      "1 in flight (not placed alike: server on CPU 1 and 0)",
      "8 in flight",
    ]);
  });

  test("a window that is longer is the same load", () => {
    const { cells } = told({
      runs: 20,
      passes: (run, passes) => passes.map((pass) => ({ ...pass, blocks: run < 10 ? 10 : 20 })),
    });
    expect(cells.map(({ points }) => points.length)).toEqual([20, 20]);
  });
});

describe("what is asked for", () => {
  test("narrows by road, and names the nearest word for what no run has", () => {
    expect(told({ runs: 8 }, { roads: ["l4"] }).cells.map(({ candidate }) => candidate)).toEqual(["l4"]);
    const refusal = (query: Partial<HistoryQuery>): string => {
      try {
        told({ runs: 8 }, query);
      } catch (error) {
        return error instanceof Fault ? renderFault(error) : String(error);
      }
      return "told";
    };
    expect(refusal({ roads: ["l77"] })).toMatch(/--road l77: no kept run has such a toll[^]*--road l7/);
    expect(refusal({ metrics: ["service_p5"] })).toMatch(/--metric service_p50/);
  });

  test("without a metric is the headline of each load", () => {
    const history = historyOf(syntheticHistory({ runs: 8 }), { ...ALL, metrics: [] });
    expect(new Set(history.cells.map(({ pass, metric }) => `${pass} ${metric}`))).toEqual(
      new Set(["single service_p50", "mix response_p99"]),
    );
  });

  test("of no run at all is empty", () => {
    expect(historyOf([], ALL)).toMatchObject({ environment: null, runs: [], cells: [], matrix: [] });
  });
});
