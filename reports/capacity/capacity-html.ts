import type { CapacityReport } from "./capacity-model.js";
export function renderCapacityHtml(report: CapacityReport): string {
  return report.title;
}
