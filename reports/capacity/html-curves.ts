/** The figures of a capacity page, each with its numbers in a table: response against load, CPU against load. */
import type { PointCpu } from "../../results/capacity/point-cpu.js";
import type { RoadCapacity } from "../../results/capacity/road-capacity.js";
import { quantileName, sloText } from "../../results/capacity/slo.js";
import { percentText } from "../../results/verdict-words.js";
import { csvText } from "../csv-text.js";
import { csvLink } from "../html-numbers.js";
import { escapeHtml, headRow, htmlSection } from "../html-text.js";
import { count, duration, durationInterval } from "../quantities.js";
import { roadColour } from "../road-paint.js";
import { renderCapacityCsv } from "./capacity-csv.js";
import type { CapacityReport } from "./capacity-model.js";
import { cores, OUTCOME_MARKS, rate } from "./capacity-words.js";
import { cpuLinesChart, type DrawnLine } from "./charts/cpu-lines.js";
import { loadChart, type LoadChart, type LoadCurve } from "./charts/load-chart.js";

type Quantile = "p50Ns" | "sloNs";

export function curveSection(report: CapacityReport): string {
  const { roads, asked } = report;
  const name = quantileName(asked.slo.quantile);
  const overview = loadChart(chartOf(report, roads, ["sloNs"]), "load-all");
  if (overview === null) return "";
  const each = roads.flatMap((road, i) => {
    const figure = loadChart(chartOf(report, [road], ["p50Ns", "sloNs"]), `load-${i}`);
    if (figure === null) return [];
    return [
      `<details${roads.length === 1 ? " open" : ""}><summary>${escapeHtml(road.scenario.name)}: p50 and ${name}, every point</summary><figure><div class="card pad scroll">${figure}</div></figure>${pointTable(road, name)}</details>`,
    ];
  });
  return htmlSection(
    "Response against load",
    `Response ${name} of ProcessPayment; a curve runs through the median of the trials at each rate. ● met, ✕ missed, ○ too few calls; a ring is the knee, the dashed line the SLO.`,
    `${legend(roads)}<figure><div class="card pad scroll">${overview}</div><p class="beneath">${csvLink("capacity-points.csv", renderCapacityCsv(report))}</p></figure>${each.join("")}`,
  );
}

function chartOf({ asked }: CapacityReport, roads: readonly RoadCapacity[], quantiles: readonly Quantile[]): LoadChart {
  const curves = roads.flatMap((road) => quantiles.map((quantile) => curveOf(road, quantile, asked.slo.quantile)));
  const ends = roads.map(
    (road) => `${road.scenario.name} held up to ${road.bracket.low === null ? "no rate" : rate(road.bracket.low.rate)}`,
  );
  return {
    title: `Response against load under an SLO of ${sloText(asked.slo)}: ${ends.join(", ")}`,
    curves,
    slo: { limitNs: asked.slo.limitNs, text: sloText(asked.slo) },
  };
}

function curveOf({ scenario, points, knee }: RoadCapacity, quantile: Quantile, slo: number): LoadCurve {
  return {
    name: `${scenario.name}, ${quantile === "p50Ns" ? "p50" : quantileName(slo)}`,
    colour: roadColour(scenario),
    isThin: quantile === "p50Ns",
    knee: quantile === "sloNs" ? knee : null,
    points: points.flatMap(({ rate: at, outcome, measured }) => {
      const valueNs = measured?.response[quantile] ?? null;
      return valueNs === null ? [] : [{ rate: at, valueNs, outcome }];
    }),
  };
}

function legend(roads: readonly RoadCapacity[]): string {
  const items = roads.map(
    ({ scenario }) =>
      `<li><span class="swatch" style="background:${roadColour(scenario)}"></span>${escapeHtml(scenario.name)}</li>`,
  );
  return `<ul class="card basis" aria-label="Roads by colour">${items.join("")}</ul>`;
}

