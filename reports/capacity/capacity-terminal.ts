/**
 * A capacity search as text for a terminal: what it says, how each road's search ended, CPU lines, the plan with its
 * arithmetic, doubts. 110 columns; colour only where it is asked for, and never alone.
 */
import { quantileName, sloText } from "../../results/capacity/slo.js";
import type { RoadCapacity } from "../../results/capacity/road-capacity.js";
import { percentText } from "../../results/verdict-words.js";
import { painter, wrapped, type Paint } from "../paint.js";
import { count, duration, durationInterval } from "../quantities.js";
import { textTable } from "../text-table.js";
import type { CapacityReport } from "./capacity-model.js";
import { capacityBasis, capacityText, cores, rate } from "./capacity-words.js";
import { planLines } from "./plan-text.js";

export interface CapacityTerminalOptions {
  readonly colour: boolean;
  readonly runFolder: string;
  readonly page: string | null;
}

const WIDTH = 110;

export function renderCapacityTerminal(report: CapacityReport, options: CapacityTerminalOptions): string {
  const paint = painter(options.colour);
  return [
    headLines(report, paint),
    report.verdict.flatMap((sentence) => wrapped(sentence, WIDTH)),
    endTable(report, paint),
    latencyTable(report, paint),
    lineTable(report, paint),
    planLines(report, paint, WIDTH),
    report.warnings.flatMap((warning) => marked("!", warning, paint)),
    [
      ...report.limits.slice(0, 1).flatMap((limit) => wrapped(limit, WIDTH).map((line) => paint("dim", line))),
      ...placeLines(report, options),
    ],
  ]
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")
    .concat("\n");
}

function headLines({ machine, title, asked, state, stateMessage }: CapacityReport, paint: Paint): string[] {
  return [
    `${paint("bold", "tollgate")} ${machine}`,
    paint("bold", title),
    paint(
      "dim",
      `SLO: response ${sloText(asked.slo)} of ProcessPayment, at most ${percentText(asked.failureBudget)} failed, 99.5 % sent; standard mix, Poisson`,
    ),
    ...(state === "complete" ? [] : [paint("red", `${state}: ${stateMessage ?? "the search was cut short"}`)]),
  ];
}

function endTable({ roads }: CapacityReport, paint: Paint): string[] {
  if (roads.length === 0) return [];
  const [head = "", ...lines] = textTable<RoadCapacity>(
    [
      { head: "road".padEnd(15), align: "left", cell: ({ scenario }) => scenario.name },
      { head: "capacity", align: "right", cell: capacityText },
      { head: "search ended", align: "left", cell: ({ end }) => end },
    ],
    roads,
  );
  const told = roads.flatMap((road, i) => [
    lines[i] ?? "",
    ...[capacityBasis(road), road.because.join("; ")]
      .flatMap((text) => wrapped(text, WIDTH - 17))
      .filter((line) => line !== "")
      .map((line) => paint("dim", `${" ".repeat(17)}${line}`)),
  ]);
  return [paint("bold", "Largest rate at the SLO"), paint("dim", head), ...told];
}

/** At the largest held rate, and where the knee is. */
function latencyTable({ roads, asked }: CapacityReport, paint: Paint): string[] {
  const shown = roads.filter(({ bracket }) => bracket.low !== null);
  if (shown.length === 0) return [];
  const name = quantileName(asked.slo.quantile);
  const there = (road: RoadCapacity) =>
    road.points.findLast(({ rate: asked, outcome }) => asked === road.bracket.low?.rate && outcome === "met")?.measured;
  const [head = "", ...lines] = textTable<RoadCapacity>(
    [
      { head: "road".padEnd(15), align: "left", cell: ({ scenario }) => scenario.name },
      { head: "held rate", align: "right", cell: ({ bracket }) => rate(bracket.low?.rate ?? 0) },
      { head: "p50", align: "right", cell: (road) => optional(there(road)?.response.p50Ns) },
      { head: name, align: "right", cell: (road) => optional(there(road)?.response.sloNs) },
      { head: "calls", align: "right", cell: (road) => count(there(road)?.response.calls ?? 0) },
      { head: "road's cores", align: "right", cell: (road) => share(there(road)?.cpu?.roadShare) },
      {
        head: "knee",
        align: "right",
        cell: ({ knee }) => (knee === null ? "n/a" : `${knee.isLast ? "≥ " : ""}${rate(knee.rate)}`),
      },
      { head: "points", align: "right", cell: ({ points }) => String(points.length) },
    ],
    shown,
  );
  return [
    paint("bold", `Response of ProcessPayment at the largest held rate; the knee is where rate ÷ mean response peaks`),
    paint("dim", head),
    ...lines,
  ];
}

function lineTable({ roads }: CapacityReport, paint: Paint): string[] {
  if (roads.every(({ lines }) => lines.road === null)) return [];
  const [head = "", ...lines] = textTable<RoadCapacity>(
    [
      { head: "road".padEnd(15), align: "left", cell: ({ scenario }) => scenario.name },
      {
        head: "fixed, cores",
        align: "right",
        cell: ({ lines: own }) => (own.road === null ? "n/a" : cores(own.road.fixedNsPerSecond.estimate)),
      },
      {
        head: "a call",
        align: "right",
        cell: ({ lines: own }) => (own.road === null ? "n/a" : plain(durationInterval(own.road.perCallNs))),
      },
      {
        head: "of it Envoy",
        align: "right",
        cell: ({ lines: own }) =>
          own.envoy === null || own.envoy.perCallNs.high < 100 ? "" : plain(durationInterval(own.envoy.perCallNs)),
      },
      {
        head: "rates",
        align: "right",
        cell: ({ lines: own }) => (own.road === null ? "" : String(own.road.points.length)),
      },
    ],
    roads,
  );
  return [
    paint("bold", "CPU = fixed + rate × a call; median of slopes, its exact interval at 95 % or more"),
    paint("dim", head),
    ...lines,
  ];
}

/** A price has no sign to be shown. */
const plain = (text: string): string => text.replace(/^\+/, "");
const optional = (valueNs: number | null | undefined): string =>
  valueNs === null || valueNs === undefined ? "n/a" : duration(valueNs);
const share = (value: number | undefined): string => (value === undefined ? "n/a" : percentText(value));

function marked(mark: string, text: string, paint: Paint): string[] {
  return wrapped(text, WIDTH - 2).map((line, i) => paint("yellow", `${i === 0 ? mark : " "} ${line}`));
}

function placeLines({ header, state, plan }: CapacityReport, options: CapacityTerminalOptions): string[] {
  const next =
    state !== "complete"
      ? `tollgate capacity --resume ${header.id}`
      : plan === null
        ? `tollgate capacity plan ${header.id} --peak 20000 --node-cores 16`
        : null;
  return [
    `run    ${options.runFolder}`,
    ...(options.page === null ? [] : [`page   ${options.page}`]),
    ...(next === null ? [] : [`next   ${next}`]),
  ];
}
