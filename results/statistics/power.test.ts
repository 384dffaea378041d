/**
 * Are the figures behind METHOD (reference S §A3, §A5, §A8) those of this code? Power, what a drift does, and change
 * points where there are none, by seeded simulation, each within the error of the simulation it is held against.
 */
import { describe, expect, test } from "vitest";
import { andersonDarlingTest, kolmogorovSmirnovTest, exponentialCdf } from "./arrivals-tests.js";
import { findChangePoints } from "./change-points.js";
import { judgeInterval } from "./equivalence.js";
import { hodgesLehmannPaired } from "./hodges-lehmann.js";
import { mannWhitneyTest } from "./mann-whitney.js";
import { moreBlocksNeeded } from "./sample-size.js";
import { signedRankTest } from "./signed-rank.js";
import { TRIAL_SD, share, within, expectShare, draws, trials, minus } from "./testdata/simulation.js";

describe("power is what the reference found", () => {
  const tries = 1000;
  // Reference S §A3, p50: false alarms, power at +5 %, power at +10 %; 1,000 replications, per cent.
  test.each([
    [6, [3, 80, 100], [0, 18, 87]],
    [10, [5, 100, 100], [0, 50, 100]],
    [20, [5, 100, 100], [0, 96, 100]],
  ])("for p50 with %d blocks: signed rank on pairs, and the weaker Mann-Whitney", (n, paired, unpaired) => {
    [0, 0.05, 0.1].forEach((effect, column) => {
      let [bySignedRank, byMannWhitney] = [0, 0];
      share(tries, `power ${n} ${effect}`, (stream) => {
        const [baseline, arm] = trials(2, n, stream);
        const candidate = arm!.map((value) => value + Math.log1p(effect));
        if (signedRankTest(minus(candidate, baseline!)).p <= 0.05) bySignedRank++;
        if (mannWhitneyTest(baseline!, candidate).p <= 0.05) byMannWhitney++;
        return true;
      });
      expectShare(bySignedRank / tries, paired[column]! / 100, tries, 1000);
      expectShare(byMannWhitney / tries, unpaired[column]! / 100, tries, 1000);
    });
  });

  // The reference does not print the shape of its tail. One spread of the paired differences, 11.2 %, gives all six of
  // its p99.9 figures.
  test.each([
    [10, [4, 23, 68]],
    [20, [5, 43, 96]],
  ])("for p99.9 with %d blocks", (n, expected) => {
    [0, 0.05, 0.1].forEach((effect, column) => {
      const found = share(tries, `p99.9 ${n} ${effect}`, (stream) => {
        return signedRankTest(draws(n, () => Math.log1p(effect) + 0.112 * stream.normal())).p <= 0.05;
      });
      expectShare(found, expected[column]! / 100, tries, 1000);
    });
  });

  test("at 3 % with a spread of 2.8 % and ten blocks is 82 %", () => {
    const found = share(tries, "planning", (stream) => {
      const interval = hodgesLehmannPaired(draws(10, () => 0.03 + 0.028 * stream.normal()));
      return judgeInterval(interval, 0, interval.n) === "slower";
    });
    expectShare(found, 0.82, tries, 1000);
  });

  // Reference S §A3, the session drifts by 0, 3 and 6 % from its first trial to its last and nothing differs.
  test.each([
    [6, [5, 19, 58], [3, 4, 5], [4, 4, 3]],
    [10, [4, 32, 83], [5, 6, 7], [5, 5, 5]],
    [20, [5, 61, 98], [5, 4, 6], [5, 5, 5]],
  ])(
    "%d trials per arm: a drift is taken for an effect unless blocks are shuffled",
    (n, inTurn, alternating, shuffled) => {
      [0, 0.03, 0.06].forEach((drift, column) => {
        const counts = [0, 0, 0];
        share(tries, `drift ${n} ${drift}`, (stream) => {
          const session = draws(2 * n, () => TRIAL_SD * stream.normal()).map((v, i) => v + (drift * i) / (2 * n - 1));
          const pairs = Array.from({ length: n }, (_, i) => session[2 * i + 1]! - session[2 * i]!);
          const tossed = pairs.map((difference) => (stream.uniform() < 0.5 ? difference : -difference));
          if (mannWhitneyTest(session.subarray(0, n), session.subarray(n)).p <= 0.05) counts[0]!++;
          if (signedRankTest(pairs).p <= 0.05) counts[1]!++;
          if (signedRankTest(tossed).p <= 0.05) counts[2]!++;
          return true;
        });
        [inTurn, alternating, shuffled].forEach((row, i) =>
          expectShare(counts[i]! / tries, row[column]! / 100, tries, 1000),
        );
      });
    },
  );
});

test("the blocks that are advised settle at least four inconclusive comparisons out of five", () => {
  const [effect, sd] = [0.025, 0.028];
  // Ten differences with exactly this mean and standard deviation.
  const ten = Array.from({ length: 10 }, (_, i) => effect + (i % 2 === 0 ? 1 : -1) * sd * Math.sqrt(0.9));
  const advice = moreBlocksNeeded(ten, 0);
  expect(advice).toEqual({ kind: "about", blocks: 3 });
  const tries = 3000;
  const settled = share(tries, "advice", (stream) => {
    const interval = hodgesLehmannPaired(draws(13, () => effect + sd * stream.normal()));
    return judgeInterval(interval, 0, interval.n) === "slower";
  });
  // At least the 80 % that were planned for, and not many more: blocks come whole.
  expect(settled).toBeGreaterThan(0.8 - within(0.8, tries));
  expect(settled).toBeLessThan(0.87);
});

describe("change points in series that have none", () => {
  // Reference S §A8, Otava's defaults, per cent of series with at least one.
  test.each([
    [30, 0, 3],
    [100, 0, 10],
    [30, 0.5, 31],
    [100, 0.5, 62],
  ])("%d runs with a lag-1 correlation of %d: as many as the reference found", (runs, correlation, percent) => {
    const tries = 250;
    let ours = 0;
    const theirs = share(tries, `null ${runs} ${correlation}`, (stream) => {
      let previous = stream.normal() / Math.sqrt(1 - correlation ** 2);
      const series = draws(runs, () => 100 + (previous = correlation * previous + stream.normal()));
      const own = findChangePoints(series);
      if (own.state === "analysed" && own.points.length > 0) ours++;
      const otava = findChangePoints(series, { otavaCompatible: true });
      return otava.state === "analysed" && otava.points.length > 0;
    });
    expectShare(theirs, percent / 100, tries, 400);
    expect(ours / tries).toBeLessThanOrEqual(theirs);
  });
});

test("arrival tests raise as many false alarms as they say", () => {
  const tries = 3000;
  let anderson = 0;
  const kolmogorov = share(tries, "arrivals", (stream) => {
    const gaps = draws(60, () => stream.exponential(250));
    if (andersonDarlingTest(gaps, exponentialCdf(250)).p <= 0.05) anderson++;
    return kolmogorovSmirnovTest(gaps, exponentialCdf(250)).p <= 0.05;
  });
  expectShare(kolmogorov, 0.05, tries);
  expectShare(anderson / tries, 0.05, tries);
});
