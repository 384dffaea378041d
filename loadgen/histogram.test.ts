import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LatencyHistogram } from "./histogram.js";

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

const latencies = fc.array(fc.integer({ min: 1, max: 60_000_000_000 }), { minLength: 1, maxLength: 300 });

describe("a latency histogram", () => {
  test("clamps what is out of range and counts it, and refuses NaN", () => {
    using histogram = histogramOf([0.2, -5, 1, 61e9, Infinity]);
    expect(histogram.count).toBe(5);
    expect(histogram.clamped).toBe(4);
    expect(histogram.minNs).toBe(1);
    expect(histogram.maxNs).toBe(60e9);
    expect(() => histogram.record(NaN)).toThrow("NaN");
    expect(histogram.count).toBe(5);
  });

  test("has no percentiles, minimum, maximum or mean when empty", () => {
    using histogram = new LatencyHistogram();
    expect([histogram.percentile(0.5), histogram.minNs, histogram.maxNs, histogram.meanNs]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(histogram.buckets()).toEqual([]);
    using decoded = LatencyHistogram.decode(histogram.encode());
    expect(decoded.count).toBe(0);
  });

  test("reads percentiles by rank, to 3 digits", () => {
    fc.assert(
      fc.property(latencies, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        using histogram = histogramOf(values);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(q * values.length - 1e-9)) - 1] as number;
        const read = histogram.percentile(q) as number;
        expect(read).toBeGreaterThanOrEqual(exact);
        expect(read).toBeLessThanOrEqual(exact * 1.001);
      }),
    );
  });

  test("takes the rank that is meant where q times n is a whole number", () => {
    using histogram = histogramOf(Array.from({ length: 100 }, (_, i) => i + 1));
    expect([0.07, 0.5, 0.29, 0.99, 1].map((q) => histogram.percentile(q))).toEqual([7, 50, 29, 99, 100]);
  });

  test("keeps minimum, maximum and mean to the nanosecond, through encoding too", () => {
    fc.assert(
      fc.property(latencies, (values) => {
        using histogram = histogramOf(values);
        using decoded = LatencyHistogram.decode(histogram.encode());
        for (const one of [histogram, decoded]) {
          expect(one.count).toBe(values.length);
          expect(one.minNs).toBe(Math.min(...values));
          expect(one.maxNs).toBe(Math.max(...values));
          expect(one.meanNs).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 0);
        }
        expect(decoded.buckets()).toEqual(histogram.buckets());
      }),
      { numRuns: 40 },
    );
  });

  test("walks its buckets: every value lies in one, and neighbours touch at most", () => {
    fc.assert(
      fc.property(latencies, (values) => {
        using histogram = histogramOf(values);
        const buckets = histogram.buckets();
        for (const { fromNs, toNs, count } of buckets) {
          expect(values.filter((value) => value >= fromNs && value < toNs)).toHaveLength(count);
        }
        expect(buckets.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(values.length);
      }),
    );
  });

  test("merges without loss", () => {
    fc.assert(
      fc.property(latencies, latencies, (some, others) => {
        using merged = histogramOf(some);
        using other = histogramOf(others);
        using all = histogramOf([...some, ...others]);
        merged.add(other);
        expect(merged.buckets()).toEqual(all.buckets());
        expect([merged.minNs, merged.maxNs, merged.count]).toEqual([all.minNs, all.maxNs, all.count]);
      }),
      { numRuns: 40 },
    );
  });

  test("counts what lies above a value", () => {
    using histogram = histogramOf([10, 20, 30, 40]);
    expect(histogram.countAbove(20)).toBe(2);
    expect(histogram.countAbove(40)).toBe(0);
  });

  test("decodes what other tools made, and refuses what does not hold what it says", () => {
    using histogram = histogramOf([1_000, 2_000, 3_000_000]);
    const { exact: _, ...foreign } = histogram.encode();
    using decoded = LatencyHistogram.decode(foreign);
    expect(decoded.maxNs).toBeCloseTo(3_000_000, -4);
    expect(() => LatencyHistogram.decode({ ...foreign, count: 4 })).toThrow("says 4 values and holds 3");
  });

  test("is empty after a reset and can't be read once destroyed", () => {
    const histogram = histogramOf([1, 2, 3]);
    histogram.reset();
    expect(histogram.count).toBe(0);
    histogram.record(9);
    expect(histogram.minNs).toBe(9);
    histogram.destroy();
    expect(() => histogram.percentile(0.5)).toThrow();
  });
});
