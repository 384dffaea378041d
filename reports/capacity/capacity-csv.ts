/** Every point of a capacity search as a row. Rates in calls per second, times in ns, full precision. */
import type { CapacityPoint } from "../../results/capacity/point.js";
import { csvText, type CsvValue } from "../csv-text.js";
import type { CapacityReport } from "./capacity-model.js";

const COLUMNS: Readonly<Record<string, (point: CapacityPoint) => CsvValue>> = {
  road: (point) => point.road,
  trial: (point) => point.trial,
  rate: (point) => point.rate,
  completed_per_second: ({ measured }) => measured?.completedPerSecond ?? null,
  outcome: (point) => point.outcome,
  limit: (point) => point.limit,
  because: (point) => point.because.join("; "),
  verdict: (point) => point.verdict,
  calls: ({ measured }) => measured?.response.calls ?? null,
  sent_share: ({ measured }) => measured?.sentShare ?? null,
  failure_share: ({ measured }) => measured?.failureShare ?? null,
  response_mean_ns: ({ measured }) => measured?.response.meanNs ?? null,
  response_p50_ns: ({ measured }) => measured?.response.p50Ns ?? null,
  response_p99_ns: ({ measured }) => measured?.response.p99Ns ?? null,
  response_slo_quantile_ns: ({ measured }) => measured?.response.sloNs ?? null,
  slower_than_slo: ({ measured }) => measured?.response.slow ?? null,
  road_cpu_ns_per_second: ({ measured }) => measured?.cpu?.roadNsPerSecond ?? null,
  envoy_cpu_ns_per_second: ({ measured }) => measured?.cpu?.envoyNsPerSecond ?? null,
  server_cpu_ns_per_second: ({ measured }) => measured?.cpu?.serverNsPerSecond ?? null,
  road_cores: ({ measured }) => measured?.cpu?.roadCores ?? null,
  road_cores_share: ({ measured }) => measured?.cpu?.roadShare ?? null,
  in_flight_counted: ({ measured }) => measured?.little?.counted ?? null,
  in_flight_by_littles_law: ({ measured }) => measured?.little?.computed ?? null,
};

export function renderCapacityCsv({ header, roads }: CapacityReport): string {
  const rows = roads.flatMap(({ points }) =>
    points.map((point) => [header.id, ...Object.values(COLUMNS).map((cell) => cell(point))]),
  );
  return csvText(["run", ...Object.keys(COLUMNS)], rows);
}
