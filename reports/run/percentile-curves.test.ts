import { expect, test } from "vitest";
import { cpuRows } from "./cpu-parts.js";
import { curveSets } from "./percentile-curves.js";
import { labRun, reportOf } from "./report.test-helper.js";

const run = labRun({ passes: ["single"], scenarios: ["no-policy", "l4", "l7"], blocks: 6 });
const { tables } = reportOf(run);
const [set] = curveSets(run, tables);

test("a curve rises, within its band, over all calls of a road", () => {
  expect(set?.curves.map(({ scenario, calls }) => [scenario.name, calls])).toEqual([
    ["no-policy", 9_000],
    ["l4", 9_000],
    ["l7", 9_000],
  ]);
  for (const { points } of set?.curves ?? []) {
    points.forEach(({ valueNs, band }, i) => {
      expect(valueNs).toBeGreaterThanOrEqual(points[i - 1]?.valueNs ?? 0);
      expect(band?.lowNs).toBeLessThanOrEqual(valueNs);
      expect(band?.highNs).toBeGreaterThanOrEqual(valueNs);
    });
  }
});

test("a curve ends where fewer than a hundred calls lie beyond it", () => {
  // Of 9,000 calls 90 lie beyond p99.
  expect(set?.curves[0]?.points.at(-1)?.level).toBeLessThan(0.99);
  expect(set?.curves[0]?.points.at(-1)?.level).toBeGreaterThan(0.95);
});

test("one block has curves without bands", () => {
  const single = labRun({ passes: ["single"], scenarios: ["no-policy"], blocks: 1 });
  const [only] = curveSets(single, reportOf(single).tables);
  expect(only?.curves[0]?.points.every(({ band }) => band === null)).toBe(true);
});

test("the parts of a call's CPU are those of the trials' readings, and the residual is what remains", () => {
  const [table] = tables;
  if (table === undefined) throw new Error("no table");
  const rows = cpuRows(run, table);
  const l7 = rows.find(({ scenario }) => scenario.name === "l7");
  const bare = rows.find(({ scenario }) => scenario.name === "no-policy");
  expect(bare?.parts.envoy).toBe(0);
  expect(l7?.parts.envoy).toBeGreaterThan(100_000);
  const { parts } = l7 ?? { parts: null };
  const road = (parts?.server ?? 0) + (parts?.envoy ?? 0) + (parts?.other ?? 0) + (parts?.residual ?? 0);
  const level = table.rows.find(({ scenario }) => scenario.name === "l7")?.nodeCpu.levelNs ?? 0;
  // A sum over trials against a pseudo-median over them.
  expect(road / level).toBeGreaterThan(0.9);
  expect(road / level).toBeLessThan(1.1);
});
