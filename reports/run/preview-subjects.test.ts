import { describe, expect, test } from "vitest";
import { compareRun } from "../../results/compare-run.js";
import { syntheticRun } from "../../results/synthetic-run.js";
import { buildReport } from "./report-model.js";
import { standInSentence, subjectsOf } from "./preview-subjects.js";
import { sentenceText, verdictSentences } from "./verdict-sentences.js";

/** A preview in which the later Envoy is slower on l7 by 30 µs, and equal on every other road. */
const run = syntheticRun({
  environment: "lab",
  passes: ["single"],
  blocks: 10,
  callsPerTrial: 1_000,
  trialSd: 0.005,
  scenarios: ["no-policy", "l4", "l4-proxy", "l7", "l7-again", "l7-tls"],
  envoys: ["1.36.4", "1.37.0"],
  tolls: { "l7@1.37.0": 245_000, "l7-again@1.37.0": 245_000 },
});
const header = { ...run.header, design: { ...run.header.design, restarts: { everyBlocks: 1 } } };
const comparison = compareRun(run);
const sentences = verdictSentences(comparison, subjectsOf(header)).map(sentenceText);

describe("the verdict of a preview", () => {
  test("begins with what the later Envoy changes on l7, with its interval", () => {
    expect(sentences[0]).toMatch(/^Envoy 1\.37\.0 against 1\.36\.4: l7 adds [\d.]+ µs to a call \[[\d., ]+\]\.$/);
  });

  test("goes on with the other roads, and with what L7 costs through either Envoy", () => {
    expect(sentences[1]).toMatch(/^l4-proxy (is not resolved here|changes a call by less than) /);
    expect(sentences[2]).toMatch(/^l7-tls (is not resolved here|changes a call by less than) /);
    expect(sentences[3]).toMatch(
      /^An L7 policy in Envoy 1\.36\.4 adds \d+ µs to a call \[\d+, \d+\] and \d+ µs of Envoy's CPU\.$/,
    );
    expect(sentences[4]).toMatch(/^An L7 policy in Envoy 1\.37\.0 adds \d+ µs/);
    expect(sentences).toHaveLength(5);
  });

  test("rests on a family that was declared before: those sentences, and nothing else", () => {
    const declared = comparison.comparisons.filter((one) => one.family === "declared");
    expect(declared.map(({ candidate, baseline }) => `${candidate}/${baseline}`)).toEqual([
      "l4-proxy@1.37.0/l4-proxy@1.36.4",
      "l7@1.37.0/l7@1.36.4",
      "l7-tls@1.37.0/l7-tls@1.36.4",
      "l7@1.36.4/l4",
      "l7@1.37.0/l4",
    ]);
    expect(comparison.declared).toMatchObject({ size: 5, confidence: 0.99 });
  });

  test("stands first in every table, as what the run was made for", () => {
    const steps = buildReport({ ...run, header }, comparison).tables[0]?.steps ?? [];
    const chains = steps.filter(({ kind }) => kind === "chain");
    expect(chains.map(({ candidate, baseline }) => `${candidate.name}/${baseline.name}`)).toEqual([
      ...["l4-proxy@1.37.0/l4-proxy@1.36.4", "l7@1.37.0/l7@1.36.4", "l7-tls@1.37.0/l7-tls@1.36.4"],
      ...["l7@1.36.4/l4", "l7@1.37.0/l4"],
    ]);
  });

  test("has a control in each Envoy", () => {
    const controls = comparison.twins.filter(({ metric }) => metric === "service_p50");
    expect(controls.map(({ candidate, baseline }) => `${candidate}/${baseline}`)).toEqual([
      "l7-again@1.36.4/l7@1.36.4",
      "l7-again@1.37.0/l7@1.37.0",
    ]);
  });

  test("says that both were restarted, and for which releases they stand", () => {
    const standIns = [
      { envoy: "1.36.4", cilium: "1.19.3", ships: "1.36.6" },
      { envoy: "1.37.0", cilium: "1.20.0", ships: "1.37.5" },
    ];
    const { footing } = buildReport({ ...run, header: { ...header, standIns } }, comparison);
    expect(footing).toContain("both restarted with their slots changed before every block; 10 blocks");
    expect(footing).toMatch(
      /Envoy 1\.36\.4 is in the place of Cilium 1\.19\.3's 1\.36\.6, Envoy 1\.37\.0 is in the place of Cilium 1\.20\.0's 1\.37\.5: upstream's build; Cilium's agent, filters and configuration of it are not compared\.$/,
    );
  });
});

test("an Envoy of the very version that a release ships is not called a stand-in", () => {
  const standIns = [{ envoy: "1.37.5", cilium: "1.20.0", ships: "1.37.5" }];
  expect(standInSentence({ standIns })).toContain("Envoy 1.37.5 is the version that Cilium 1.20.0 ships");
  expect(standInSentence({})).toBeNull();
});
