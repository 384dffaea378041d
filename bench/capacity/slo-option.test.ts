import { describe, expect, test } from "vitest";
import { Fault, renderFault } from "../../loadgen/fault.js";
import { slo } from "./slo-option.js";

const read = slo("--slo");

function faultOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof Fault) return renderFault(error);
    throw error;
  }
  return "no fault";
}

describe("an objective", () => {
  test.each([
    ["p99<10ms", { quantile: 0.99, limitNs: 10e6 }],
    [" p99.9 <= 1.5s ", { quantile: 0.999, limitNs: 1.5e9 }],
    ["P50<200us", { quantile: 0.5, limitNs: 200e3 }],
    ["99<5ms", { quantile: 0.99, limitNs: 5e6 }],
  ])("is read from %j", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    ["p9<10ms", /there is no quantile "p9"[\s\S]*--slo 'p9[059]<10ms'/],
    ["p999<10ms", /--slo 'p99.9<10ms'/],
    ["median<10ms", /--slo 'p50<10ms'/],
    ["p99>10ms", /kept below its limit[\s\S]*--slo 'p99<10ms'/],
    ["p99 10ms", /kept below its limit[\s\S]*--slo 'p99<10ms'/],
    ["p99", /a limit is missing[\s\S]*--slo 'p99<10ms'/],
    ["p99<10", /--slo 10: the unit is missing/],
    ["p99<10sm", /there is no unit "sm"/],
    ["10ms", /--slo 'p99<10ms'/],
    ["", /it names no quantile[\s\S]*--slo 'p99<10ms'/],
  ])("%j is refused with the flag and what was meant", (text, message) => {
    expect(faultOf(text)).toMatch(/^tollgate: --slo /);
    expect(faultOf(text)).toMatch(message);
  });
});
