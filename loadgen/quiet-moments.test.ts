import { expect, test } from "vitest";
import { QuietMoments } from "./quiet-moments.js";
import { ms } from "./units.js";

function scene(): { readonly moments: QuietMoments; readonly collected: () => number } {
  let collected = 0;
  return { moments: new QuietMoments(() => void collected++), collected: () => collected };
}

test("garbage is collected when no call is due soon, and then not again for 60 ms", () => {
  const { moments, collected } = scene();
  const start = ms(5_000);
  expect(moments.use(start, start + ms(50))).toBe(true);
  expect(moments.use(start + ms(59), start + ms(200))).toBe(false);
  expect(collected()).toBe(1);
  expect(moments.use(start + ms(60), start + ms(61))).toBe(true);
  expect(collected()).toBe(2);
});

test("between the calls of a closed loop it is collected less often", () => {
  const { moments } = scene();
  const start = ms(5_000);
  expect(moments.use(start, Infinity)).toBe(true);
  expect(moments.use(start + ms(79), Infinity)).toBe(false);
  expect(moments.use(start + ms(80), Infinity)).toBe(true);
});

test("a call that is due within 1 ms is not kept waiting, and the moment is looked for again", () => {
  const { moments, collected } = scene();
  const start = ms(5_000);
  expect(moments.use(start, start + ms(0.9))).toBe(false);
  expect(collected()).toBe(0);
  expect(moments.use(start + 1, start + 1 + ms(1))).toBe(true);
});
