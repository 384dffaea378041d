/**
 * What a capacity search says, as data: made once from the kept run, with or without a plan, then written out by one
 * renderer per form. No renderer computes anything of its own.
 */
import { planRoad, type PlanWishes, type RoadPlan } from "../../results/capacity/plan.js";
import { pointDoubts, type Asked } from "../../results/capacity/point.js";
import { roadCapacities, type RoadCapacity } from "../../results/capacity/road-capacity.js";
import type { Run, RunHeader } from "../../results/run-shape.js";
import { percentText } from "../../results/verdict-words.js";
import { machineLine } from "../machine-line.js";
import { additions, type Addition } from "./additions.js";
import { rate } from "./capacity-words.js";
import { capacityVerdict } from "./capacity-verdict.js";

export interface CapacityReport {
  readonly header: RunHeader;
  readonly state: "complete" | "interrupted" | "failed" | "unfinished";
  readonly stateMessage: string | null;
  readonly machine: string;
  readonly title: string;
  readonly verdict: readonly string[];
  readonly asked: Asked;
  /** The SLO is another one than the search was made for. */
  readonly isOtherSlo: boolean;
  readonly roads: readonly RoadCapacity[];
  /** What each road costs more than the road below it. */
  readonly additions: readonly Addition[];
  readonly plan: { readonly wishes: PlanWishes; readonly roads: readonly RoadPlan[] } | null;
  readonly warnings: readonly string[];
  readonly limits: readonly string[];
}

export interface CapacityReportOptions {
  readonly asked: Asked;
  readonly isOtherSlo: boolean;
  readonly wishes: PlanWishes | null;
}

export function buildCapacityReport(run: Run, options: CapacityReportOptions): CapacityReport {
  const { header, end } = run;
  const roads = roadCapacities(run, options.asked);
  const added = additions(roads);
  const { wishes } = options;
  return {
    header,
    state: end?.state ?? "unfinished",
    stateMessage: end?.message ?? null,
    machine: machineLine(header),
    title:
      header.environment === "lab"
        ? "Marginal cost of policy and proxy; not a cluster size"
        : "Capacity at the SLO, and what it takes",
    verdict: capacityVerdict(roads, added),
    asked: options.asked,
    isOtherSlo: options.isOtherSlo,
    roads,
    additions: added,
    plan: wishes === null ? null : { wishes, roads: roads.map((road) => planRoad(road, wishes)) },
    warnings: [...run.warnings, ...(end?.warnings ?? []), ...doubtsOf(roads), ...otherSlo(options)],
    limits: limitsOf(run, roads),
  };
}

/** One sentence a kind of doubt, however many points have it. */
function doubtsOf(roads: readonly RoadCapacity[]): string[] {
  return roads.flatMap(({ scenario, points }) => {
    const doubted = points.filter((point) => pointDoubts(point).length > 0);
    const [first] = doubted;
    if (first === undefined) return [];
    const more = doubted.length === 1 ? "" : `, and at ${doubted.length - 1} more of its ${points.length} points`;
    return [`${scenario.name} at ${rate(first.rate)}: ${pointDoubts(first).join("; ")}${more}`];
  });
}

function otherSlo({ isOtherSlo }: CapacityReportOptions): string[] {
  if (!isOtherSlo) return [];
  return ["The search was made for another SLO: between the rates that it happened to try, this one is not resolved."];
}

function limitsOf({ header }: Run, roads: readonly RoadCapacity[]): string[] {
  const idle = header.idleBusyNsPerSecond;
  const shared = Math.max(
    0,
    ...roads.flatMap(({ points }) => points.map((point) => point.measured?.cpu?.roadCores ?? 0)),
  );
  return [
    ...(header.environment === "lab"
      ? [
          "Lab: policy look-up, proxy hop, HTTP parsing, rule evaluation and TLS on one machine, with a server that does next to nothing. Conntrack, load balancing, tunnels, Hubble and the agent's access log are not reproduced.",
          `Caller, server and Envoy share this machine; ${shared} core${shared === 1 ? " is" : "s are"} left for server and Envoy. Where that is full, the search has met the machine and says nothing about the road.`,
        ]
      : []),
    "CPU a call is the slope of a line over the rate: everything that was busy on the node but our generator, the kernel's work included.",
    ...(idle === undefined
      ? []
      : [`The fixed part holds the idle machine's own ${percentText(idle / 1e9)} of a core.`]),
    "Nodes assume that calls spread evenly and that a core more carries as much as the last one. Memory, connections and network cards are not looked at.",
  ];
}
