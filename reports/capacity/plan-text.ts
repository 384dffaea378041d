/** The plan as lines of text: inputs, the table, the arithmetic of each road, what changes when a wish does. */
import { sloText } from "../../results/capacity/slo.js";
import type { Demand, FanOut, PlanWishes, RoadPlan } from "../../results/capacity/plan.js";
import { percentText } from "../../results/verdict-words.js";
import { wrapped, type Paint } from "../paint.js";
import { count, duration, ratio, significant } from "../quantities.js";
import { textTable, type TextColumn } from "../text-table.js";
import type { CapacityReport } from "./capacity-model.js";
import { figureInterval, money, moneyInterval, rate, wholeInterval } from "./capacity-words.js";

export function planLines(report: CapacityReport, paint: Paint, width: number): string[] {
  if (report.plan === null) return [];
  const { wishes, roads } = report.plan;
  const planned = roads.filter((road) => road.demand !== null);
  return [
    paint("bold", `Plan: ${wishesText(wishes)}`),
    ...demandTable(planned, paint),
    ...refused(roads, width, paint),
    ...(planned.length === 0 ? [] : ["", ...arithmetic(planned, wishes, width, paint)]),
    ...(planned.length === 0 ? [] : ["", ...sensitivityTable(planned, paint)]),
    ...fanOutLines(report, width, paint),
  ];
}

/** `peak 20,000/s · nodes of 16 cores, filled to 60 % · 0.04 per vCPU hour · 1 to spare`. */
export function wishesText({ peak, nodeCores, utilisation, price, spare, fanOut }: PlanWishes): string {
  return [
    `peak ${rate(peak)}`,
    `nodes of ${count(nodeCores)} cores, filled to ${percentText(utilisation)}`,
    `${price} per vCPU hour`,
    `${spare} to spare`,
    ...(fanOut === null ? [] : [`${count(fanOut)} calls a payment`]),
  ].join(" · ");
}

type Planned = RoadPlan & { readonly demand: Demand };
const isPlanned = (road: RoadPlan): road is Planned => road.demand !== null;

function demandTable(roads: readonly RoadPlan[], paint: Paint): string[] {
  if (roads.length === 0) return [];
  const [head = "", ...lines] = textTable<Planned>(
    [
      roadColumn(),
      { head: "nodes", align: "right", cell: ({ demand }) => wholeInterval(demand.nodes) },
      { head: "busy cores", align: "right", cell: ({ demand }) => figureInterval(demand.busyCores) },
      { head: "vCPU", align: "right", cell: ({ demand }) => figureInterval(demand.vcpu) },
      { head: "a million calls", align: "right", cell: ({ demand }) => moneyInterval(demand.costPerMillion) },
      { head: "headroom", align: "right", cell: headroomText },
    ],
    roads.filter(isPlanned),
  );
  return [paint("dim", head), ...lines];
}

/** `×1.53`; at least that where the search met something else than the road. */
export function headroomText({ headroom, road }: RoadPlan): string {
  if (headroom === null) return "n/a";
  return `${road.capacity === null || road.capacity.below === null ? "≥ " : ""}×${ratio(headroom)}`;
}

function refused(roads: readonly RoadPlan[], width: number, paint: Paint): string[] {
  const told = roads.flatMap(({ road, refusal, notes }) => [
    ...(refusal === null ? [] : [`✗ ${road.scenario.name}: no nodes are said, ${refusal}`]),
    ...(notes.length === 0 ? [] : [`! ${road.scenario.name}: ${notes.join("; ")}`]),
  ]);
  return told.flatMap((text) => wrapped(text, width).map((line) => paint("yellow", line)));
}

function arithmetic(roads: readonly RoadPlan[], wishes: PlanWishes, width: number, paint: Paint): string[] {
  return [
    ...FORMULAS.map((formula) => paint("dim", formula)),
    ...roads.flatMap((plan) => roadArithmetic(plan, wishes).flatMap((text) => wrapped(text, width))),
  ];
}

/** What the plan's figures are made of. */
export const FORMULAS = [
  "nodes = ⌈peak × CPU a call ÷ (cores × utilisation)⌉ + spare",
  "a million calls = CPU a call × 10⁶ ÷ 3600 s × price ÷ utilisation",
  "headroom = largest held rate × CPU a call ÷ (road's cores × utilisation)",
] as const;

