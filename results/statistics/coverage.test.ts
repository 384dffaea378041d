/**
 * Does every interval and verdict keep its word? Coverage of the intervals and false alarms of the whole verdict on A/A
 * data, by seeded simulation.
 */
import { describe, expect, test } from "vitest";
import type { RandomStream } from "../../loadgen/random.js";
import { bandOf } from "./block-bootstrap.js";
import { brunnerMunzelTest } from "./brunner-munzel.js";
import { judgeInterval, type IntervalVerdict } from "./equivalence.js";
import { hodgesLehmannPaired, hodgesLehmannTwoSample, type RankInterval } from "./hodges-lehmann.js";
import { mannWhitneyTest } from "./mann-whitney.js";
import { benjaminiHochberg, holm } from "./multiplicity.js";
import { orderStatisticRanks } from "./quantile-interval.js";
import { signedRankTest } from "./signed-rank.js";
import {
  BLOCK_SD,
  TRIAL_SD,
  EXPERIMENTS,
  share,
  within,
  expectShare,
  draws,
  trials,
  minus,
} from "./testdata/simulation.js";

const holds = (interval: RankInterval, truth: number): boolean => interval.low <= truth && truth <= interval.high;
const isAlarm = (verdict: IntervalVerdict): boolean => verdict === "slower" || verdict === "faster";

describe("an interval covers the truth as often as it says", () => {
  const shapes: [string, (stream: RandomStream) => number][] = [
    ["normal", (stream) => stream.normal()],
    ["heavy-tailed", (stream) => stream.exponential(1) - stream.exponential(1)],
  ];
  for (const [shape, draw] of shapes) {
    for (const n of [6, 10]) {
      test(`paired, ${n} ${shape} differences`, () => {
        let promised = 0;
        const covered = share(EXPERIMENTS, `paired ${shape} ${n}`, (stream) => {
          const interval = hodgesLehmannPaired(draws(n, () => 0.3 + draw(stream)));
          promised = interval.confidenceReached;
          return holds(interval, 0.3);
        });
        expectShare(covered, promised, EXPERIMENTS);
      });
    }
  }

  test("paired, and at least as often where histogram steps make differences tie", () => {
    let promised = 0;
    const covered = share(EXPERIMENTS, "paired with ties", (stream) => {
      const interval = hodgesLehmannPaired(draws(10, () => Math.round(2 * stream.normal()) / 2));
      promised = interval.confidenceReached;
      return holds(interval, 0);
    });
    expect(covered).toBeGreaterThan(promised - within(promised, EXPERIMENTS));
  });

  test("two samples of 8 and 10", () => {
    let promised = 0;
    const covered = share(EXPERIMENTS, "two-sample", (stream) => {
      const interval = hodgesLehmannTwoSample(
        draws(8, () => stream.exponential(1)),
        draws(10, () => 0.7 + stream.exponential(1)),
      );
      promised = interval.confidenceReached;
      return holds(interval, 0.7);
    });
    expectShare(covered, promised, EXPERIMENTS);
  });

  test("the median of ten lopsided values by order statistics", () => {
    const ranks = orderStatisticRanks(10, 0.5, 0.95);
    if (ranks.kind === "not enough") throw new Error("ten values are enough");
    const covered = share(EXPERIMENTS, "order statistics", (stream) => {
      const sorted = draws(10, () => stream.lognormal(3, 1)).sort();
      return sorted[ranks.low - 1]! <= 3 && 3 <= sorted[ranks.high - 1]!;
    });
    expectShare(covered, ranks.confidenceReached, EXPERIMENTS);
  });

  // Reference S §A3: "covers only about 85 % (n = 6), 90 % (n = 10), 92 % (n = 20)" – why it may draw but not judge.
  test.each([
    [6, 0.85],
    [10, 0.9],
    [20, 0.92],
  ])("but a percentile bootstrap over %d blocks covers far less than its 95 %%", (n, expected) => {
    const tries = 400;
    const covered = share(tries, `bootstrap ${n}`, (stream) => {
      const differences = draws(n, () => TRIAL_SD * Math.SQRT2 * stream.normal());
      const mean = (weights: Uint32Array): number => weights.reduce((sum, w, i) => sum + w * differences[i]!, 0) / n;
      const band = bandOf(n, { levels: [0], uniform: stream.uniform, resamples: 400 }, mean)!;
      return band.low[0]! <= 0 && 0 <= band.high[0]!;
    });
    expectShare(covered, expected, tries, 1000);
  });
});

describe("A/A data raise at most 5 % false alarms", () => {
  // The chains of METHOD §4.6 over no-policy, l4, l4-proxy, l7, tls, l7-tls: they share arms, so they are not independent.
  const chains: [number, number][] = [
    [1, 0],
    [3, 1],
    [5, 3],
    [5, 4],
    [3, 2],
    [5, 0],
  ];
  const tries = 2500;

  test.each([0, 0.002])("of the whole declared family, with intervals at 1 − α/m and a margin of %d", (margin) => {
    const alarms = share(tries, `family ${margin}`, (stream) => {
      const arms = trials(6, 10, stream);
      return chains.some(([candidate, baseline]) => {
        const differences = minus(arms[candidate]!, arms[baseline]!);
        const interval = hodgesLehmannPaired(differences, { confidence: 1 - 0.05 / chains.length });
        return isAlarm(judgeInterval(interval, margin, interval.n));
      });
    });
    expect(alarms).toBeLessThan(0.05);
    expect(alarms).toBeGreaterThan(0); // it is a test at all
  });

  test("of the whole declared family, by Holm's adjusted p", () => {
    const alarms = share(tries, "holm", (stream) => {
      const arms = trials(6, 10, stream);
      return holm(chains.map(([a, b]) => signedRankTest(minus(arms[a]!, arms[b]!)).p)).some((p) => p <= 0.05);
    });
    expect(alarms).toBeLessThan(0.05);
    expect(alarms).toBeGreaterThan(0);
  });

  test("of the exploratory matrix at its own 10 %, by Benjamini and Hochberg", () => {
    const alarms = share(tries, "bh", (stream) => {
      const arms = trials(6, 10, stream);
      return benjaminiHochberg(chains.map(([a, b]) => signedRankTest(minus(arms[a]!, arms[b]!)).p)).some(
        (p) => p <= 0.1,
      );
    });
    expect(alarms).toBeLessThan(0.1);
    expect(alarms).toBeGreaterThan(0);
  });

  test("of a single twin at the smallest margin", () => {
    const alarms = share(EXPERIMENTS, "twin", (stream) => {
      const [a, b] = trials(2, 10, stream);
      const interval = hodgesLehmannPaired(minus(a!, b!));
      return isAlarm(judgeInterval(interval, 0.002, interval.n));
    });
    expect(alarms).toBeLessThan(0.05);
    expect(alarms).toBeGreaterThan(0.01);
  });

  test.each([
    ["Brunner-Munzel", (a: Float64Array, b: Float64Array): number => brunnerMunzelTest(a, b).p],
    ["Mann-Whitney", (a: Float64Array, b: Float64Array): number => mannWhitneyTest(a, b).p],
  ])("of two runs that shared no block, by %s", (_, pOf) => {
    const alarms = share(tries, "unpaired", (stream) => {
      const spread = BLOCK_SD * stream.normal();
      return (
        pOf(
          draws(12, () => spread + TRIAL_SD * stream.normal()),
          draws(12, () => spread + TRIAL_SD * stream.normal()),
        ) <= 0.05
      );
    });
    expect(alarms).toBeLessThan(0.05 + within(0.05, tries));
    expect(alarms).toBeGreaterThan(0.03);
  });
});
