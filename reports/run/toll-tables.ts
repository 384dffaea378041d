/**
 * The tolls as tables, one per pass and method: every road with its levels, and what it adds over its own baseline.
 */
import type { Comparison, Metric, RunComparison } from "../../results/comparison-shape.js";
import type { PassDesign, RunHeader } from "../../results/run-shape.js";
import { ALL_METHODS } from "../../results/trial-evidence.js";
import type { PassName } from "../../results/trial.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { count } from "../quantities.js";

/** One load on all its roads, for one method. */
export interface TollTable {
  readonly pass: PassName;
  readonly load: "closed" | "open";
  readonly title: string;
  /** Which latency the columns show. */
  readonly quantity: "service" | "response" | "call";
  readonly method: string;
  /** The method that every summary speaks of (METHOD §2.8). */
  readonly isHeadline: boolean;
  /** Fewest and most calls behind a road's levels. */
  readonly calls: { readonly least: number; readonly most: number };
  readonly rows: readonly TollRow[];
}

export const QUANTILE_NAMES = ["p50", "p90", "p99", "p999"] as const;
export type QuantileName = (typeof QUANTILE_NAMES)[number];

export interface TollRow {
  readonly scenario: Scenario;
  readonly at: Readonly<Record<QuantileName, TollCell>>;
  readonly envoyCpu: TollCell;
  readonly nodeCpu: TollCell;
}

/** One figure of one road. */
export interface TollCell {
  /** Null: `n/a`. */
  readonly levelNs: number | null;
  readonly calls: number;
  /** Against the road's own baseline; null for the floor and where nothing was compared. */
  readonly toll: Comparison | null;
}

const HEADINGS: Partial<Record<PassName, { readonly title: string; readonly quantity: TollTable["quantity"] }>> = {
  interleaved: { title: "One call in flight, roads taking turns", quantity: "service" },
  single: { title: "One call in flight", quantity: "service" },
  mix: { title: "Standard mix", quantity: "response" },
  reconnect: { title: "A new connection for each call", quantity: "call" },
};

/** Headline methods first, within each pass. */
export function tollTables(header: RunHeader, comparison: RunComparison): TollTable[] {
  return header.design.passes.flatMap((pass): TollTable[] => {
    const heading = HEADINGS[pass.name];
    if (heading === undefined) return [];
    const methods = [...new Set(pass.plan.mix.map((share) => share.method))];
    const ordered = [
      ...methods.filter((one) => one === HEADLINE_METHOD),
      ...methods.filter((one) => one !== HEADLINE_METHOD),
    ];
    return ordered.map((method) => tollTable(header, pass, method, heading, comparison));
  });
}

function tollTable(
  header: RunHeader,
  pass: PassDesign,
  method: string,
  { title, quantity }: { readonly title: string; readonly quantity: TollTable["quantity"] },
  comparison: RunComparison,
): TollTable {
  const known = [...comparison.comparisons, ...comparison.twins].filter((one) => one.pass === pass.name);
  const rows = header.scenarios
    .filter((scenario) => pass.scenarios.includes(scenario.name))
    .map((scenario) => tollRow(scenario, method, quantity, known));
  const calls = rows.map((row) => row.at.p50.calls).filter((one) => one > 0);
  return {
    pass: pass.name,
    load: pass.plan.loop.kind,
    title: `${title}${rateText(pass)}`,
    quantity,
    method,
    isHeadline: method === HEADLINE_METHOD,
    calls: calls.length === 0 ? { least: 0, most: 0 } : { least: Math.min(...calls), most: Math.max(...calls) },
    rows,
  };
}

function rateText({ plan }: PassDesign): string {
  if (plan.loop.kind !== "open" || !("rate" in plan.loop.arrivals)) return "";
  const { rate, kind } = plan.loop.arrivals;
  return `, ${count(rate)} calls/s, ${kind === "poisson" ? "Poisson" : kind} arrivals`;
}

function tollRow(
  scenario: Scenario,
  method: string,
  quantity: TollTable["quantity"],
  known: readonly Comparison[],
): TollRow {
  const at = (quantile: QuantileName): TollCell =>
    tollCell(scenario, `${quantity}_${quantile}` as Metric, method, known);
  const cpu = (metric: Metric): TollCell => tollCell(scenario, metric, ALL_METHODS, known);
  const envoyCpu = cpu("envoy_cpu_per_call");
  return {
    scenario,
    at: { p50: at("p50"), p90: at("p90"), p99: at("p99"), p999: at("p999") },
    envoyCpu: scenario.road.proxy.kind === "none" ? { ...envoyCpu, levelNs: null } : envoyCpu,
    nodeCpu: cpu("cpu_per_call"),
  };
}

/** The level stands in any comparison that the road takes part in, on either side. */
function tollCell(scenario: Scenario, metric: Metric, method: string, known: readonly Comparison[]): TollCell {
  const fitting = known.filter((one) => one.metric === metric && one.method === method);
  const toll = fitting.find((one) => one.candidate === scenario.name && one.baseline === scenario.baseline) ?? null;
  for (const one of toll === null ? fitting : [toll, ...fitting]) {
    if (one.candidate === scenario.name && one.candidateNs !== null) {
      return { levelNs: one.candidateNs, calls: one.candidateCalls, toll };
    }
    if (one.baseline === scenario.name && one.baselineNs !== null) {
      return { levelNs: one.baselineNs, calls: one.baselineCalls, toll };
    }
  }
  return { levelNs: null, calls: 0, toll };
}

/** `ProcessPayment, response time, 12,000 to 12,300 calls a road` */
export function tableSubject({ method, quantity, calls: { least, most } }: TollTable): string {
  const calls = least === most ? count(least) : `${count(least)} to ${count(most)}`;
  return `${method}, ${quantity} time, ${calls} calls a road`;
}
