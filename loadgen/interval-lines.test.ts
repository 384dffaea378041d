import { expect, test } from "vitest";
import { percentileOf } from "./coarse-histogram.js";
import { IntervalLines } from "./interval-lines.js";
import { ns } from "./units.js";

const record = (lines: IntervalLines, headline: number, times: number): void => {
  for (let i = 0; i < times; i++) {
    lines.sent++;
    lines.ok++;
    lines.headline.record(headline);
    lines.lateness.record(headline / 100);
  }
};

test("each line holds its own interval only", () => {
  const lines = new IntervalLines(ns(1e9));
  expect(lines.nextCutNs).toBe(1e9);
  record(lines, 1_000, 3);
  expect(lines.cut(1e9, 7).line).toMatchObject({ atNs: 0, sent: 3, ok: 3, failed: 0, inFlight: 7 });
  record(lines, 50_000, 2);
  lines.failed++;
  const { line, counts } = lines.cut(2e9, 0);
  expect(line).toMatchObject({ atNs: 1e9, sent: 2, ok: 2, failed: 1, inFlight: 0 });
  expect(line.p50Ns).toBeCloseTo(50_000, -3);
  expect(line.latenessP99Ns).toBeCloseTo(500, -1);
  expect(percentileOf(counts.headline, 1)).toBe(line.p99Ns);
  expect(lines.cut(3e9, 0).line).toMatchObject({ atNs: 2e9, sent: 0, p50Ns: null, latenessP99Ns: null });
});

test("the halves part where the middle was, within an interval too", () => {
  const lines = new IntervalLines(ns(1e9));
  record(lines, 1_000, 3);
  lines.cut(1e9, 0);
  record(lines, 1_000, 2);
  lines.markHalf();
  record(lines, 9_000, 4);
  lines.cut(2e9, 0);
  record(lines, 9_000, 1);
  lines.cut(3e9, 0);
  const [first, second] = lines.halves();
  expect(first[1]).toBe(5);
  expect(percentileOf(first, 1)).toBeCloseTo(1_000, -2);
  expect(second[1]).toBe(5);
  expect(percentileOf(second, 0)).toBeCloseTo(9_000, -2);
});

test("a window that ended before its middle has a first half only", () => {
  const lines = new IntervalLines(ns(1e9));
  record(lines, 1_000, 3);
  lines.cut(1e8, 0);
  expect(lines.halves()[0][1]).toBe(3);
  expect(lines.halves()[1]).toEqual([]);
});
