/**
 * The tolls as tables, one per pass, method and latency: every road with its levels and what it adds over its own
 * baseline, and every step that was compared, the chains of METHOD §4.6 first.
 */
import type { Comparison, Interval, Metric, RunComparison } from "../../results/comparison-shape.js";
import type { PassDesign, RunHeader } from "../../results/run-shape.js";
import { ALL_METHODS } from "../../results/trial-evidence.js";
import type { PassName } from "../../results/trial.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { declaredChains, isSameChain } from "../../scenarios/chains.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { count } from "../quantities.js";
import { roadDifference } from "./road-difference.js";

/** One load on all its roads, for one method and one latency. */
export interface TollTable {
  /** Names it among all of a run: `mix/ProcessPayment/response`. */
  readonly view: string;
  readonly pass: PassName;
  readonly load: "closed" | "open";
  readonly title: string;
  /** Which latency the columns show. */
  readonly quantity: "service" | "response" | "call";
  readonly method: string;
  /** The latency that a summary of this load shows: response where there is one. */
  readonly isMain: boolean;
  /** The main latency of the method that every summary speaks of (METHOD §2.8). */
  readonly isHeadline: boolean;
  /** Fewest and most calls behind a road's levels. */
  readonly calls: { readonly least: number; readonly most: number };
  readonly rows: readonly TollRow[];
  /** Every pair of roads that was compared: chains, other steps, controls. */
  readonly steps: readonly TollStep[];
}

/** What one road adds over another, in every figure. */
export interface TollStep {
  readonly kind: "chain" | "step" | "control";
  readonly candidate: Scenario;
  readonly baseline: Scenario;
  /** What is different between the two, in two to four words. */
  readonly differs: string;
  readonly at: Readonly<Record<QuantileName, Comparison | null>>;
  readonly nodeCpu: Comparison | null;
  /** Null where no road of the two leads through Envoy. */
  readonly envoyCpu: Comparison | null;
}

export const QUANTILE_NAMES = ["p50", "p90", "p99", "p999"] as const;
export type QuantileName = (typeof QUANTILE_NAMES)[number];

export function quantileText(name: QuantileName): string {
  return name === "p999" ? "p99.9" : name;
}

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

const TITLES: Partial<Record<PassName, string>> = {
  interleaved: "One call in flight, roads taking turns",
  single: "One call in flight",
  mix: "Standard mix",
  reconnect: "A new connection for each call",
};

/** Headline methods first, within each pass; of each method, the main latency first. */
export function tollTables(header: RunHeader, comparison: RunComparison): TollTable[] {
  return header.design.passes.flatMap((pass): TollTable[] => {
    const title = TITLES[pass.name];
    if (title === undefined) return [];
    const methods = [...new Set(pass.plan.mix.map((share) => share.method))];
    const ordered = [
      ...methods.filter((one) => one === HEADLINE_METHOD),
      ...methods.filter((one) => one !== HEADLINE_METHOD),
    ];
    return ordered.flatMap((method) =>
      quantitiesOf(pass.plan).map((quantity, i) =>
        tollTable(header, pass, { method, quantity, isMain: i === 0, title: `${title}${rateText(pass)}` }, comparison),
      ),
    );
  });
}

/** A closed loop has no intended time, so no response (METHOD §2.2). */
function quantitiesOf({ loop }: LoadPlan): readonly TollTable["quantity"][] {
  if (loop.kind === "open") return ["response", "service"];
  return loop.connectionPerCall ? ["call"] : ["service"];
}

type Subject = Pick<TollTable, "method" | "quantity" | "isMain" | "title">;

function tollTable(header: RunHeader, pass: PassDesign, subject: Subject, comparison: RunComparison): TollTable {
  const { method, quantity, isMain } = subject;
  const known = [...comparison.comparisons, ...comparison.twins].filter((one) => one.pass === pass.name);
  const scenarios = header.scenarios.filter((scenario) => pass.scenarios.includes(scenario.name));
  const rows = scenarios.map((scenario) => tollRow(scenario, method, quantity, known));
  const calls = rows.map((row) => row.at.p50.calls).filter((one) => one > 0);
  return {
    ...subject,
    view: `${pass.name}/${method}/${quantity}`,
    pass: pass.name,
    load: pass.plan.loop.kind,
    isHeadline: isMain && method === HEADLINE_METHOD,
    calls: calls.length === 0 ? { least: 0, most: 0 } : { least: Math.min(...calls), most: Math.max(...calls) },
    rows,
    steps: tollSteps(scenarios, method, quantity, known),
  };
}

/** In the order of comparisons; the known ones hold chains first and controls last. */
function tollSteps(
  scenarios: readonly Scenario[],
  method: string,
  quantity: TollTable["quantity"],
  known: readonly Comparison[],
): TollStep[] {
  const pairs = new Map(known.map((one) => [`${one.candidate}/${one.baseline}`, one]));
  return [...pairs.values()].flatMap((pair): TollStep[] => {
    const [candidate, baseline] = [pair.candidate, pair.baseline].map((name) =>
      scenarios.find((scenario) => scenario.name === name),
    );
    if (candidate === undefined || baseline === undefined) return [];
    const find = (metric: string, of: string): Comparison | null =>
      known.find(
        (one) =>
          one.candidate === pair.candidate &&
          one.baseline === pair.baseline &&
          one.metric === metric &&
          one.method === of,
      ) ?? null;
    const at = (quantile: QuantileName): Comparison | null => find(`${quantity}_${quantile}`, method);
    return [
      {
        kind: stepKind(pair, scenarios),
        candidate,
        baseline,
        differs: roadDifference(baseline, candidate),
        at: { p50: at("p50"), p90: at("p90"), p99: at("p99"), p999: at("p999") },
        nodeCpu: find("cpu_per_call", ALL_METHODS),
        envoyCpu: find("envoy_cpu_per_call", ALL_METHODS),
      },
    ];
  });
}

/** Chains are what the run was made for: of a preview the later Envoy against the earlier, and the toll through either. */
function stepKind(pair: Comparison, scenarios: readonly Scenario[]): TollStep["kind"] {
  if (pair.family === "control") return "control";
  return declaredChains(scenarios).some((chain) => isSameChain(chain, pair)) ? "chain" : "step";
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

/** A part that only one of the two roads has is no multiple of anything. */
export function hasRatio(one: Comparison): one is Comparison & { readonly ratio: Interval } {
  return one.ratio !== null && one.verdict !== "added" && one.verdict !== "removed";
}

/** `ProcessPayment, response time, 12,000 to 12,300 calls a road` */
export function tableSubject({ method, quantity, calls: { least, most } }: TollTable): string {
  const calls = least === most ? count(least) : `${count(least)} to ${count(most)}`;
  return `${method}, ${quantity} time, ${calls} calls a road`;
}
