import { describe, expect, test } from "vitest";
import { deriveSeed, randomStream } from "../../loadgen/random.js";
import { bandOf, quantileBand, quantileRatioBand, type BlockCounts } from "./block-bootstrap.js";

const uniform = (): (() => number) => randomStream(deriveSeed(1, "bands")).uniform;
const block = (...filled: [value: number, count: number][]): BlockCounts => ({
  values: filled.map(([value]) => value),
  counts: filled.map(([, count]) => count),
});

describe("bootstrap bands", () => {
  test("close round the curve where all blocks are the same", () => {
    const same = block([100, 50], [200, 40], [300, 10]);
    const band = quantileBand([same, same, same], { levels: [0.5, 0.9, 0.99], uniform: uniform() });
    expect(band).toEqual({ low: Float64Array.of(100, 200, 300), high: Float64Array.of(100, 200, 300) });
  });

  test("read a quantile as the histogram does: the first value that reaches the count", () => {
    const counts = block([1, 1], [2, 1], [3, 1], [4, 1]);
    const levels = [0.01, 0.25, 0.26, 0.5, 0.75, 1];
    const band = quantileBand([counts, counts], { levels, uniform: uniform() });
    expect(Array.from(band!.low)).toEqual([1, 1, 2, 2, 3, 4]);
  });

  test("span what single blocks say where blocks differ", () => {
    const blocks = [100, 110, 120, 130, 140, 150].map((value) => block([value, 1000]));
    const band = quantileBand(blocks, { levels: [0.5], uniform: uniform() });
    expect(band!.low[0]).toBeLessThanOrEqual(110);
    expect(band!.high[0]).toBeGreaterThanOrEqual(140);
  });

  test("weigh a block by its counts when blocks are merged", () => {
    // Of 1000 + 1 values six tenths are the large block's unless the small one was drawn every time.
    const blocks = [block([1, 1000]), block([9, 1])];
    const band = quantileBand(blocks, { levels: [0.6], uniform: uniform(), share: 0.4 });
    expect(band).toEqual({ low: Float64Array.of(1), high: Float64Array.of(1) });
  });

  test("agree with merging the drawn histograms value by value", () => {
    const stream = randomStream(deriveSeed(2, "histograms"));
    const blocks = Array.from({ length: 4 }, () =>
      block(
        ...[10, 20, 30, 40, 50].map((value): [number, number] => [value + stream.integer(3), 1 + stream.integer(9)]),
      ),
    );
    const levels = [0.1, 0.5, 0.93];
    const drawn: number[][] = [];
    const replay = uniform();
    for (let draw = 0; draw < 50; draw++) {
      const values = Array.from({ length: blocks.length }, () => blocks[Math.floor(replay() * blocks.length)]!)
        .flatMap((each) => Array.from(each.values, (value, i) => new Array<number>(each.counts[i]!).fill(value)).flat())
        .sort((a, b) => a - b);
      drawn.push(levels.map((level) => values[Math.max(1, Math.ceil(level * values.length)) - 1]!));
    }
    const band = quantileBand(blocks, { levels, uniform: uniform(), resamples: 50, share: 0.9999 });
    levels.forEach((_, i) => {
      const column = drawn.map((row) => row[i]!);
      expect([band!.low[i], band!.high[i]]).toEqual([Math.min(...column), Math.max(...column)]);
    });
  });

  test("of a ratio let what a block does to both sides cancel", () => {
    const baseline = [100, 150, 200, 250].map((value) => block([value, 1000]));
    const candidate = [110, 165, 220, 275].map((value) => block([value, 1000]));
    const band = quantileRatioBand(candidate, baseline, { levels: [0.5, 0.99], uniform: uniform() });
    for (const end of [...band!.low, ...band!.high]) expect(end).toBeCloseTo(1.1, 12);
  });

  test("are the same each time they are drawn from the same seed", () => {
    const blocks = Array.from({ length: 30 }, (_, i) => block([100 + i, 10], [300 + i, 5]));
    const levels = [0.2, 0.4, 0.6, 0.8];
    const draw = (): unknown => quantileBand(blocks, { levels, uniform: uniform(), resamples: 51, share: 0.5 });
    expect(draw()).toEqual(draw());
  });

  test("leave the asked share of the draws inside", () => {
    let draw = 0;
    const counting = bandOf(2, { levels: [0.5], uniform: () => 0, resamples: 1999 }, () => ++draw);
    expect(counting).toEqual({ low: Float64Array.of(50), high: Float64Array.of(1950) });
  });

  test("are not drawn from a single block, which cannot show how blocks differ", () => {
    expect(quantileBand([block([1, 1])], { levels: [0.5], uniform: uniform() })).toBeNull();
    expect(quantileBand([], { levels: [0.5], uniform: uniform() })).toBeNull();
  });

  test("refuse an empty block, buckets out of order and sides that do not match", () => {
    const good = block([1, 1], [2, 1]);
    const options = { levels: [0.5], uniform: uniform() };
    expect(() => quantileBand([good, block()], options)).toThrow("block 2 cannot be merged");
    expect(() => quantileBand([good, block([2, 1], [1, 1])], options)).toThrow("block 2 cannot be merged");
    expect(() => quantileRatioBand([good], [good, good], options)).toThrow("same blocks on both sides");
  });
});
