import { expect, test } from "vitest";
import type { Comparison, RunComparison } from "../../results/comparison-shape.js";
import { compareRun } from "../../results/compare-run.js";
import { labRun } from "./report.test-helper.js";
import { sentenceText, verdictFooting, verdictSentences } from "./verdict-sentences.js";

const whole = compareRun(labRun({ passes: ["single"], blocks: 8 }));

/** The comparison of the run above with its l4 toll replaced. */
function withL4(change: Partial<Comparison>): RunComparison {
  const comparisons = whole.comparisons.map((one) =>
    one.candidate === "l4" && one.baseline === "no-policy" && one.metric === "service_p50"
      ? { ...one, ...change }
      : one,
  );
  return { ...whole, comparisons };
}

function firstSentence(change: Partial<Comparison>): string {
  return sentenceText(verdictSentences(withL4(change))[0] ?? []);
}

const toll = { estimate: 6_400, low: 2_900, high: 16_000 };

test("a slower road is told with its toll and its interval", () => {
  expect(firstSentence({ verdict: "slower", absoluteNs: toll })).toBe(
    "An L4 policy in eBPF adds 6.40 µs to a call [2.90, 16.0].",
  );
});

test("estimate and bounds share a unit where the bounds are larger than the estimate", () => {
  const wide = { estimate: 900_000, low: 300_000, high: 1_400_000 };
  expect(firstSentence({ verdict: "slower", absoluteNs: wide })).toBe(
    "An L4 policy in eBPF adds 0.90 ms to a call [0.30, 1.40].",
  );
});

test("a faster road is told by what it saves", () => {
  const saved = { estimate: -6_400, low: -16_000, high: -2_900 };
  expect(firstSentence({ verdict: "faster", absoluteNs: saved })).toBe(
    "An L4 policy in eBPF saves 6.40 µs a call [−16.0, −2.90].",
  );
});

test("an indistinguishable road is told with the bound within which it was shown to lie", () => {
  const text = firstSentence({
    verdict: "indistinguishable",
    absoluteNs: { estimate: 100, low: -400, high: 700 },
    margin: { fraction: 0.02, source: "user" },
    baselineNs: 80_000,
  });
  expect(text).toBe("An L4 policy in eBPF changes a call by less than 2 %, 1.60 µs [−400, 700 ns].");
});

test("an unsettled toll says so, and how many blocks would settle it", () => {
  const text = firstSentence({ verdict: "inconclusive", absoluteNs: toll, notes: ["about 6 more blocks"] });
  expect(text).toBe("The toll of an L4 policy in eBPF is not resolved here [2.90, 16.0 µs]: about 6 more blocks.");
});

test("a toll that could not be measured is not left out", () => {
  const missing = { verdict: "invalid" as const, absoluteNs: null };
  expect(firstSentence({ ...missing, notes: ["all 24 trials of l4 are void"] })).toBe(
    "An L4 policy in eBPF: not told by this run; all 24 trials of l4 are void.",
  );
  const few = "n/a: 29 calls lie beyond this quantile, 100 are needed to show it";
  expect(firstSentence({ ...missing, verdict: "inconclusive", notes: [few] })).toBe(
    "An L4 policy in eBPF: not told by this run; 29 calls lie beyond this quantile, 100 are needed to show it.",
  );
});

test("the sentence on L7 names what Envoy spent", () => {
  expect(sentenceText(verdictSentences(whole)[1] ?? [])).toMatch(
    /^An L7 policy in Envoy adds \d+ µs to a call \[\d+, \d+\] and \d+ µs of Envoy's CPU\.$/,
  );
});

test("the footing names quantity, method, load, blocks and confidence", () => {
  expect(verdictFooting(whole)).toBe(
    "Median service time of ProcessPayment with one call in flight, each road against the one before it; 8 blocks, all intervals together at 95 %.",
  );
});

test("nothing is said of roads that the run does not hold", () => {
  const bare = compareRun(labRun({ passes: ["single"], scenarios: ["no-policy"], blocks: 6 }));
  expect(verdictSentences(bare)).toEqual([]);
  expect(verdictFooting(bare)).toBeNull();
});
