import fc from "fast-check";
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, initWebAssemblySync } from "hdr-histogram-js";
import { inflateSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { Fault } from "../loadgen/fault.js";
import { LatencyHistogram } from "../loadgen/histogram.js";
import { mendV2, readV2, writeV2 } from "./hdr-v2.js";
import { countBeyond, rankOf, SparseHistogram } from "./sparse-histogram.js";

const values = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 2e9 }), fc.integer({ min: 1, max: 60e9 })),
  { minLength: 1, maxLength: 300 },
);
const QUANTILES = [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1];

function recorded(all: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of all) histogram.record(value);
  return histogram;
}

describe("a kept histogram", () => {
  test("says what the histogram that recorded it says", () => {
    fc.assert(
      fc.property(values, (all) => {
        using live = recorded(all);
        const kept = SparseHistogram.decode(live.encode());
        expect(kept.count).toBe(live.count);
        expect([kept.minNs, kept.maxNs, kept.meanNs]).toEqual([live.minNs, live.maxNs, live.meanNs]);
        for (const q of QUANTILES) expect(kept.percentile(q)).toBe(live.percentile(q));
        expect(kept.buckets()).toEqual(live.buckets());
      }),
    );
  });

  test("made from values is the one made by recording them", () => {
    fc.assert(
      fc.property(values, (all) => {
        using live = recorded(all);
        const kept = SparseHistogram.of(all);
        expect(kept.buckets()).toEqual(live.buckets());
        expect(readV2(kept.encode().v2).buckets).toEqual(readV2(live.encode().v2).buckets);
      }),
    );
  });

  test("survives being written and read", () => {
    fc.assert(
      fc.property(values, (all) => {
        const kept = SparseHistogram.of(all);
        const again = SparseHistogram.decode(kept.encode());
        expect(again.buckets()).toEqual(kept.buckets());
        expect(again.encode()).toEqual(kept.encode());
      }),
    );
  });

  test("merged is that of all values together", () => {
    fc.assert(
      fc.property(values, values, (some, others) => {
        const merged = SparseHistogram.merge([SparseHistogram.of(some), SparseHistogram.of(others)]);
        const together = SparseHistogram.of([...some, ...others]);
        expect(merged.buckets()).toEqual(together.buckets());
        expect(merged.minNs).toBe(together.minNs);
        expect(merged.maxNs).toBe(together.maxNs);
        expect(merged.meanNs).toBeCloseTo(together.meanNs ?? 0, 3);
      }),
    );
  });

  test("counts the calls up to a value", () => {
    const kept = SparseHistogram.of([10, 20, 20, 30, 1_000_000]);
    expect([9, 10, 20, 29, 30, 999_000, 2_000_000].map((value) => kept.countUpTo(value))).toEqual([
      0, 1, 3, 3, 4, 4, 5,
    ]);
  });

  test("clamps what is out of range and counts it", () => {
    const kept = SparseHistogram.of([0, 5, 61e9]);
    expect([kept.clamped, kept.minNs, kept.maxNs]).toEqual([2, 1, 60e9]);
  });

  test("has nothing to say when it is empty", () => {
    const empty = SparseHistogram.decode(SparseHistogram.of([]).encode());
    expect([empty.count, empty.percentile(0.5), empty.minNs, empty.maxNs, empty.meanNs]).toEqual([
      0,
      null,
      null,
      null,
      null,
    ]);
    expect(empty.countUpTo(1e9)).toBe(0);
    expect(SparseHistogram.merge([]).count).toBe(0);
  });

  test("that carries no exact extremes gives those of its buckets", () => {
    const { v2, count, clamped } = SparseHistogram.of([100_001, 5_000_003]).encode();
    const foreign = SparseHistogram.decode({ v2, count, clamped });
    expect(foreign.minNs).toBe(99_968);
    expect(foreign.maxNs).toBe(5_001_215);
  });
});

describe("ranks", () => {
  test("are rounded up, but not by the error of a double", () => {
    expect(rankOf(0.07, 100)).toBe(7);
    expect(rankOf(0.5, 3)).toBe(2);
    expect(rankOf(0, 10)).toBe(1);
    expect(rankOf(1, 10)).toBe(10);
  });

  test("leave the calls beyond a quantile", () => {
    expect(countBeyond(0.99, 1_000)).toBe(10);
    expect(countBeyond(0.999, 10_000)).toBe(10);
    expect(countBeyond(0.5, 0)).toBe(0);
  });
});

describe("the V2 payload", () => {
  beforeAll(() => initWebAssemblySync());

  const settings = {
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3.6e12,
    numberOfSignificantValueDigits: 3 as const,
    bitBucketSize: 64 as const,
  };
  /** Reference S §C3: values {1000, 100000, 5000000}. */
  const GOLDEN = "cf0f02e16802d15a02";
  const body = (base64: string): Buffer => inflateSync(Buffer.from(base64, "base64").subarray(8));

  test("of three known values is the golden one", () => {
    const library = build(settings);
    for (const value of [1_000, 100_000, 5_000_000]) library.recordValue(value);
    const read = readV2(encodeIntoCompressedBase64(library));
    expect(read.highest).toBe(3.6e12);
    expect(body(writeV2(read)).subarray(40).toString("hex")).toBe(GOLDEN);
  });

  test("as hdr-histogram-js writes it has two wrong fields, and mending changes nothing else", () => {
    const library = build(settings);
    library.recordValue(1_000);
    const written = encodeIntoCompressedBase64(library);
    expect(body(written).readInt32BE(8)).toBe(1);
    const mended = body(mendV2(written));
    expect(mended.readInt32BE(8)).toBe(0);
    expect(mended.readDoubleBE(32)).toBe(1);
    expect(mended.subarray(40)).toEqual(body(written).subarray(40));
    expect(mendV2(mendV2(written))).toBe(mendV2(written));
  });

  test("that we write is read by hdr-histogram-js", () => {
    fc.assert(
      fc.property(values, (all) => {
        const kept = SparseHistogram.of(all);
        const library = decodeFromCompressedBase64(kept.encode().v2, 64, false);
        expect(library.totalCount).toBe(all.length);
        expect(library.getValueAtPercentile(50)).toBe(
          kept.buckets().find(({ toNs }) => toNs > (kept.percentile(0.5) ?? 0))!.toNs - 1,
        );
      }),
    );
  });

  test("holds counts beyond 32 bits", () => {
    const counts = {
      digits: 3,
      lowest: 1,
      highest: 60e9,
      buckets: Int32Array.of(7, 2_500),
      counts: Float64Array.of(2 ** 40 + 3, 1),
    };
    expect(readV2(writeV2(counts)).counts).toEqual(counts.counts);
  });

  test("that is damaged is refused in words", () => {
    const good = SparseHistogram.of([1, 2, 3_000]).encode().v2;
    const damaged = ["", "HISTFAAA", "not base64 at all", good.slice(0, 30), good.replace(/^HIST/, "AAAA")];
    for (const text of damaged) expect(() => readV2(text), text).toThrow(Fault);
  });

  test("that speaks of buckets no value could fill is refused, however small its text", () => {
    const [counts, highest] = [Float64Array.of(1), 60e9];
    const far = writeV2({ digits: 3, lowest: 1, highest, buckets: Int32Array.of(2 ** 30), counts });
    const fine = writeV2({ digits: 9, lowest: 1, highest, buckets: Int32Array.of(7), counts });
    const refusal = expect.objectContaining({ text: expect.objectContaining({ seen: "it has buckets for no value" }) });
    for (const text of [far, fine]) expect(() => readV2(text)).toThrow(refusal as Error);
  });
});
