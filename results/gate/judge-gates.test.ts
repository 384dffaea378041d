import { describe, expect, test } from "vitest";
import { renderFault, type Fault } from "../../loadgen/fault.js";
import type { Run } from "../run-shape.js";
import { syntheticRun, type SyntheticOptions } from "../synthetic-run.js";
import type { MeasuredTrial } from "../trial-metrics.js";
import { readGateFile } from "./gate-file.js";
import type { GateReport, RuleVerdict } from "./gate-report.js";
import { judgeGates, type Baseline } from "./judge-gates.js";

const ROADS = ["no-policy", "no-policy-again", "l4", "l7", "l7-again"];
const L7 = 215_000;
const REGRESSION = "{ road: l7, metric: p50, against: baseline, max_regression: 10% }";

function lab(day: number, options: SyntheticOptions = {}): Run {
  return syntheticRun({
    ...{ scenarios: ROADS, passes: ["single"], callsPerTrial: 400, environment: "lab", trialSd: 0.01 },
    ...{ seed: day, begun: new Date(Date.UTC(2026, 10, day)) },
    ...options,
  });
}
const dearer = (share: number): SyntheticOptions => {
  const l7 = (79_000 + L7) * (1 + share) - 79_000;
  return { tolls: { l7, "l7-again": l7 } };
};
const against = (run: Run): Baseline => ({ run, chosenBy: "last-stable", floors: [] });

function judged(rules: string, run: Run, baseline: Baseline | null = null): GateReport {
  return judgeGates(readGateFile(`gates:\n${rules.replace(/^\s*(?=\{)/gm, "  - ")}\n`, "gates.yaml"), run, baseline);
}
function one(rules: string, run: Run, baseline: Baseline | null = null): RuleVerdict {
  return judged(rules, run, baseline).rules[0]!;
}
const changed = (run: Run, change: (trial: MeasuredTrial) => Partial<MeasuredTrial["outcome"]>): Run => ({
  ...run,
  trials: run.trials.map((trial) => ({
    ...trial,
    outcome: { ...(trial as MeasuredTrial).outcome, ...change(trial as MeasuredTrial) },
  })),
});
const SUSPECT = { state: "SUSPECT" as const, reasons: [{ state: "SUSPECT" as const, rule: "steal", text: "steal" }] };

