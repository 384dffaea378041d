import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketOf, BUCKETS, CoarseHistogram, highestOf } from "./coarse-histogram.js";

const someNs = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.double({ min: 0, max: 6e10, noNaN: true }));

function histogramOf(values: readonly number[]): CoarseHistogram {
  const histogram = new CoarseHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test("a value is known to 1.6 %, around 2^31 ns too, where bit operations end", () => {
  const known = (value: number): void => {
    const read = histogramOf([value]).percentile(0.5) as number;
    expect(Math.abs(read - value)).toBeLessThanOrEqual(Math.max(1, value * 0.016));
  };
  fc.assert(fc.property(someNs, known));
  for (const value of [0, 1, 63, 64, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 6e10]) known(value);
});

test("buckets are numbered in the order of values", () => {
  fc.assert(
    fc.property(someNs, someNs, (a, b) => {
      expect(Math.sign(bucketOf(a) - bucketOf(b)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0);
      expect(bucketOf(highestOf(bucketOf(a)))).toBe(bucketOf(a));
      expect(bucketOf(a)).toBeLessThan(BUCKETS);
    }),
  );
});

test("values beyond all bounds fall into the last buckets", () => {
  expect(bucketOf(1e18)).toBeLessThan(BUCKETS);
  expect(bucketOf(-3)).toBe(0);
});

test("sparse counts carry everything over", () => {
  fc.assert(
    fc.property(fc.array(someNs), (values) => {
      const original = histogramOf(values);
      const copy = new CoarseHistogram();
      copy.add(original.toSparse());
      expect(copy.count).toBe(values.length);
      expect(copy.counts).toEqual(original.counts);
    }),
  );
});

test("what was recorded since another held the same is the difference", () => {
  fc.assert(
    fc.property(fc.array(someNs), fc.array(someNs), (before, after) => {
      const all = histogramOf([...before, ...after]);
      expect(all.since(histogramOf(before))).toEqual(histogramOf(after).toSparse());
    }),
  );
});

test("taking everything leaves nothing", () => {
  const histogram = histogramOf([5, 5, 700]);
  expect(histogram.takeSparse()).toEqual([5, 2, bucketOf(700), 1]);
  expect(histogram.toSparse()).toEqual([]);
  expect(histogram.count).toBe(0);
});

test("an empty histogram has no percentile", () => {
  expect(new CoarseHistogram().percentile(0.5)).toBeNull();
});
