/**
 * CPU a call as one bar per road, stacked by who spent it; the caller, which is no part of the road, stands pale at the
 * end. What is below zero (a residual) is not drawn but tabled.
 */
import { linearAxis, verticalGrid } from "../../charts/axis.js";
import { escapeHtml } from "../../html-text.js";
import { duration } from "../../quantities.js";
import { CPU_PARTS, type CpuPart, type CpuRow } from "../cpu-parts.js";

const WIDTH = 1040;
const LEFT = 150;
const RIGHT = 190;
const ROW = 30;
const BAR = 20;
const TOP = 34;

export const PART_WORDS: Readonly<Record<CpuPart, string>> = {
  server: "server",
  envoy: "Envoy",
  agent: "Cilium's agent",
  other: "other processes",
  residual: "residual: kernel, booked to no process",
  caller: "caller",
};

const PAINT: Readonly<Record<CpuPart, string>> = {
  server: "var(--server)",
  envoy: "var(--l7)",
  agent: "var(--preview)", // of a cluster, where no road is a preview's
  other: "var(--other)",
  residual: "var(--residual)",
  caller: "var(--caller)",
};

/** @param id unique on the page */
export function cpuBars(rows: readonly CpuRow[], id: string): string {
  const bottom = TOP + rows.length * ROW;
  const shown = CPU_PARTS.filter((part) => rows.some((row) => row.parts[part] >= 1));
  const axis = linearAxis(0, Math.max(1, ...rows.map((row) => drawnNs(row))), LEFT, WIDTH - RIGHT, 7);
  const title = `CPU a call, without the caller's: ${rows.map((row) => `${row.scenario.name} ${duration(roadNs(row))}`).join(", ")}`;
  return (
    `<svg class="wide chart dim" viewBox="0 0 ${WIDTH} ${bottom + 28}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(title)}</title>` +
    `${legend(shown)}${verticalGrid(axis, TOP - 4, bottom)}${rows.map((row, i) => bar(row, TOP + i * ROW, axis.at)).join("")}</svg>`
  );
}

const drawnNs = ({ parts }: CpuRow): number => CPU_PARTS.reduce((sum, part) => sum + Math.max(0, parts[part]), 0);
/** Of the node without the caller, a negative residual included. */
const roadNs = ({ parts }: CpuRow): number =>
  CPU_PARTS.reduce((sum, part) => sum + (part === "caller" ? 0 : parts[part]), 0);

function bar(row: CpuRow, y: number, at: (ns: number) => number): string {
  const { scenario, parts } = row;
  let fromNs = 0;
  const pieces = CPU_PARTS.map((part) => {
    const valueNs = Math.max(0, parts[part]);
    const [left, right] = [at(fromNs), at(fromNs + valueNs)];
    fromNs += valueNs;
    if (right - left < 0.1) return "";
    return `<rect x="${left.toFixed(1)}" y="${y}" width="${(right - left).toFixed(1)}" height="${BAR}" fill="${PAINT[part]}"><title>${escapeHtml(`${scenario.name}, ${PART_WORDS[part]}: ${duration(parts[part])}`)}</title></rect>`;
  });
  const caller = parts.caller >= 1 ? `<tspan class="sub"> + ${duration(parts.caller)} caller</tspan>` : "";
  return (
    `<g data-roads="${escapeHtml(scenario.name)}"><text class="strong" x="${LEFT - 12}" y="${y + 15}" text-anchor="end">${escapeHtml(scenario.name)}</text>` +
    `${pieces.join("")}<text class="halo" x="${(at(fromNs) + 8).toFixed(1)}" y="${y + 15}"><tspan class="strong">${duration(roadNs(row))}</tspan>${caller}</text></g>`
  );
}

function legend(parts: readonly CpuPart[]): string {
  let x = LEFT;
  return parts
    .map((part) => {
      const left = x;
      x += 34 + PART_WORDS[part].length * 7.2;
      return `<rect x="${left.toFixed(1)}" y="4" width="11" height="11" rx="2" fill="${PAINT[part]}"/><text class="tick" x="${(left + 16).toFixed(1)}" y="14">${PART_WORDS[part]}</text>`;
    })
    .join("");
}
