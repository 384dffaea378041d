import { expect, test } from "vitest";
import { ascendingSample, medianOfSorted } from "./sample.js";

const median = (values: readonly number[]): number => medianOfSorted(ascendingSample(values, "times"));

test("medians of an even and of an odd number of values are those of benchstat's two examples", () => {
  const gob = [
    [3069, 3075, 3069, 3067, 3207, 3064, 3064, 3058, 3059, 3062],
    [3075, 3065, 3059, 3065, 3060, 3081, 3186, 3135, 3087, 3062],
  ];
  expect(gob.map(median)).toEqual([3065.5, 3070]);
  const old = median([1726, 1723, 1707, 1707, 1713, 1729, 1736, 1707, 1705, 1774]);
  const now = median([1423, 1416, 1411, 1413, 1412, 1426, 1422, 1424, 1447, 1425]);
  expect(100 * (now / old - 1)).toBeCloseTo(-17.2, 2);
  expect(median([3, 1, 2])).toBe(2);
});