describe("a gate on a regression", () => {
  test("breaks only where the whole interval lies above the limit", () => {
    const verdict = one(REGRESSION, lab(2, dearer(0.3)), against(lab(1)));
    expect(verdict.outcome).toBe("broken");
    expect(verdict.ratio!.low).toBeGreaterThan(1.1);
    expect(verdict.reason).toMatch(/^\+3\d? %|^\+2\d.* %/);
    expect(verdict.reason).toMatch(/\+\d+(\.\d+)? µs \[.*\]: the whole interval lies above the limit of 10 %\.$/);
    expect(verdict).toMatchObject({ blocks: { now: 10, then: 10 }, calls: { now: 4_000, then: 4_000 } });
  });

  test("passes only where the whole interval lies below it", () => {
    const verdict = one(REGRESSION, lab(2), against(lab(1)));
    expect(verdict.outcome).toBe("passed");
    expect(verdict.ratio!.high).toBeLessThan(1.1);
  });

  test("is inconclusive between the two, and says what would settle it", () => {
    const verdict = one(REGRESSION, lab(2, dearer(0.09)), against(lab(1)));
    expect(verdict.outcome).toBe("inconclusive");
    expect(verdict.reason).toMatch(
      /the limit of 10 % lies inside the interval; about (\d+) more blocks in each run would settle it \(--blocks \d+\)/,
    );
  });

  test("takes the machine's speed out of tolls, and not out of levels", () => {
    const slow = lab(2, { tolls: { "no-policy": 79_000, l4: 87_000, l7: 509_000, "l7-again": 509_000 } });
    expect(one(REGRESSION, slow, against(lab(1))).outcome).toBe("passed");
    const level = "{ road: l7, metric: p50, against: baseline, max_regression: 10%, compare: level }";
    expect(one(level, slow, against(lab(1)))).toMatchObject({ outcome: "broken" });
  });

  test("may have its limit in time", () => {
    const rule = "{ road: l7, metric: p50, against: baseline, max_regression: 40us }";
    expect(one(rule, lab(2, dearer(0.3)), against(lab(1))).outcome).toBe("broken");
    expect(one(rule, lab(2), against(lab(1))).outcome).toBe("passed");
  });

  test("without a baseline is inconclusive and says why there is none", () => {
    expect(one(REGRESSION, lab(2), { missing: "there is no last stable run: none" })).toMatchObject({
      ...{ outcome: "inconclusive", reason: "there is no last stable run: none.", ratio: null },
    });
  });

  test("on unequal loads or roads of one run only is inconclusive with its sentence", () => {
    const other = lab(1);
    const [single] = other.header.design.passes;
    const passes = [{ ...single!, plan: { ...single!.plan, connections: 3 } }];
    const busier = { ...other, header: { ...other.header, design: { ...other.header.design, passes } } };
    expect(one(REGRESSION, lab(2), against(busier)).reason).toBe(
      "not comparable with the baseline: not the same load: connections 3 and 1.",
    );
    expect(one(REGRESSION, lab(2), against(lab(1, { scenarios: ["no-policy", "l4"] }))).reason).toMatch(
      /not comparable with the baseline: only in 20261102/,
    );
  });

  test("below what can be seen is judged at what can be seen", () => {
    const floor = {
      kind: "behind the proxy",
      pass: "single",
      method: "ProcessPayment",
      metric: "service_p50",
      runs: 3,
    } as const;
    const file = readGateFile(`gates: [{ road: l7, metric: p50, against: baseline, max_regression: 0.1% }]`, "g.yaml");
    const baseline = { ...against(lab(1)), floors: [{ ...floor, fraction: 0.2 }] };
    const [verdict] = judgeGates(file, lab(2, dearer(0.05)), baseline).rules;
    expect(verdict).toMatchObject({ outcome: "passed" });
    expect(verdict!.reason).toMatch(
      /below the limit of 0.1 % \(judged at 20 %, the A\/A floor: less cannot be seen here\)/,
    );
  });
});

describe("a gate within one run", () => {
  test("on the toll over another road breaks, passes, or cannot tell", () => {
    const rule = (limit: string): string => `{ road: l7, metric: p50, against: l4, max_toll: ${limit} }`;
    expect(one(rule("150us"), lab(1)).outcome).toBe("broken");
    expect(one(rule("300us"), lab(1)).outcome).toBe("passed");
    expect(one(rule("211us"), lab(1)).outcome).toBe("inconclusive");
    expect(one(rule("100%"), lab(1)).outcome).toBe("broken");
    expect(one(rule("400%"), lab(1))).toMatchObject({ outcome: "passed", blocks: { now: 10, then: null } });
  });

  test("on a level, latency or CPU, breaks, passes, or cannot tell", () => {
    const rule = (metric: string, limit: string): string => `{ road: l7, metric: ${metric}, max: ${limit} }`;
    expect(one(rule("p50", "200us"), lab(1)).outcome).toBe("broken");
    expect(one(rule("p50", "400us"), lab(1)).reason).toMatch(
      /^29\d.* µs \[.*\]: the whole interval lies below the limit of 400 µs\.$/,
    );
    expect(one(rule("p50", "294us"), lab(1)).outcome).toBe("inconclusive");
    expect(one(rule("envoy_cpu_per_call", "150us"), lab(1)).outcome).toBe("broken");
  });

  test("needs no baseline", () => {
    expect(judged("{ road: l7, metric: p50, max: 400us }", lab(1)).baseline).toBeNull();
  });

  test("on a road that was not measured says so", () => {
    expect(one("{ road: l7-tls, metric: p50, max: 1ms }", lab(1))).toMatchObject({
      outcome: "inconclusive",
      reason: expect.stringMatching(/did not measure l7-tls under this load and method/),
    });
    expect(one("{ road: l7, metric: response_p99, max: 1ms }", lab(1)).reason).toMatch(/did not measure l7 under/);
  });

  test("on Envoy's CPU as a share of a road without Envoy asks for a time", () => {
    const rule = "{ road: l7, metric: envoy_cpu_per_call, against: l4, max_toll: 10% }";
    expect(one(rule, lab(1)).reason).toMatch(/no ratio can be taken of it: its limit must be a length of time/);
  });
});

