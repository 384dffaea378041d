/** How much slower, at each percentile: against roads whose difference is known. */
import { expect, test } from "vitest";
import { labRun, reportOf, withTrials, failed } from "./report.test-helper.js";
import { ratioSets, type RatioCurve } from "./ratio-curves.js";

const options = { passes: ["single" as const], scenarios: ["no-policy", "l4", "l7", "tls"], blocks: 6 };
const run = labRun({ ...options, trialSd: 0.005 });

function curvesOf(of = run): readonly RatioCurve[] {
  return ratioSets(of, reportOf(of).tables)[0]?.curves ?? [];
}

const nameOf = ({ candidate, baseline }: RatioCurve): string => `${candidate.name}/${baseline.name}`;

test("the chains are drawn, and a road that stands in none of them by its own step", () => {
  expect(curvesOf().map(nameOf)).toEqual(["l4/no-policy", "l7/l4", "tls/no-policy"]);
});

test("a road that is slower by a factor has a flat curve at that factor, within its band", () => {
  const l7 = curvesOf().find((curve) => nameOf(curve) === "l7/l4");
  const truth = (79_000 + 215_000) / (79_000 + 4_000);
  for (const { ratio, band } of l7?.points ?? []) {
    expect(ratio / truth).toBeGreaterThan(0.9);
    expect(ratio / truth).toBeLessThan(1.1);
    expect(band?.low).toBeLessThanOrEqual(ratio);
    expect(band?.high).toBeGreaterThanOrEqual(ratio);
  }
  expect(l7?.points.length).toBeGreaterThan(5);
});

test("only blocks that both roads have enter, on both sides", () => {
  const lame = withTrials(run, (trial) => (trial.scenario === "l7" && trial.block === 2 ? failed(trial) : trial));
  const l7 = curvesOf(lame).find((curve) => nameOf(curve) === "l7/l4");
  expect([l7?.blocks, l7?.calls]).toEqual([5, 7_500]);
  const l4 = curvesOf(lame).find((curve) => nameOf(curve) === "l4/no-policy");
  expect([l4?.blocks, l4?.calls]).toEqual([6, 9_000]);
});

test("a curve ends where the side with fewer calls has fewer than a hundred beyond it", () => {
  const last = curvesOf()[0]?.points.at(-1)?.level ?? 1;
  expect((1 - last) * 9_000).toBeGreaterThanOrEqual(100);
});

test("one block has a curve without a band, and a single road has none", () => {
  const [only] = curvesOf(labRun({ ...options, blocks: 1 }));
  expect(only?.points.every(({ band }) => band === null)).toBe(true);
  expect(curvesOf(labRun({ ...options, scenarios: ["no-policy"] }))).toEqual([]);
});
