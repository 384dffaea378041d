/** Who spends the CPU of a call, per load. */
import { foldedNumbers, type NumbersColumn } from "../html-numbers.js";
import { escapeHtml, htmlFigure, htmlSection } from "../html-text.js";
import { count, duration } from "../quantities.js";
import { cpuBars, PART_WORDS } from "./charts/cpu-bars.js";
import { CPU_PARTS, type CpuRow } from "./cpu-parts.js";
import type { ReportModel } from "./report-model.js";

export function cpuSection({ cpu }: ReportModel): string {
  if (cpu.length === 0) return "";
  const figures = cpu.map(({ pass, title, rows, withoutIdle }) => {
    const numbers = foldedNumbers({ summary: "The numbers", file: `cpu-${pass}.csv`, columns: columnsFor(rows), rows });
    return htmlFigure(
      `CPU a call by process · ${title}${withoutIdle ? "" : " · the idle node's own time is part of the residual: other work ran while it was read"}`,
      cpuBars(rows, `cpu-${pass}`),
      numbers,
      ` data-view="${pass}"`,
    );
  });
  return htmlSection(
    "Who pays for it",
    "CPU a completed call, all methods together, by process; bold is the road's own. The caller may spin while it waits and is no part of a road's cost. The residual is busy time of the node above its idle floor that belongs to no process we know.",
    figures.join(""),
  );
}

function columnsFor(rows: readonly CpuRow[]): readonly NumbersColumn<CpuRow>[] {
  const hasAgent = rows.some(({ parts }) => parts.agent !== 0); // a lab has none
  return [
    {
      head: "road",
      csv: "road",
      isText: true,
      html: ({ scenario }) => escapeHtml(scenario.name),
      value: ({ scenario }) => scenario.name,
    },
    ...CPU_PARTS.filter((part) => part !== "agent" || hasAgent).map((part) => ({
      head: PART_WORDS[part].replace(/:.*/, ""),
      csv: `${part}_ns`,
      html: ({ parts }: CpuRow) => duration(parts[part]),
      value: ({ parts }: CpuRow) => parts[part],
    })),
    { head: "calls", csv: "calls", html: ({ calls }) => count(calls), value: ({ calls }) => calls },
  ];
}