describe("what a gate lacks is told in figures:", () => {
  test("blocks within one run, and in each of two whose numbers differ", () => {
    expect(one("{ road: l7, metric: p50, against: l4, max_toll: 220us }", lab(1)).reason).toMatch(
      /inside the interval; about \d+ more blocks would settle it \(--blocks \d+\)\.$/,
    );
    const { reason } = one(REGRESSION, lab(2, { ...dearer(0.09), blocks: 12 }), against(lab(1)));
    const [, later, earlier, blocks] =
      /about (\d+) more blocks in the later run and (\d+) more in the earlier one would settle it \(--blocks (\d+)\)/.exec(
        reason,
      ) ?? [];
    expect([Number(later) + 12, Number(earlier) + 10]).toEqual([Number(blocks), Number(blocks)]);
  });

  test("the time that each road needs for a tail", () => {
    const tail = "{ road: l7, metric: service_p99, max: 9ms }";
    // 40 calls beyond in ten windows of 0.4 s: 2.5 times as long gives each its ten, and a fifth more is room.
    expect(one(tail, lab(1, { callsPerTrial: 400 })).reason).toMatch(/; --duration 1.2s would bring enough of them\.$/);
  });

  test("the load that is sharper, where the run has it and the rule asks for another", () => {
    const both = (day: number): Run => lab(day, { passes: ["interleaved", "single"] });
    const closed = "{ road: l7, metric: p50, load: closed, against: l4, max_toll: 211us }";
    expect(one(closed, both(1)).reason).toMatch(/, and sooner under load: interleaved, where roads take turns\.$/);
    expect(one(closed, lab(1)).reason).not.toMatch(/interleaved/);
  });
});

describe("doubt keeps a gate open:", () => {
  test("SUSPECT trials above a third of the blocks, in either run", () => {
    const doubted = (run: Run, blocks: number): Run =>
      changed(run, ({ block }) => (block < blocks ? { verdict: SUSPECT } : {}));
    expect(one(REGRESSION, doubted(lab(2, dearer(0.3)), 3), against(lab(1))).outcome).toBe("broken");
    expect(one(REGRESSION, doubted(lab(2, dearer(0.3)), 4), against(lab(1)))).toMatchObject({
      outcome: "inconclusive",
      reason: expect.stringMatching(/4 of 10 blocks hold a SUSPECT trial, more than a third/),
    });
    expect(one(REGRESSION, lab(2, dearer(0.3)), against(doubted(lab(1), 4))).reason).toMatch(/of the baseline/);
  });

  test("fewer than six blocks that came through", () => {
    const cut = (run: Run): Run => ({ ...run, trials: run.trials.filter(({ block }) => block < 5), end: null });
    const report = judged(REGRESSION, cut(lab(2, dearer(0.3))), against(lab(1)));
    expect(report.rules[0]!.reason).toMatch(/10 blocks against 5, 6 in each run are the least for a verdict/);
    expect(report.warnings.join()).toMatch(/is unfinished: only the blocks that it finished are judged/);
    expect(one("{ road: l7, metric: p50, max: 1ms }", cut(lab(2))).reason).toMatch(/5 blocks, 6 are the least/);
  });

  test("an A/A control that failed, unless the effect is three times as large", () => {
    const unsteady = lab(1, { tolls: { "l7-again": L7 + 30_000 } });
    expect(one(REGRESSION, lab(2), against(unsteady)).reason).toMatch(
      /the A\/A control behind the proxy is itself slower/,
    );
    expect(one(REGRESSION, lab(2, dearer(0.6)), against(unsteady)).outcome).toBe("broken");
  });

  test("a path that is not proven to the call: such trials gate nothing", () => {
    const shared = changed(lab(1), ({ outcome }) => ({
      path: { ...outcome.path, proof: { ...outcome.path.proof, level: "lower-bound" } },
    }));
    const report = judged("{ road: l7, metric: p50, max: 400us }", shared);
    expect(report.outcome).toBe("inconclusive");
    expect(report.rules[0]!.reason).toMatch(/l7 was not measured/);
    expect(report.warnings.join()).toMatch(/50 trials of \S+ do not prove their path to the call: they gate nothing/);
  });
});

