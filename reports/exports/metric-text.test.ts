import { expect, test } from "vitest";
import { canonicalNumber, openMetricsText, type MetricFamily } from "./metric-text.js";

test.each([
  [1, "1.0"],
  [0.001, "0.001"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [0.000025, "2.5e-05"],
  [63, "63.0"],
  [0, "0.0"],
  [Infinity, "+Inf"],
  [NaN, "NaN"],
])("%f is spelt %s", (value, text) => {
  expect(canonicalNumber(value)).toBe(text);
});

test("a family stands together, its unit after its type, and the text has an end", () => {
  const family: MetricFamily = {
    ...{ name: "call_seconds", type: "gauge", unit: "seconds", help: 'a "b"\nc\\d' },
    samples: [{ suffix: "", labels: { road: 'a"\n\\' }, value: 0.5, at: 12 }],
  };
  expect(openMetricsText([family, { ...family, name: "empty_seconds", samples: [] }])).toBe(
    [
      "# TYPE call_seconds gauge",
      "# UNIT call_seconds seconds",
      '# HELP call_seconds a \\"b\\"\\nc\\\\d',
      'call_seconds{road="a\\"\\n\\\\"} 0.5 12.000',
      "# EOF",
      "",
    ].join("\n"),
  );
});
