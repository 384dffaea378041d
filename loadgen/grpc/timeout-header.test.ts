import fc from "fast-check";
import { expect, test } from "vitest";
import { ms, ns, seconds } from "../units.js";
import { formatTimeout, parseTimeout } from "./timeout-header.js";

test.each([
  [ns(1), "1n"],
  [ns(99_999_999), "99999999n"],
  [ns(100_000_000), "100000u"],
  [ns(100_000_001), "100001u"],
  [ms(1500), "1500000u"],
  [seconds(100), "100000m"],
  [seconds(100_000), "100000S"],
  [seconds(86_400 * 365 * 4), "2102400M"],
  [seconds(3600 * 99_999_999), "99999999H"],
])("%i ns is sent as %s", (timeout, text) => {
  expect(formatTimeout(timeout)).toBe(text);
});

test("a deadline is never shortened, lengthened by less than 1 %, and at most eight digits long", () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e19, noNaN: true }), (value) => {
      const text = formatTimeout(ns(value));
      expect(text).toMatch(/^[0-9]{1,8}[HMSmun]$/);
      const back = parseTimeout(text)!;
      expect(back).toBeGreaterThanOrEqual(value);
      expect(back).toBeLessThan(value * 1.01 + 1);
    }),
  );
});

test("no time at all is the least there is, and more than can be said is the most", () => {
  expect(formatTimeout(ns(0))).toBe("1n");
  expect(formatTimeout(ns(-5))).toBe("1n");
  expect(formatTimeout(ns(1e30))).toBe("99999999H");
  expect(formatTimeout(ns(Infinity))).toBe("99999999H");
});

test.each([
  ["1H", 3600e9],
  ["2M", 120e9],
  ["3S", 3e9],
  ["4m", 4e6],
  ["5u", 5e3],
  ["6n", 6],
  ["00000007n", 7],
])("%s is understood", (text, expected) => {
  expect(parseTimeout(text)).toBe(expected);
});

test.each(["", "1", "n", "123456789n", "1.5S", "-1S", "1s", "1h", " 1S", "1S ", "0x1S"])("%j is malformed", (text) => {
  expect(parseTimeout(text)).toBeNull();
});
