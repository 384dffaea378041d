import { describe, expect, test } from "vitest";
import type { Comparison, RunComparison } from "../../results/comparison-shape.js";
import type { Run } from "../../results/run-shape.js";
import { compareRun } from "../../results/compare-run.js";
import { claimsOnTrial, type Claim } from "./claims.js";
import { labRun, withTrials } from "./report.test-helper.js";

const run = labRun({ passes: ["single", "refused", "reconnect"], blocks: 6 });
const whole = compareRun(run);

type Chain = Partial<Pick<Comparison, "candidate" | "baseline" | "pass">>;

function changed(chain: Chain, change: Partial<Comparison>): RunComparison {
  const fits = (one: Comparison): boolean =>
    (Object.keys(chain) as (keyof Chain)[]).every((key) => one[key] === chain[key]) &&
    (one.metric === "service_p50" || one.metric === "call_p50");
  return { ...whole, comparisons: whole.comparisons.map((one) => (fits(one) ? { ...one, ...change } : one)) };
}

function claim(index: number, of: Run = run, comparison: RunComparison = whole): Claim {
  const found = claimsOnTrial(of, comparison)[index];
  if (found === undefined) throw new Error(`no claim ${index}`);
  return found;
}

describe("in the kernel, in microseconds", () => {
  test("is refuted by Envoy's own counter, with the toll beside it", () => {
    const { verdict, because } = claim(0);
    expect(verdict).toBe("refuted");
    expect(because[0]).toMatch(/passed Envoy, a process in user space: ([\d,]+) of \1 by its own counter/);
    expect(because[1]).toMatch(/median service time moved by \+\d+ µs \[.*\], ×.*\(6 blocks\)/);
  });

  test("would be confirmed by calls that no Envoy saw and a toll of microseconds", () => {
    const unseen = withTrials(run, (trial) =>
      trial.outcome.state === "measured"
        ? { ...trial, outcome: { ...trial.outcome, path: { ...trial.outcome.path, after: trial.outcome.path.before } } }
        : trial,
    );
    const small = changed(
      { candidate: "l7", baseline: "l4" },
      { absoluteNs: { estimate: 3_000, low: 2_000, high: 4_000 } },
    );
    expect(claim(0, unseen, small).verdict).toBe("confirmed");
  });

  test("is judged in a preview too, by the earlier Envoy, which is named", () => {
    const scenarios = ["no-policy", "l4", "l7", "l7-tls"];
    const preview = labRun({ passes: ["single"], scenarios, envoys: ["1.36.4", "1.37.0"], blocks: 10 });
    const { verdict, because } = claim(0, preview, compareRun(preview));
    expect(verdict).toBe("refuted");
    expect(because[0]).toMatch(/^Calls of the road l7@1\.36\.4 passed Envoy/);
  });

  test("is not measured without the road l7", () => {
    const bare = labRun({ passes: ["single"], scenarios: ["no-policy", "l4"], blocks: 6 });
    expect(claim(0, bare, compareRun(bare))).toMatchObject({ verdict: "not measured here", because: [] });
  });
});

describe("a refused call hangs", () => {
  test("is refuted by statuses that came back, and granted to L4 alone", () => {
    const { verdict, because } = claim(1);
    expect(verdict).toBe("refuted");
    expect(because.join(" ")).toMatch(/l7: [\d,]+ refused calls ended with PERMISSION_DENIED, half of them within/);
    expect(because.at(-1)).toMatch(/^Where only an L4 policy judges \(l4, .*got no answer within/);
  });

  test("is not settled by silence of L4 alone", () => {
    expect(claim(1, run, { ...whole, refusals: [] }).verdict).toBe("not settled");
  });

  test("is not measured where nothing was refused", () => {
    expect(claim(1, { ...run, probes: [] }, { ...whole, refusals: [] }).verdict).toBe("not measured here");
  });
});

describe("TLS costs an order of magnitude", () => {
  const tls = { candidate: "l7-tls", baseline: "l7", pass: "single" as const };

  test.each([
    ["refuted", { estimate: 1.2, low: 1.1, high: 1.3 }],
    ["confirmed", { estimate: 12, low: 10.5, high: 14 }],
    ["not settled", { estimate: 9, low: 7, high: 12 }],
  ] as const)("is %s where the whole interval says so", (verdict, ratio) => {
    expect(claim(2, run, changed(tls, { ratio })).verdict).toBe(verdict);
  });

  test("is judged apart for new connections", () => {
    const steep = changed({ ...tls, pass: "reconnect" }, { ratio: { estimate: 12, low: 10.5, high: 14 } });
    expect([claim(2, run, steep).verdict, claim(3, run, steep).verdict]).toEqual(["refuted", "confirmed"]);
  });

  test("is judged in a preview too, with both roads through the earlier Envoy, which is named", () => {
    const scenarios = ["no-policy", "l4", "l7", "l7-tls"];
    const preview = labRun({
      passes: ["single", "reconnect"],
      scenarios,
      envoys: ["1.36.4", "1.37.0"],
      blocks: 10,
    });
    const comparison = compareRun(preview);
    for (const index of [2, 3]) {
      const { verdict, because } = claim(index, preview, comparison);
      expect(verdict).toBe("refuted");
      expect(because[0]).toMatch(/ of plaintext L7's, .* \(l7-tls@1\.36\.4, 10 blocks\)\.$/);
    }
  });

  test("is not measured without an interval", () => {
    expect(claim(2, run, changed(tls, { ratio: null })).verdict).toBe("not measured here");
  });
});
