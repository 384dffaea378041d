/**
 * Everything that a run compares: chains and baselines × passes × methods × metrics, as its design and its scenarios
 * say. Which of them form the declared family is decided here too, before any number is seen (METHOD §4.3).
 */
import type { LoadPlan } from "../loadgen/load-plan.js";
import type { Chain } from "../scenarios/catalogue.js";
import { comparedChains, declaredChains, isSameChain } from "../scenarios/chains.js";
import { isExperimental } from "../scenarios/l7-kernel.js";
import type { Scenario } from "../scenarios/scenario.js";
import { HEADLINE_METHOD } from "../scenarios/standard-mix.js";
import type { Metric, RoadKind } from "./comparison-shape.js";
import type { Cell } from "./paired-trials.js";
import type { Design, PassDesign, RunHeader } from "./run-shape.js";
import { ALL_METHODS } from "./trial-evidence.js";
import type { PassName } from "./trial.js";

/** Refusals are told, not compared; the others measure something else than the roads. */
const COMPARED_PASSES: readonly PassName[] = ["interleaved", "single", "mix", "reconnect"];

const SERVICE: readonly Metric[] = ["service_p50", "service_p90", "service_p99", "service_p999"];
const RESPONSE: readonly Metric[] = ["response_p50", "response_p90", "response_p99", "response_p999"];
const CALL: readonly Metric[] = ["call_p50", "call_p90", "call_p99"];

/** The cells of all chains, and of each scenario against its own baseline. */
export function comparedCells(header: RunHeader): Cell[] {
  const own = header.scenarios
    .filter((scenario) => scenario.twinOf === null)
    .flatMap(({ name, baseline }) => (baseline === null ? [] : [{ candidate: name, baseline }]));
  const known = comparedChains(header.scenarios);
  const chains = [...known, ...own.filter((chain) => !known.some((one) => isSameChain(one, chain)))];
  return chains.flatMap((chain) => cellsOf(header, chain));
}

/**
 * Those of the roads that a figure may stand for alone: beside the cost of an experimental road must always stand what it
 * does to callers, for which neither a line of the index nor a row of a table has room.
 */
export function withoutExperimental<C extends Pick<Cell, "candidate" | "baseline">>(
  { scenarios }: Pick<RunHeader, "scenarios">,
  cells: readonly C[],
): C[] {
  const experimental = new Set(scenarios.filter(({ road }) => isExperimental(road)).map(({ name }) => name));
  return cells.filter(({ candidate, baseline }) => !experimental.has(candidate) && !experimental.has(baseline));
}

/** The cells of the A/A controls. */
export function twinCells(header: RunHeader): Cell[] {
  return header.scenarios.flatMap(({ name, twinOf }) =>
    twinOf === null ? [] : cellsOf(header, { candidate: name, baseline: twinOf }),
  );
}

/** The pass that the declared family speaks of: where roads took turns, their differences are free of the machine's moods. */
export function headlinePass({ passes }: Pick<Design, "passes">): PassName {
  return passes.some(({ name }) => name === "interleaved") ? "interleaved" : "single";
}

/** Of the declared family, or of its controls: service p50 of ProcessPayment at 1 in flight. */
export function isHeadline(cell: Cell, pass: PassName): boolean {
  return cell.pass === pass && cell.method === HEADLINE_METHOD && cell.metric === "service_p50";
}

/** Tells the cells of the declared family from all others. */
export function isDeclaredIn(
  { scenarios, design }: Pick<RunHeader, "scenarios" | "design">,
  pass: PassName = headlinePass(design),
): (cell: Cell) => boolean {
  const chains = declaredChains(scenarios);
  return (cell) => isHeadline(cell, pass) && chains.some((chain) => isSameChain(chain, cell));
}

/** Which control and which floor speak for a cell: those of the candidate's kind of road. */
export function kindOf(header: RunHeader, cell: Cell): RoadKind {
  return hasProxy(header, cell.candidate) ? "behind the proxy" : "without proxy";
}

export function hasProxy(header: RunHeader, scenario: string): boolean {
  return scenarioOf(header, scenario)?.road.proxy.kind !== "none";
}

function scenarioOf(header: RunHeader, name: string): Scenario | undefined {
  return header.scenarios.find((scenario) => scenario.name === name);
}

function cellsOf(header: RunHeader, chain: Chain): Cell[] {
  return header.design.passes
    .filter((pass) => COMPARED_PASSES.includes(pass.name) && isIn(pass, chain))
    .flatMap((pass) => [...latencyCells(chain, pass), ...cpuCells(header, chain, pass)]);
}

function isIn(pass: PassDesign, chain: Chain): boolean {
  return pass.scenarios.includes(chain.candidate) && pass.scenarios.includes(chain.baseline);
}

function latencyCells({ candidate, baseline }: Chain, pass: PassDesign): Cell[] {
  const methods = [...new Set(pass.plan.mix.map((share) => share.method))];
  return methods.flatMap((method) =>
    latencyMetrics(pass.plan).map((metric) => ({ candidate, baseline, pass: pass.name, method, metric })),
  );
}

/** A closed loop has no intended time, so no response (METHOD §2.2). */
function latencyMetrics({ loop }: LoadPlan): readonly Metric[] {
  if (loop.kind === "open") return [...RESPONSE, ...SERVICE];
  return loop.connectionPerCall ? CALL : SERVICE;
}

/** Of a window that several roads share, nobody can say whose the CPU was. */
function cpuCells(header: RunHeader, { candidate, baseline }: Chain, pass: PassDesign): Cell[] {
  if (pass.name === "interleaved") return [];
  const cell = (metric: Metric): Cell => ({ candidate, baseline, pass: pass.name, method: ALL_METHODS, metric });
  const proxied = hasProxy(header, candidate) || hasProxy(header, baseline);
  return [cell("cpu_per_call"), ...(proxied ? [cell("envoy_cpu_per_call")] : [])];
}
