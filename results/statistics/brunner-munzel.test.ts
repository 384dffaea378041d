import { expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { brunnerMunzelTest } from "./brunner-munzel.js";

// Pain scores, Brunner and Munzel 2000, Table 1; the figures are SciPy's.
const active = [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1];
const control = [3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4];

test("Brunner-Munzel gives SciPy's statistic and p for the paper's data", () => {
  const result = brunnerMunzelTest(active, control);
  expect(result.statistic).toBeCloseTo(3.1374674823, 10);
  expect(result.p).toBeCloseTo(0.00578620866615, 12);
  expect(result).toMatchObject({ method: "t approximation", small: false });
  // The paper prints 17.683 degrees of freedom and 0.788 for the relative effect.
  expect(result.degreesOfFreedom).toBeCloseTo(17.683, 3);
  expect(result.superiority).toBeCloseTo(0.789, 3);
});

test("Brunner-Munzel turns round when the sides are swapped", () => {
  const [one, other] = [brunnerMunzelTest(active, control), brunnerMunzelTest(control, active)];
  expect(other.statistic).toBeCloseTo(-one.statistic!, 12);
  expect(other.superiority).toBeCloseTo(1 - one.superiority, 12);
  expect(other.p).toBeCloseTo(one.p, 12);
});

test("Brunner-Munzel takes the exact rank test where the sides do not overlap", () => {
  const result = brunnerMunzelTest([1, 2, 3, 4], [5, 6, 7, 8]);
  expect(result).toMatchObject({ method: "Mann-Whitney", statistic: null, superiority: 1, small: true });
  expect(result.p).toBeCloseTo(2 / 70, 12);
});

test("Brunner-Munzel finds nothing where all values are equal", () => {
  expect(brunnerMunzelTest([2, 2, 2], [2, 2, 2, 2])).toMatchObject({ p: 1, superiority: 0.5 });
});

test("Brunner-Munzel answers for a side of one value", () => {
  expect(brunnerMunzelTest([1, 2, 3], [2.5])).toMatchObject({ method: "Mann-Whitney", p: 1, small: true });
});

test("Brunner-Munzel refuses an empty side and a hole in the data", () => {
  expect(() => brunnerMunzelTest([1, NaN, 2], [3, 4])).toThrow(Fault);
  expect(() => brunnerMunzelTest([], [1])).toThrow(Fault);
});
