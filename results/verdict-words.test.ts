import { expect, test } from "vitest";
import { countText, durationText, percentText } from "./verdict-words.js";

test("counts are grouped", () => {
  expect([0, 999, 12_000, 1_234_567].map(countText)).toEqual(["0", "999", "12,000", "1,234,567"]);
});

test("shares keep two digits below ten per cent, one behind the point above", () => {
  expect([0.004, 0.0312, 0.1234, 0.5, 1.2].map(percentText)).toEqual(["0.4 %", "3.1 %", "12.3 %", "50 %", "120 %"]);
});

test("durations take the unit that suits them", () => {
  expect([850, 12_345, 4_561_000, 1.25e9, -2_000].map(durationText)).toEqual([
    "850 ns",
    "12.3 µs",
    "4.56 ms",
    "1.25 s",
    "-2 µs",
  ]);
});
