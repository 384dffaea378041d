import type { CapacityReport } from "./capacity-model.js";
export function renderCapacityCsv(report: CapacityReport): string {
  return report.title;
}
