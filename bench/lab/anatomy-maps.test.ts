import { expect, test } from "vitest";
import { medianOf } from "./anatomy-maps.js";

/** As bucket_of in anatomy.bpf.c: 64 steps to each power of two. */
function bucketOf(ns: number): number {
  if (ns < 64) return ns;
  const power = Math.floor(Math.log2(ns));
  return 64 + (power - 6) * 64 + Math.floor(ns / 2 ** (power - 6)) - 64;
}

function counted(values: readonly number[]): number[] {
  const buckets = Array<number>(64 + 18 * 64).fill(0);
  for (const value of values) buckets[bucketOf(value)] = (buckets[bucketOf(value)] ?? 0) + 1;
  return buckets;
}

test.each([0, 5, 63, 64, 127, 128, 1_000, 34_150, 215_000, 9_999_999])(
  "the median of equal values of %i ns is told to 1.6 per cent",
  (value) => {
    const median = medianOf(counted(Array<number>(101).fill(value)), 101);
    expect(Math.abs(median - value)).toBeLessThanOrEqual(value / 64);
  },
);

test("half of the values lie on each side of the median", () => {
  const values = Array.from({ length: 1_000 }, (_, i) => 20_000 + 20 * i);
  const median = medianOf(counted(values), 1_000);
  expect(values.filter((value) => value < median).length / 1_000).toBeCloseTo(0.5, 1);
});