/** With the inputs in their places. */
export function roadArithmetic({ road, demand }: RoadPlan, wishes: PlanWishes): string[] {
  const line = road.lines.road;
  if (demand === null || line === null) return [];
  const { peak, nodeCores, utilisation, price, spare } = wishes;
  const call = duration(line.perCallNs.estimate);
  const quotient = demand.busyCores.estimate / (nodeCores * utilisation);
  return [
    `${road.scenario.name}: ⌈${rate(peak)} × ${call} ÷ (${nodeCores} × ${utilisation})⌉ + ${spare} = ⌈${significant(quotient)}⌉ + ${spare} = ${count(demand.nodes.estimate)}; ` +
      `${call} × 10⁶ ÷ 3600 s = ${significant(line.perCallNs.estimate / 3.6e6)} vCPU h, × ${price} ÷ ${utilisation} = ${moneyInterval(demand.costPerMillion)}`,
  ];
}

/** Nodes do not depend on the price, nor money on the peak: a table for each, with what it depends on. */
function sensitivityTable(roads: readonly RoadPlan[], paint: Paint): string[] {
  const planned = roads.filter(isPlanned);
  const tableOf = (skipped: RegExp, of: (figures: Figures) => string): string[] => {
    const names = planned[0]?.demand.sensitivity.map(({ name }) => name) ?? [];
    const varied = names.flatMap((name, i): TextColumn<Planned>[] => {
      if (skipped.test(name)) return [];
      const cell = ({ demand }: Planned): string => {
        const variation = demand.sensitivity[i];
        return variation === undefined ? "" : of(variation);
      };
      return [{ head: name, align: "right", cell }];
    });
    const asPlanned: TextColumn<Planned> = { head: "as planned", align: "right", cell: ({ demand }) => of(demand) };
    const [head = "", ...lines] = textTable<Planned>([roadColumn(), asPlanned, ...varied], planned);
    return [paint("dim", head), ...lines];
  };
  return [
    paint("bold", "If a wish changes: nodes"),
    ...tableOf(/^price/, ({ nodes }) => wholeInterval(nodes)),
    paint("bold", "If a wish changes: a million calls"),
    ...tableOf(/^peak/, ({ costPerMillion }) => money(costPerMillion.estimate)),
  ];
}

type Figures = Pick<Demand, "nodes" | "costPerMillion">;

function roadColumn(): TextColumn<RoadPlan> {
  return { head: "road".padEnd(15), align: "left", cell: ({ road }) => road.scenario.name };
}

function fanOutLines({ plan, asked }: CapacityReport, width: number, paint: Paint): string[] {
  const calls = plan?.wishes.fanOut ?? null;
  if (plan === null || calls === null) return [];
  const told = plan.roads.flatMap(({ road, fanOut }) =>
    fanOut === null ? [] : [{ name: road.scenario.name, fanOut }],
  );
  return [
    "",
    paint("bold", `Payments of ${count(calls)} calls, slow when one of them is: 1 − (1 − p)^${count(calls)}`),
    ...told.flatMap(({ name, fanOut }) => wrapped(`${name.padEnd(15)}  ${fanOutText(fanOut)}`, width)),
    paint(
      "dim",
      `an SLO of ${sloText(asked.slo)} lets ${sloAllows(asked.slo.quantile, calls)} of such payments be slow`,
    ),
  ];
}

/** `12 of 3,000 calls slower than the SLO at 2,900/s: p = 0.4 %, 33 % of payments`. */
export function fanOutText({ slow, of, rate: at, slowShare, slowPayments }: FanOut): string {
  const seen = `of ${count(of)} calls slower than the SLO's limit at ${rate(at)}`;
  return slow === 0
    ? `none ${seen}: p below ${percentText(slowShare)} (95 %), fewer than ${percentText(slowPayments)} of payments`
    : `${count(slow)} ${seen}: p = ${percentText(slowShare)}, ${percentText(slowPayments)} of payments`;
}

function sloAllows(quantile: number, calls: number): string {
  return percentText(1 - quantile ** calls);
}
