/**
 * What a report says, as data: made once from the run and its comparison, then written out by one renderer per form
 * (terminal, HTML, Markdown, CSV, JSON). No renderer computes anything of its own.
 */
import type { Comparison, Metric, Refusal, RunComparison, TrialTally } from "../results/comparison-shape.js";
import type { Run, RunHeader } from "../results/run-shape.js";
import type { PassName } from "../results/trial.js";
import { CHAINS } from "../scenarios/catalogue.js";
import type { Scenario } from "../scenarios/scenario.js";
import { HEADLINE_METHOD } from "../scenarios/standard-mix.js";
import { basisOf, type BasisItem } from "./basis.js";
import { claimsOnTrial, type Claim } from "./claims.js";
import { machineLine } from "./machine-line.js";
import { verdictSentences, type Sentence } from "./verdict-sentences.js";

export interface ReportModel {
  readonly header: RunHeader;
  readonly state: "complete" | "interrupted" | "failed" | "unfinished";
  readonly stateMessage: string | null;
  readonly machine: string;
  readonly verdict: readonly Sentence[];
  readonly basis: readonly BasisItem[];
  readonly tables: readonly TollTable[];
  readonly chains: readonly Comparison[];
  readonly refusals: readonly Refusal[];
  readonly claims: readonly Claim[];
  readonly trials: TrialTally;
  readonly warnings: readonly string[];
  readonly limits: readonly string[];
  readonly comparison: RunComparison;
}

/** One load: every road against its own baseline, for one method. */
export interface TollTable {
  readonly pass: PassName;
  readonly load: "closed" | "open";
  readonly title: string;
  /** Which latency the columns show. */
  readonly quantity: "service" | "response" | "call";
  readonly method: string;
  readonly rows: readonly TollRow[];
}

export interface TollRow {
  readonly scenario: Scenario;
  readonly levelP50Ns: number | null;
  readonly levelP99Ns: number | null;
  readonly p50: Comparison | null;
  readonly p99: Comparison | null;
  readonly envoyCpuNs: number | null;
  readonly nodeCpuNs: number | null;
}

export function buildReport(run: Run, comparison: RunComparison): ReportModel {
  const { header, end } = run;
  return {
    header,
    state: end?.state ?? "unfinished",
    stateMessage: end?.message ?? null,
    machine: machineLine(header),
    verdict: verdictSentences(comparison),
    basis: basisOf(run, comparison),
    tables: tollTables(header, comparison),
    chains: comparison.comparisons.filter(isDeclaredChain),
    refusals: comparison.refusals,
    claims: claimsOnTrial(run, comparison),
    trials: comparison.trials,
    warnings: [...comparison.warnings, ...(end?.warnings ?? []), ...run.warnings],
    limits: limitsOf(header),
    comparison,
  };
}

function isDeclaredChain(one: Comparison): boolean {
  return CHAINS.some(({ candidate, baseline }) => one.candidate === candidate && one.baseline === baseline);
}

function tollTables(header: RunHeader, comparison: RunComparison): TollTable[] {
  return header.design.passes.flatMap((pass): TollTable[] => {
    const heading = TABLE_HEADINGS[pass.name];
    if (heading === undefined) return [];
    const open = pass.plan.loop.kind === "open" ? pass.plan.loop.arrivals : null;
    const rate = open !== null && "rate" in open ? ` at ${Math.round(open.rate)} calls/s, ${open.kind} arrivals` : "";
    return [
      {
        pass: pass.name,
        load: pass.plan.loop.kind,
        title: `${heading.title}${rate}`,
        quantity: heading.quantity,
        method: HEADLINE_METHOD,
        rows: header.scenarios
          .filter((scenario) => pass.scenarios.includes(scenario.name))
          .map((scenario) => tollRow(scenario, pass.name, heading.quantity, comparison)),
      },
    ];
  });
}

const TABLE_HEADINGS: Partial<Record<PassName, { title: string; quantity: TollTable["quantity"] }>> = {
  single: { title: "One call in flight", quantity: "service" },
  mix: { title: "Standard mix", quantity: "response" },
  reconnect: { title: "A new connection for each call", quantity: "call" },
};

function tollRow(
  scenario: Scenario,
  pass: PassName,
  quantity: TollTable["quantity"],
  { comparisons, twins }: RunComparison,
): TollRow {
  const known = [...comparisons, ...twins].filter((one) => one.pass === pass);
  const against = (metric: Metric): Comparison | null =>
    known.find(
      (one) =>
        one.candidate === scenario.name &&
        one.baseline === scenario.baseline &&
        one.metric === metric &&
        one.method === HEADLINE_METHOD,
    ) ?? null;
  const level = (metric: Metric, methods: readonly string[]): number | null => {
    for (const one of known) {
      if (one.metric !== metric || !methods.includes(one.method)) continue;
      if (one.candidate === scenario.name && one.candidateNs !== null) return one.candidateNs;
      if (one.baseline === scenario.name && one.baselineNs !== null) return one.baselineNs;
    }
    return null;
  };
  const anyMethod = [HEADLINE_METHOD, "all"];
  return {
    scenario,
    levelP50Ns: level(`${quantity}_p50`, [HEADLINE_METHOD]),
    levelP99Ns: level(`${quantity}_p99`, [HEADLINE_METHOD]),
    p50: against(`${quantity}_p50`),
    p99: against(`${quantity}_p99`),
    envoyCpuNs: scenario.road.proxy.kind === "none" ? null : level("envoy_cpu_per_call", anyMethod),
    nodeCpuNs: level("cpu_per_call", anyMethod),
  };
}

function limitsOf(header: RunHeader): string[] {
  if (header.environment !== "lab") return [];
  return [
    "The lab measures the marginal cost of policy look-up, proxy hop, HTTP parsing, rule evaluation and TLS on one machine.",
    "Conntrack, load balancing, tunnels, Hubble and the agent's access log are not reproduced: no number here is a cluster's.",
    "Caller, server and Envoy share this machine's cores; service time includes their scheduling.",
  ];
}
