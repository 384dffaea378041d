import { expect, test } from "vitest";
import { SparseHistogram } from "../../results/sparse-histogram.js";
import { failed, labRun, reportOf, withTrials } from "./report.test-helper.js";
import { inCommon, roadSeries, type RoadSeries } from "./road-series.js";

const whole = labRun({ passes: ["single"], scenarios: ["no-policy", "l4"], blocks: 4 });
const lame = withTrials(whole, (one) => (one.scenario === "l4" && one.block === 1 ? failed(one) : one));

function seriesOf(run: typeof whole, road: string): RoadSeries {
  const [table] = reportOf(run).tables;
  if (table === undefined) throw new Error("no table");
  return roadSeries(run, table, road);
}

test("the calls of a road are those of its blocks, and all of them together", () => {
  const { blocks, histograms, all, counts } = seriesOf(whole, "l4");
  expect(blocks).toEqual([0, 1, 2, 3]);
  expect(all.buckets()).toEqual(SparseHistogram.merge(histograms).buckets());
  expect(counts.map((one) => Array.from(one.counts).reduce((a, b) => a + b, 0))).toEqual([1_500, 1_500, 1_500, 1_500]);
});

test("they are gathered once, however often they are asked for", () => {
  expect(seriesOf(whole, "l4")).toBe(seriesOf(whole, "l4"));
  expect(seriesOf(lame, "l4")).not.toBe(seriesOf(whole, "l4"));
});

test("a void trial is no block", () => {
  expect(seriesOf(lame, "l4").blocks).toEqual([0, 2, 3]);
  expect(seriesOf(lame, "l4").all.count).toBe(4_500);
});

test("two roads in common are cut to the blocks of both, each with what belongs to it", () => {
  const [upper, lower] = inCommon(seriesOf(lame, "l4"), seriesOf(lame, "no-policy"));
  expect([upper.blocks, lower.blocks]).toEqual([
    [0, 2, 3],
    [0, 2, 3],
  ]);
  const { histograms } = seriesOf(lame, "no-policy");
  expect(lower.histograms).toEqual([histograms[0], histograms[2], histograms[3]]);
  expect(lower.all.count).toBe(4_500);
  expect(lower.counts).toHaveLength(3);
});
