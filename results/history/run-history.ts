/**
 * The history of every toll, from the lines of index.jsonl: no run is opened for it.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import { nearestWord } from "../../loadgen/nearest-word.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { hasBrokenTwin } from "../broken-twin.js";
import { MINIMUM_MARGIN } from "../compare-run.js";
import { headlinePass } from "../comparison-cells.js";
import type { Metric } from "../comparison-shape.js";
import { diffFingerprints } from "../fingerprint.js";
import type { IndexedToll, IndexEntry } from "../run-index.js";
import type { Fingerprint, RunHeader } from "../run-shape.js";
import { ALL_METHODS } from "../trial-evidence.js";
import type { PassName } from "../trial.js";
import { cellTrend } from "./cell-trend.js";
import type { CellHistory, HistoryPoint, RunHistory, SegmentBreak } from "./history-shape.js";
import { LoadSeries } from "./load-series.js";
import { versionMatrix } from "./version-matrix.js";
import { versionPeriods } from "./version-periods.js";

export interface HistoryQuery {
  /** Null: that of the newest run. */
  readonly environment: RunHeader["environment"] | null;
  /** Candidates; empty: all. */
  readonly roads: readonly string[];
  /** Empty: the headline method, and `all` for CPU. */
  readonly methods: readonly string[];
  /** Empty: the headline of each load; `all`: every one. */
  readonly metrics: readonly string[];
  /** Changes below it are of no interest, as a fraction. */
  readonly minEffect: number;
}

/** What a reader looks at first, of each load: at 1 in flight service, under open load response, else the whole call. */
const HEADLINE_METRICS: readonly Metric[] = ["service_p50", "response_p99", "call_p50"];

/**
 * @param entries oldest first, as readIndex gives them
 * @throws Fault (usage) when a road, method or metric is in no run
 */
export function historyOf(entries: readonly IndexEntry[], query: HistoryQuery): RunHistory {
  const environment = query.environment ?? entries.at(-1)?.environment ?? null;
  const ours = entries.filter((entry) => entry.environment === environment && entry.tolls.length > 0);
  checkWords(ours, query);
  const series = seriesOf(ours, query);
  const minEffect = Math.max(query.minEffect, MINIMUM_MARGIN);
  const fingerprints = ours.map(({ fingerprint }) => fingerprint);
  const periods = versionPeriods(fingerprints);
  const changesBetween = fingerprintChanges(fingerprints);
  const cells = [...series.values()].map((one): CellHistory => {
    const breaks = breaksOf(one.points, changesBetween);
    return {
      ...one,
      breaks,
      trend: cellTrend(
        one.points,
        breaks.map(({ at }) => at),
        minEffect,
      ),
    };
  });
  return {
    environment,
    runs: ours.map((entry, i) => ({
      ...{ id: entry.id, createdAt: entry.createdAt, tags: entry.tags },
      hasBrokenTwin: hasBrokenTwin(entry),
      period: periods.findIndex(({ from, to }) => i >= from && i < to),
    })),
    periods,
    cells,
    matrix: versionMatrix(periods, cells, minEffect),
    warnings: [...warningsOf(entries, ours, environment), ...brokenTwins(ours)],
  };
}

type Series = Omit<CellHistory, "breaks" | "trend" | "points"> & { readonly points: HistoryPoint[] };

/** In the order in which the newest runs list their cells; those that only older runs have come last. */
function seriesOf(entries: readonly IndexEntry[], query: HistoryQuery): Map<string, Series> {
  const loads = new LoadSeries();
  const loadsOf = entries.map(
    ({ passes, placement }) => new Map(passes.map((pass) => [pass.name, loads.of(pass, placement)])),
  );
  const series = new Map<string, Series>();
  const headlines = new Set(entries.map(({ passes }) => headlinePass({ passes })));
  for (let run = entries.length - 1; run >= 0; run--) {
    for (const toll of (entries[run] as IndexEntry).tolls) {
      if (!isAsked(toll, query, headlines)) continue;
      const { candidate, baseline, pass, method, metric } = toll;
      const load = loadsOf[run]?.get(pass) ?? pass;
      const key = [candidate, baseline, pass, method, metric, load].join("\n");
      const known = series.get(key) ?? { candidate, baseline, pass, method, metric, load, points: [] };
      known.points.push({ run, toll });
      series.set(key, known);
    }
  }
  for (const { points } of series.values()) points.reverse();
  return series;
}

