/**
 * Whether two runs put the same load on a road, so that their numbers may stand side by side (METHOD §4.8): kind of
 * load, rate within 1 %, mix, connections, streams, and which process ran on which CPUs.
 *
 * Lengths of warm-up and window, seeds and the number of blocks are no part of the load: they decide how sure a number
 * is, not what it is a number of.
 */
import { isDeepStrictEqual } from "node:util";
import type { Arrivals, CallShare, LoadPlan } from "../../loadgen/load-plan.js";
import type { PassDesign, Placement, RunHeader } from "../run-shape.js";
import { countText } from "../verdict-words.js";

/** Rates this near are the same rate, as a share. */
const SAME_RATE = 0.01;

/** Why every number of two runs is a number of different things, or null: where each process ran. */
export function placementDifference(before: Placement, after: Placement): string | null {
  const parts = (Object.keys(PLACES) as (keyof Placement)[])
    .filter((key) => before[key] !== after[key])
    .map((key) => `${PLACES[key]} ${before[key] ?? "none"} and ${after[key] ?? "none"}`);
  return parts.length === 0 ? null : `not placed alike: ${parts.join(", ")}`;
}

const PLACES: Readonly<Record<keyof Placement, string>> = {
  cpus: "CPUs",
  generator: "generator on CPU",
  server: "server on CPU",
  proxy: "proxy on CPU",
  envoyConcurrency: "Envoy workers",
};

/** Why two passes of one name are not the same load, in words, or null when they are. */
export function loadDifference(before: PassDesign, after: PassDesign): string | null {
  const differences = [
    loopDifference(before.plan, after.plan),
    differs("connections", before.plan.connections, after.plan.connections),
    differs("streams a connection", before.plan.streams, after.plan.streams),
    isDeepStrictEqual(sharesOf(before.plan), sharesOf(after.plan))
      ? null
      : `mix ${mixText(before.plan)} and ${mixText(after.plan)}`,
  ].filter((text) => text !== null);
  return differences.length === 0 ? null : `not the same load: ${differences.join(", ")}`;
}

/** The roads of this name are one road only if policy, proxy and TLS are the same in both. */
export function roadDifference(before: RunHeader, after: RunHeader, name: string): string | null {
  const [one, other] = [before, after].map(({ scenarios }) => scenarios.find((scenario) => scenario.name === name));
  if (one === undefined || other === undefined || isDeepStrictEqual(one.road, other.road)) return null;
  return `${name} is not the same road in both: its policy, proxy or TLS was changed`;
}

function loopDifference({ loop: before }: LoadPlan, { loop: after }: LoadPlan): string | null {
  if (before.kind === "closed" && after.kind === "closed") {
    return (
      differs("calls in flight", before.inFlight, after.inFlight) ??
      differs("a connection for each call", yesNo(before.connectionPerCall), yesNo(after.connectionPerCall))
    );
  }
  if (before.kind === "open" && after.kind === "open") {
    return (
      arrivalsDifference(before.arrivals, after.arrivals) ??
      differs("calls due while all streams are taken", before.overflow, after.overflow)
    );
  }
  return differs("loop", before.kind, after.kind);
}

function arrivalsDifference(before: Arrivals, after: Arrivals): string | null {
  if (before.kind !== after.kind) return differs("arrivals", before.kind, after.kind);
  const [rates, others] = [ratesOf(before), ratesOf(after)];
  const near = rates.every((rate, i) => isNear(rate, others[i] ?? 0));
  if (!near) return `rate ${rates.map(countText).join(" to ")}/s and ${others.map(countText).join(" to ")}/s`;
  const rest = (arrivals: Arrivals): unknown => {
    if (arrivals.kind === "replay") return arrivals.offsetsNs;
    return arrivals.kind === "step" ? arrivals.steps : null;
  };
  return isDeepStrictEqual(rest(before), rest(after)) ? null : `other ${before.kind} arrivals`;
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= SAME_RATE * Math.max(a, b);

function ratesOf(arrivals: Arrivals): number[] {
  if ("rate" in arrivals) return [arrivals.rate];
  return "from" in arrivals ? [arrivals.from, arrivals.to] : [];
}

/** In an order of their own, so that the order in which a design names methods says nothing. */
function sharesOf({ mix }: LoadPlan): CallShare[] {
  return [...mix].sort((a, b) => (`${a.method} ${a.caller}` < `${b.method} ${b.caller}` ? -1 : 1));
}

function mixText({ mix }: LoadPlan): string {
  return mix.map(({ method, weight }) => `${weight} ${method}`).join(" + ");
}

const yesNo = (value: boolean): string => (value ? "yes" : "no");

function differs(what: string, before: string | number, after: string | number): string | null {
  return before === after ? null : `${what} ${before} and ${after}`;
}
