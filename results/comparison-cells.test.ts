import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareRuns } from "./across/compare-runs.js";
import { compareRun } from "./compare-run.js";
import { indexRun, readIndex } from "./run-index.js";
import { nodeDisk } from "./disk.js";
import { syntheticRun } from "./synthetic-run.js";

const OPTIONS = { scenarios: ["no-policy", "l4", "l7-kernel"], passes: ["single"], blocks: 8 } as const;
const run = syntheticRun(OPTIONS);
const candidates = (cells: readonly { readonly candidate: string }[]): string[] => [
  ...new Set(cells.map(({ candidate }) => candidate)),
];

test("an experimental road is compared within its run, and stands in no index and in no comparison of two runs", async () => {
  expect(candidates(compareRun(run).comparisons)).toContain("l7-kernel");
  const later = { ...run, header: { ...run.header, id: `${run.header.id}-later` } };
  expect(candidates(compareRuns(run, later).cells)).toEqual(["l4"]);

  const folder = mkdtempSync(join(tmpdir(), "tollgate-index-"));
  try {
    const end = { state: "complete" as const, at: run.header.createdAt, message: null, warnings: [] };
    await indexRun(folder, { ...run, end }, nodeDisk);
    expect((await readIndex(folder)).entries.map(({ tolls }) => candidates(tolls))).toEqual([["l4"]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
