import { describe, expect, test } from "vitest";
import { Fault, renderFault } from "../../loadgen/fault.js";
import { readGateFile } from "./gate-file.js";
import type { GateRule } from "./gate-rule.js";

const rule = (text: string): GateRule => readGateFile(`gates:\n  - { ${text} }\n`, "gates.yaml").rules[0]!;

function refusal(text: string): string {
  try {
    readGateFile(text, "gates.yaml");
  } catch (error) {
    if (error instanceof Fault) {
      expect(error.exitCode).toBe(2);
      return renderFault(error);
    }
    throw error;
  }
  throw new Error("it was read");
}
const refused = (text: string): string => refusal(`gates:\n  - { ${text} }\n`);

describe("a gates file", () => {
  test("holds regressions against a baseline run", () => {
    expect(rule("road: l7, metric: p99, against: baseline, max_regression: 10%, load: open")).toMatchObject({
      name: "l7, response p99, open load: toll at most 10 % above the baseline run",
      ...{ road: "l7", pass: "mix", method: "ProcessPayment", metric: "response_p99" },
      held: { kind: "regression", of: "toll" },
      limit: { unit: "share", value: 0.1 },
      at: { line: 2, column: 5 },
    });
  });

  test("holds a road against another one of the same run", () => {
    expect(rule("road: l7, metric: p50, against: l4, max_toll: 300us")).toMatchObject({
      name: "l7, service p50, closed load: at most 300 µs over l4",
      ...{
        pass: "single",
        metric: "service_p50",
        held: { kind: "toll", over: "l4" },
        limit: { unit: "ns", value: 3e5 },
      },
    });
  });

  test("sets fences on a figure itself", () => {
    expect(rule("road: l7-tls, metric: response_p99.9, max: 2ms, method: GetPaymentStatus, name: tail")).toMatchObject({
      ...{ name: "tail", pass: "mix", metric: "response_p999", method: "GetPaymentStatus", held: { kind: "fence" } },
      limit: { unit: "ns", value: 2e6 },
    });
    expect(rule("road: l7, metric: envoy_cpu_per_call, max: 0.4ms")).toMatchObject({
      ...{ method: "all", pass: "single", limit: { unit: "ns", value: 4e5 } },
    });
  });

  test("may compare levels instead of tolls, and take the load from the metric", () => {
    expect(rule("road: no-policy, metric: p50, against: baseline, max_regression: 5%, compare: level").held).toEqual({
      kind: "regression",
      of: "level",
    });
    expect(rule("road: l7, metric: call_p50, max: 5ms").pass).toBe("reconnect");
    expect(rule("road: l7@1.36.4, metric: service_p50, max: 5ms").road).toBe("l7@1.36.4");
  });
});

describe("a mistake is told with its line, its column and the nearest word:", () => {
  test.each<[string, string, RegExp]>([
    ["a road", "road: l8, metric: p50, max: 1ms", /gates.yaml:2:13: there is no road "l8"\n.*did you mean "l4"\?/],
    [
      "a road held against",
      "road: l7, metric: p50, against: basline, max_regression: 1%",
      /2:39: there is no road "basline"\n.*"baseline"/,
    ],
    ["an experimental road", "road: l7-kernel, metric: p50, max: 1ms", /2:13: the road "l7-kernel" is experimental/],
    ["a metric", "road: l7, metric: p95, max: 1ms", /2:25: there is no metric "p95"\n.*did you mean "p50"|"p9/],
    ["a key", "road: l7, metrics: p50, max: 1ms", /2:17: there is no key "metrics" \(did you mean "metric"\?\)/],
    ["a load", "road: l7, metric: p50, max: 1ms, load: opn", /2:46: there is no load "opn"\n.*did you mean "open"\?/],
    [
      "a method",
      "road: l7, metric: p50, max: 1ms, method: ProcesPayment",
      /2:48: there is no method "ProcesPayment"\n.*"ProcessPayment"/,
    ],
    ["a unit", "road: l7, metric: p50, max: 2mss", /2:35: "2mss" is no limit\n.*10%, 300us, 2ms/],
    ["a missing unit", "road: l7, metric: p50, max: 2", /2:35: "2" is no limit/],
    ["a missing road", "metric: p50, max: 2ms", /2:5: the rule has no road/],
    [
      "a missing limit",
      "road: l7, metric: p50, against: baseline",
      /2:5: against: baseline needs max_regression\n.*max_regression: 10%/,
    ],
    [
      "a stray limit",
      "road: l7, metric: p50, against: baseline, max_toll: 10%",
      /2:\d+: max_toll does not go with against: baseline\n.*max_regression in its place/,
    ],
    ["no limit at all", "road: l7, metric: p50", /2:5: the rule is held against nothing/],
    ["a share as a fence", "road: l7, metric: p50, max: 10%", /2:35: max is a length of time/],
    [
      "the toll of the floor",
      "road: no-policy, metric: p50, against: baseline, max_regression: 5%",
      /2:13: no-policy is the floor of all roads/,
    ],
    ["a road against itself", "road: l7, metric: p50, against: l7, max_toll: 1ms", /2:\d+: l7 is held against itself/],
    [
      "response in a closed loop",
      "road: l7, metric: response_p50, max: 1ms, load: closed",
      /2:25: a closed loop has no intended time, hence no response/,
    ],
    [
      "service on new connections",
      "road: l7, metric: service_p50, max: 1ms, load: reconnect",
      /load: reconnect has no service time\n.*call_p50/,
    ],
    [
      "a method of CPU",
      "road: l7, metric: cpu_per_call, max: 1ms, method: IssueRefund",
      /CPU is of all methods together/,
    ],
    [
      "compare without a baseline",
      "road: l7, metric: p50, max: 1ms, compare: level",
      /compare says what of two runs is compared/,
    ],
  ])("%s", (_, text, told) => {
    expect(refused(text)).toMatch(told);
  });

  test("all of a file's mistakes at once", () => {
    const told = refusal(
      "gates:\n  - road: l8\n    metric: p50\n    max: 1ms\n  - road: l7\n    metric: p42\n    max: 1ms\n",
    );
    expect(told).toMatch(/gates.yaml holds 2 mistakes/);
    expect(told).toMatch(/gates.yaml:2:11: there is no road "l8" \(did you mean/);
    expect(told).toMatch(/gates.yaml:6:13: there is no metric "p42"/);
  });

  test.each([
    ["nothing in it", "# none\n", /the file is empty/],
    ["no list of gates", "gate: []\n", /no list "gates"|no key "gate"/],
    ["an empty list", "gates: []\n", /1:8: the list of gates is empty/],
    ["a word for a rule", "gates: [l7]\n", /1:9/],
    ["no YAML", "gates: [\n", /this is not YAML/],
  ])("%s", (_, text, told) => {
    expect(refusal(text)).toMatch(told);
  });
});

test("a middle percentile without a load is that of the run's headline, a tail that of windows of its own", () => {
  const passOf = (text: string): string =>
    readGateFile(`gates: [{ road: l7, ${text}, max: 1ms }]`, "gates.yaml", "interleaved").rules[0]!.pass;
  const asked = [
    "metric: p50",
    "metric: service_p90",
    "metric: p99",
    "metric: p50, load: closed",
    "metric: response_p50",
  ];
  expect(asked.map(passOf)).toEqual(["interleaved", "interleaved", "single", "single", "mix"]);
});
