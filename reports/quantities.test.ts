import { describe, expect, test } from "vitest";
import { count, duration, durationInterval, ratio, ratioInterval, signedDuration, significant } from "./quantities.js";

describe("durations", () => {
  test("are written with three digits in the unit that fits", () => {
    expect([640, 2_940, 21_460, 214_600, 1_424_000, 2.5e9].map(duration)).toEqual([
      "640 ns",
      "2.94 µs",
      "21.5 µs",
      "215 µs",
      "1.42 ms",
      "2.50 s",
    ]);
  });

  test("change the unit instead of writing a thousand of the smaller one", () => {
    expect(duration(999_700)).toBe("1.00 ms");
    expect(duration(999_200)).toBe("999 µs");
  });

  test("carry a true minus sign, and a plus only where asked", () => {
    expect(duration(-2_900)).toBe("−2.90 µs");
    expect(signedDuration(2_900)).toBe("+2.90 µs");
    expect(signedDuration(-2_900)).toBe("−2.90 µs");
  });

  test("of nothing are zero without a sign", () => {
    expect(duration(0)).toBe("0 µs");
    expect(duration(-0.2)).toBe("0 µs");
  });

  test("with an interval share one unit, the one of the largest of the three", () => {
    expect(durationInterval({ estimate: 214_600, low: 201_000, high: 1_230_000 })).toBe("+0.21 ms [0.20, 1.23]");
    expect(durationInterval({ estimate: -600, low: -2_400, high: 860 })).toBe("−0.60 µs [−2.40, 0.86]");
  });
});

test("ratios keep two decimals until they are large", () => {
  expect([1.186, 12.34, 123.4].map(ratio)).toEqual(["1.19", "12.3", "123"]);
  expect(ratioInterval({ estimate: 1.186, low: 1.13, high: 1.27 })).toBe("×1.19 [1.13, 1.27]");
});

test("counts are grouped by thousands", () => {
  expect([0, 999, 1_000, 1_234_567].map(count)).toEqual(["0", "999", "1,000", "1,234,567"]);
});

test("a number that rounds to zero has no minus sign", () => {
  expect(significant(-0.001)).toBe("0.00");
});
