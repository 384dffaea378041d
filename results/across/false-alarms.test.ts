/** Two runs of one set-up on two days: how often does any toll of the declared family seem to have moved? */
import { expect, test } from "vitest";
import { ALPHA, MINIMUM_MARGIN } from "../compare-run.js";
import { minus, share, trials } from "../statistics/testdata/simulation.js";
import type { AcrossVerdict } from "./across-shape.js";
import type { CellSample } from "./cell-sample.js";
import { judgeAcross } from "./judge-across.js";
import { shiftBetween } from "./shift.js";

/** The chains of METHOD §4.6 over no-policy, l4, l4-proxy, l7, tls, l7-tls: they share arms. */
const CHAINS: readonly (readonly [candidate: number, baseline: number])[] = [
  [1, 0],
  [3, 1],
  [5, 3],
  [5, 4],
  [3, 2],
  [5, 0],
];
const alpha = ALPHA / CHAINS.length;

function sampleOf(thetas: Float64Array): CellSample {
  const values = [...thetas];
  return {
    ...{ basis: "toll", thetas: values, valuesNs: values, blocks: values.length, suspect: 0 },
    ...{ candidateNs: null, baselineNs: null, candidateCalls: 0, baselineCalls: 0 },
    ...{ ratio: null, tollNs: null, missing: null },
  };
}

/** The word on each chain, as compare-runs.ts gives it. @param rise of the candidate in the later run, ln */
function words(stream: Parameters<Parameters<typeof share>[2]>[0], blocks: number, rise = 0): AcrossVerdict[] {
  const runs = [trials(6, blocks, stream), trials(6, blocks, stream)] as const;
  return CHAINS.map(([candidate, baseline]) => {
    const [before, after] = runs.map((arms, run) =>
      sampleOf(minus(arms[candidate]!, arms[baseline]!).map((theta) => theta + run * rise)),
    ) as [CellSample, CellSample];
    return judgeAcross(
      { run: "before", sample: before },
      { run: "after", sample: after },
      shiftBetween(before, after, 1 - alpha),
      {
        margin: { fraction: MINIMUM_MARGIN, source: "minimum" },
        ...{ alpha, adjustedP: null, mustSurvive: null, brokenTwins: [] },
      },
    ).verdict;
  });
}

const isAlarm = (verdict: AcrossVerdict): boolean => verdict === "slower" || verdict === "faster";

test.each([8, 10])(
  "with %d blocks a run, any toll seems to have moved in at most one pair of runs in twenty",
  (blocks) => {
    const alarms = share(800, `across ${blocks}`, (stream) => words(stream, blocks).some(isAlarm));
    expect(alarms).toBeLessThan(0.05);
    expect(alarms).toBeGreaterThan(0);
  },
);

test("and a rise of 10 % is seen in most pairs of runs", () => {
  const seen = share(60, "risen", (stream) => words(stream, 10, Math.log(1.1)).every((word) => word === "slower"));
  expect(seen).toBeGreaterThan(0.8);
});