test("a run without a valid trial is invalid, and a broken gate is worse than that", () => {
  const invalid = { state: "INVALID" as const, reasons: [] };
  const report = judged(
    "{ road: l7, metric: p50, max: 1us }",
    changed(lab(1), () => ({ verdict: invalid })),
  );
  expect(report).toMatchObject({ outcome: "invalid", warnings: [expect.stringMatching(/has no valid trial/)] });
  expect(report.rules[0]!.reason).toMatch(/all 10 trials of l7 are void in 20261101/);
  const partly = changed(lab(1), ({ scenario }) => ({ ...(scenario === "l4" ? { verdict: invalid } : {}) }));
  const both = judged("{ road: l4, metric: p50, max: 1us }\n{ road: l7, metric: p50, max: 1us }", partly);
  expect(both.rules.map(({ outcome }) => outcome)).toEqual(["invalid", "broken"]);
  expect(both.outcome).toBe("broken");
});

describe("the file is one family:", () => {
  const fences = (count: number): string => Array(count).fill("{ road: l7, metric: p50, max: 400us }").join("\n");

  test("its intervals are at 1 − α/m", () => {
    const report = judged(fences(4), lab(1));
    expect(report.confidence).toBeCloseTo(1 - 0.05 / 4, 12);
    expect(report.rules[0]!.confidenceReached).toBeGreaterThanOrEqual(report.confidence);
    expect(report.rules[0]!.adjustedP).toBeGreaterThan(report.rules[0]!.p!);
  });

  test("one that these blocks can never break is refused, naming the blocks it needs", () => {
    // 2/2⁸ = 0.78 % and 2/C(8,4) = 2.9 %: reference S §A5.
    const few = lab(1, { blocks: 8 });
    expect(judged(fences(6), few).outcome).toBe("passed");
    expect(() => judged(fences(7), few)).toThrow(/could never be broken with so few blocks/);
    const told = (work: () => unknown): string => {
      try {
        work();
      } catch (error) {
        return renderFault(error as Fault);
      }
      return "";
    };
    expect(told(() => judged(fences(7), few))).toMatch(
      /gates.yaml:2:5: .*: 8 blocks give no p below 0.78 %; it needs 9/,
    );
    const four = (day: number): Run => lab(day, { blocks: 4 });
    const two = `${REGRESSION}\n${REGRESSION}`;
    expect(told(() => judged(two, four(2), against(four(1))))).toMatch(
      /4 blocks against 4 give no p below 2.9 %; it needs 5 against these 4, or 5 in each run/,
    );
  });
});

test("runs of different environments are refused, and a run that is its own baseline", () => {
  expect(() => judged(REGRESSION, lab(2), against(lab(1, { environment: "cluster" })))).toThrow(
    /different environments/,
  );
  expect(() => judged(REGRESSION, lab(1), against(lab(1)))).toThrow(/with itself/);
});
