/** Percentile text of a run: a file per road, load and method, the calls of its trials together; or of one trial. */
import type { RunHeader } from "../../results/run-shape.js";
import { SparseHistogram } from "../../results/sparse-histogram.js";
import { fileName, type ExportedFile } from "./exported-file.js";
import type { ExportedSeries } from "./exported-trials.js";
import { hgrmText } from "./hgrm.js";

export function renderHgrmFiles(header: RunHeader, series: readonly ExportedSeries[]): ExportedFile[] {
  const groups = new Map<string, ExportedSeries[]>();
  for (const one of series) {
    const name = fileName(partsOf(one), "hgrm");
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].map(([name, members]) => ({ name, text: textOf(header, members) }));
}

function partsOf({ trial, method, quantity, status }: ExportedSeries): string[] {
  return [trial.scenario, trial.pass, method, status === "OK" ? quantity : status];
}

function textOf({ id }: RunHeader, members: readonly ExportedSeries[]): string {
  const [first] = members as [ExportedSeries];
  const { trial, method, quantity, status } = first;
  const trials = members.length === 1 ? `trial ${trial.index}` : `${members.length} trials together`;
  const ended = status === "OK" ? "" : ` until ${status}`;
  return hgrmText(
    `run ${id}, ${trial.scenario}, ${trial.pass}: ${quantity} of ${method}${ended}, ${trials}`,
    SparseHistogram.merge(members.map(({ histogram }) => histogram)),
  );
}