function pointTable({ points }: RoadCapacity, name: string): string {
  const rows = [...points]
    .sort((a, b) => a.rate - b.rate || a.trial - b.trial)
    .map(({ rate: asked, outcome, limit, because, verdict, measured }) => {
      const response = measured?.response;
      const cells = [
        rate(asked),
        measured === null ? "" : rate(measured.completedPerSecond),
        latency(response?.p50Ns),
        latency(response?.sloNs),
        count(response?.calls ?? 0),
        measured === null ? "" : percentText(measured.failureShare),
        roadShareText(measured?.cpu ?? null),
        inFlight(measured?.little ?? null),
      ];
      const word = `${OUTCOME_MARKS[outcome]} ${outcome}${limit === null ? "" : `, ${limit}`}`;
      return `<tr>${cells.map((text) => `<td class="number">${text}</td>`).join("")}<td>${escapeHtml(word)}<small style="display:block;white-space:normal">${escapeHtml(because.join("; "))}</small></td><td>${verdict}</td></tr>`;
    });
  const head = [
    "asked",
    "answered",
    "p50",
    name,
    "calls",
    "failed",
    "road's cores",
    "in flight, counted / Little",
    "outcome",
    "trial",
  ];
  return `<div class="card pad scroll"><table>${headRow(head)}<tbody>${rows.join("")}</tbody></table></div>`;
}

const latency = (valueNs: number | null | undefined): string =>
  valueNs === null || valueNs === undefined ? "n/a" : duration(valueNs);

const roadShareText = (cpu: PointCpu | null): string => (cpu === null ? "n/a" : percentText(cpu.roadShare));

function inFlight(
  little: { readonly counted: number; readonly computed: number; readonly agrees: boolean } | null,
): string {
  if (little === null) return "n/a";
  return `${little.counted.toFixed(1)} / ${little.computed.toFixed(1)}${little.agrees ? "" : " ✗"}`;
}

export function cpuSection({ roads, additions }: CapacityReport): string {
  const lines = roads.flatMap(({ scenario, lines: own }): DrawnLine[] =>
    own.road === null ? [] : [{ name: scenario.name, colour: roadColour(scenario), line: own.road }],
  );
  const figure = cpuLinesChart(lines, "cpu-lines");
  if (figure === null) return "";
  const rows = roads.map(({ scenario, lines: own }) => {
    const over = additions
      .filter(({ candidate }) => candidate === scenario.name)
      .map(({ baseline, perCallNs }) => `${durationInterval(perCallNs)} over ${baseline}`);
    const cells = [
      own.road === null ? "n/a" : cores(own.road.fixedNsPerSecond.estimate),
      own.road === null ? "n/a" : price(own.road.perCallNs),
      own.envoy === null || own.envoy.perCallNs.high < 100 ? "" : price(own.envoy.perCallNs),
      own.server === null ? "" : price(own.server.perCallNs),
      own.road === null ? "" : String(own.road.points.length),
    ];
    return `<tr><th scope="row">${escapeHtml(scenario.name)}</th>${cells.map((text) => `<td class="number">${text}</td>`).join("")}<td>${over.map(escapeHtml).join("<br>")}</td></tr>`;
  });
  const head = headRow([
    "road",
    "fixed, cores",
    "CPU a call",
    "of it Envoy",
    "of it server",
    "rates",
    "more than the road below",
  ]);
  return htmlSection(
    "CPU against load",
    "Busy cores of everything but the generator, over the rates at which nothing was full. The line is the median of all slopes between two rates (Theil-Sen), its fan the exact interval of 95 % or more.",
    `<figure><div class="card pad scroll">${figure}</div></figure><div class="card pad scroll"><table>${head}<tbody>${rows.join("")}</tbody></table></div><p class="beneath">${csvLink("cpu-lines.csv", linesCsv(lines))}</p>`,
  );
}

/** The points under the lines. */
function linesCsv(lines: readonly DrawnLine[]): string {
  const rows = lines.flatMap(({ name, line: { points, perCallNs, fixedNsPerSecond } }) =>
    points.map((point) => [
      ...[name, point.completedPerSecond, point.nsPerSecond],
      ...[fixedNsPerSecond.estimate, perCallNs.estimate, perCallNs.low, perCallNs.high],
    ]),
  );
  const head = ["road", "calls_per_second", "busy_ns_per_second", "line_fixed_ns_per_second"];
  return csvText([...head, "line_ns_per_call", "line_low_ns_per_call", "line_high_ns_per_call"], rows);
}

const price = (interval: Parameters<typeof durationInterval>[0]): string =>
  durationInterval(interval)
    .replace(/^\+/, "")
    .replace(/(\[.*\])/, "<small>$1</small>");
