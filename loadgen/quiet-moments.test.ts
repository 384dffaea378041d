import { expect, test } from "vitest";
import { QuietMoments } from "./quiet-moments.js";
import { ms } from "./units.js";

function scene(): { readonly moments: QuietMoments; readonly collected: () => number } {
  let collected = 0;
  return { moments: new QuietMoments(() => void collected++), collected: () => collected };
}

test("garbage is collected when no call is due soon, and then not again for 100 ms", () => {
  const { moments, collected } = scene();
  const start = ms(5_000);
  expect(moments.use(start, start + ms(50))).toBe(true);
  expect(moments.use(start + ms(99), start + ms(200))).toBe(false);
  expect(collected()).toBe(1);
  expect(moments.use(start + ms(100), start + ms(103))).toBe(true);
  expect(collected()).toBe(2);
});

test("between the calls of a closed loop it is collected half as often", () => {
  const { moments } = scene();
  const start = ms(5_000);
  expect(moments.use(start, Infinity)).toBe(true);
  expect(moments.use(start + ms(199), Infinity)).toBe(false);
  expect(moments.use(start + ms(200), Infinity)).toBe(true);
});

test("a call that is due within 3 ms is not kept waiting, and the moment is looked for again", () => {
  const { moments, collected } = scene();
  const start = ms(5_000);
  expect(moments.use(start, start + ms(2.9))).toBe(false);
  expect(collected()).toBe(0);
  expect(moments.use(start + 1, start + 1 + ms(3))).toBe(true);
});
