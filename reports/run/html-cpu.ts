/** Who spends the CPU of a call, per load. */
import { foldedNumbers, type NumbersColumn } from "../html-numbers.js";
import { escapeHtml, htmlFigure, htmlSection } from "../html-text.js";
import { count, duration } from "../quantities.js";
import { cpuBars, PART_WORDS } from "./charts/cpu-bars.js";
import { CPU_PARTS, type CpuRow } from "./cpu-parts.js";
import type { ReportModel } from "./report-model.js";

export function cpuSection({ cpu, tables }: ReportModel): string {
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
  const untold = new Set(tables.map(({ pass }) => pass).filter((pass) => !cpu.some((one) => one.pass === pass)));
  const missing = [...untold].map(
    (pass) => `<p class="missing" data-view="${pass}">n/a in this load: ${WHY_UNTOLD}</p>`,
  );
  return htmlSection(
    "Who pays for it",
    "CPU a completed call, all methods together, by process; bold is the road's own. The caller may spin while it waits and is no part of a road's cost. The residual is busy time of the node above its idle floor that belongs to no process we know.",
    [...missing, ...figures].join(""),
  );
}

const WHY_UNTOLD =
  "no road has a reading of its own. Roads that take turns share their window's CPU; choose another load above.";

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