function isAsked(
  { candidate, method, metric, pass }: IndexedToll,
  { roads, methods, metrics }: HistoryQuery,
  headlines: ReadonlySet<PassName>,
): boolean {
  if (roads.length > 0 && !roads.includes(candidate)) return false;
  const isAskedMetric =
    metrics.length === 0 ? isHeadline(metric, pass, headlines) : metrics.includes("all") || metrics.includes(metric);
  if (!isAskedMetric) return false;
  return methods.length > 0 ? methods.includes(method) : method === HEADLINE_METHOD || method === ALL_METHODS;
}

/** Service is the headline of the pass that a run's verdict speaks of; under open load response is. */
function isHeadline(metric: Metric, pass: PassName, headlines: ReadonlySet<PassName>): boolean {
  return HEADLINE_METRICS.includes(metric) && !(metric === "service_p50" && !headlines.has(pass));
}

/** What changed between two runs; most pairs are the same, and those are told by their text alone. */
function fingerprintChanges(
  fingerprints: readonly Fingerprint[],
): (before: number, after: number) => SegmentBreak["changes"] {
  const texts = fingerprints.map((one) => JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))));
  return (before, after) =>
    texts[before] === texts[after] ? [] : diffFingerprints(fingerprints[before] ?? {}, fingerprints[after] ?? {});
}

function breaksOf(
  points: readonly HistoryPoint[],
  changesBetween: ReturnType<typeof fingerprintChanges>,
): SegmentBreak[] {
  return points.flatMap(({ run }, at) => {
    const before = points[at - 1];
    const changes = before === undefined ? [] : changesBetween(before.run, run);
    return changes.length === 0 ? [] : [{ at, changes }];
  });
}

function warningsOf(
  entries: readonly IndexEntry[],
  ours: readonly IndexEntry[],
  environment: RunHistory["environment"],
): string[] {
  const others = entries.filter((entry) => entry.environment !== environment);
  const empty = entries.length - others.length - ours.length;
  const names = [...new Set(others.map((entry) => entry.environment))];
  return [
    ...names.map((name) => {
      const n = others.filter((entry) => entry.environment === name).length;
      return `${n} ${n === 1 ? "run" : "runs"} of the environment ${name} left out: never in one series (--env ${name})`;
    }),
    ...(empty === 0 ? [] : [`${empty} ${empty === 1 ? "run" : "runs"} without a toll left out`]),
  ];
}

function brokenTwins(ours: readonly IndexEntry[]): string[] {
  const broken = ours.filter(hasBrokenTwin).map(({ id }) => id);
  if (broken.length === 0) return [];
  const shown = broken.slice(-3).join(", ");
  const which = broken.length > 3 ? `, the newest of them ${shown}` : `: ${shown}`;
  return [
    `the A/A control failed in ${broken.length} of ${ours.length} runs (marked)${which}; a change there may be the instrument's own`,
  ];
}

function checkWords(entries: readonly IndexEntry[], { roads, methods, metrics }: HistoryQuery): void {
  const tolls = entries.flatMap((entry) => entry.tolls);
  if (tolls.length === 0) return;
  check("--road", roads, new Set(tolls.map(({ candidate }) => candidate)));
  check("--method", methods, new Set(tolls.map(({ method }) => method)));
  check("--metric", metrics, new Set<string>(["all", ...tolls.map(({ metric }) => metric)]));
}

function check(flag: string, asked: readonly string[], known: ReadonlySet<string>): void {
  const unknown = asked.find((word) => !known.has(word));
  if (unknown === undefined) return;
  const nearest = nearestWord(unknown, [...known]);
  throw new Fault({
    fact: `${flag} ${unknown}: no kept run has such a toll`,
    expected: [...known].join(", "),
    ...(nearest === null ? {} : { try: `${flag} ${nearest}` }),
    exitCode: EXIT.usage,
  });
}
