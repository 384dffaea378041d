import type { CapacityReport } from "./capacity-model.js";
export function renderCapacityMarkdown(report: CapacityReport): string {
  return report.title;
}
