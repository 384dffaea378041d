import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { mannWhitneyTest, smallestMannWhitneyP } from "./mann-whitney.js";
import {
  BLOCK_CEILING,
  blocksForAlpha,
  blocksForTwoSampleAlpha,
  blocksInEachRun,
  blocksNeeded,
  moreBlocksNeeded,
} from "./sample-size.js";

describe("planning", () => {
  test("asks for 10 blocks to see 3 % with a spread of 2.8 %", () => {
    // Reference S §A5: the formula without Guenther's term gives 8; its own simulation reached 82 % at 10.
    expect(blocksNeeded(0.028, 0.03)).toBe(10);
  });

  test("asks for four times the blocks for half the effect", () => {
    const [coarse, fine] = [blocksNeeded(0.028, 0.002), blocksNeeded(0.028, 0.001)];
    expect(fine / coarse).toBeCloseTo(4, 2);
  });

  test("never asks for fewer blocks than the smallest p needs", () => {
    expect([0.05, 0.05 / 6, 0.05 / 12].map(blocksForAlpha)).toEqual([6, 8, 9]);
    expect(blocksNeeded(0.0001, 0.5, { alpha: 0.05 / 12 })).toBe(9);
  });

  test("refuses figures that cannot be planned with", () => {
    expect(() => blocksNeeded(0.02, 0)).toThrow(Fault);
    expect(() => blocksNeeded(NaN, 0.02)).toThrow(Fault);
    expect(() => blocksNeeded(0.02, 0.02, { alpha: 0 })).toThrow("error level");
  });
});

describe("advice after an inconclusive comparison", () => {
  const spread = [-0.03, 0.02, 0.01, -0.02, 0.03, 0, 0.01, -0.01, 0.02, -0.03];
  const around = (centre: number): number[] => spread.map((d) => d + centre);

  test("names the blocks with which the interval would clear the nearer edge of the margin", () => {
    // Mean 0.02, sd 0.0216: 2 % away from ±0 %, and 1 % away from ±1 %.
    expect(moreBlocksNeeded(around(0.02), 0)).toEqual({ kind: "about", blocks: 2 });
    expect(moreBlocksNeeded(around(0.02), 0.01)).toEqual({ kind: "about", blocks: 31 });
  });

  test("counts from inside the margin as well", () => {
    expect(moreBlocksNeeded(around(0), 0.01)).toEqual(moreBlocksNeeded(around(0.02), 0.01));
  });

  test("does not print a large number where the effect sits on the margin's edge", () => {
    expect(moreBlocksNeeded(around(0.02), 0.0201)).toEqual({ kind: "too many", ceiling: BLOCK_CEILING });
    expect(moreBlocksNeeded([1, 1, 1, 1], 1)).toEqual({ kind: "too many", ceiling: BLOCK_CEILING });
  });

  test("sends a run that was cut short to the floor of a design first", () => {
    expect(moreBlocksNeeded([0.05], 0.01)).toEqual({ kind: "about", blocks: 7 });
    expect(moreBlocksNeeded([0.05, 0.0501, 0.0499], 0.01)).toEqual({ kind: "about", blocks: 5 });
  });

  test("refuses an empty sample", () => {
    expect(() => moreBlocksNeeded([], 0.01)).toThrow(Fault);
  });
});

describe("two runs that share no block", () => {
  test("can give no smaller p than samples that do not overlap", () => {
    // Reference S §A5, column "min p, MWU n = m".
    expect(smallestMannWhitneyP(5, 5)).toBeCloseTo(0.0079, 4);
    expect(smallestMannWhitneyP(8, 8)).toBeCloseTo(1.6e-4, 5);
    expect(smallestMannWhitneyP(3, 7)).toBeCloseTo(mannWhitneyTest([1, 2, 3], [4, 5, 6, 7, 8, 9, 10]).p, 12);
  });

  test("need so many blocks for that p to reach α", () => {
    expect(blocksForTwoSampleAlpha(0.05)).toBe(4);
    expect(blocksForTwoSampleAlpha(0.05 / 12)).toBe(6);
    expect(blocksForTwoSampleAlpha(0.05 / 12, 3)).toBe(13);
    expect(blocksForTwoSampleAlpha(0.001, 1)).toBeNull();
    expect(() => blocksForTwoSampleAlpha(0)).toThrow("error level");
  });

  test("need the blocks of one run twice over, since both vary", () => {
    const values = Array.from({ length: 12 }, (_, i) => 0.03 * (i - 5.5));
    const needed = blocksInEachRun(values, values, 0.1);
    const paired = blocksNeeded(0.03 * Math.sqrt(13) * Math.SQRT2, 0.1);
    expect(needed).toEqual({ kind: "about", blocks: paired });
  });

  test("are sent beyond what they have, to the floor of a design, or away", () => {
    const tight = [0, 0.001, 0.002, 0.001, 0, 0.002, 0.001, 0.001, 0.002, 0];
    expect(blocksInEachRun(tight, tight, 1)).toEqual({ kind: "about", blocks: 11 });
    expect(blocksInEachRun([0.1], tight, 1)).toEqual({ kind: "about", blocks: 8 });
    expect(blocksInEachRun(tight, tight, 0)).toEqual({ kind: "too many", ceiling: BLOCK_CEILING });
  });
});
