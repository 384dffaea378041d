import { expect, test } from "vitest";
import { gridBelow, logRateAxis } from "./rate-grid.js";

const wordsOf = (svg: string): string[] => [...svg.matchAll(/>(\d+)<\/text>/g)].map(([, word = ""]) => word);
const linesOf = (svg: string): number => svg.split("<line").length - 1;

test("rates that lie close together keep their lines, and only words that do not touch", () => {
  const close = gridBelow(logRateAxis(9_000, 11_000, 0, 100), 0, 100, String);
  expect(linesOf(close)).toBeGreaterThan(wordsOf(close).length);
  expect(wordsOf(close)).not.toEqual([]);
});

test("where there is room every tick has its word", () => {
  const wide = gridBelow(logRateAxis(100, 10_000, 0, 1_000), 0, 100, String);
  expect(wordsOf(wide)).toEqual(["100", "200", "500", "1000", "2000", "5000", "10000"]);
  expect(linesOf(wide)).toBe(7);
});
