import { expect, test } from "vitest";
import { clockOffset } from "./clock-offset.js";
import { ns, type Nanoseconds } from "./units.js";

/** Two clocks, and a question that takes some time to arrive and some to come back. */
function twoClocks(aheadNs: number, trips: readonly (readonly [thereNs: number, backNs: number])[]) {
  let time = 1_000_000;
  let question = 0;
  return {
    clock: (): Nanoseconds => ns(time),
    ask: (): Promise<Nanoseconds> => {
      const [there, back] = trips[question++ % trips.length] ?? [0, 0];
      time += there;
      const theirs = ns(time + aheadNs);
      time += back;
      return Promise.resolve(theirs);
    },
  };
}

test("the quickest question tells how far another machine's clock is ahead, good to half of its time", async () => {
  const { clock, ask } = twoClocks(7_200e9, [
    [400_000, 3_000_000],
    [50_000, 70_000],
    [900_000, 100_000],
  ]);
  expect(await clockOffset(clock, ask)).toBe(7_200e9 - 10_000);
});

test("a clock that is behind has a negative offset", async () => {
  const { clock, ask } = twoClocks(-5e9, [[20_000, 20_000]]);
  expect(await clockOffset(clock, ask)).toBe(-5e9);
});

test("pods of one machine share its clock: a one-sided delay is no offset", async () => {
  const { clock, ask } = twoClocks(0, [[10_000, 90_000]]);
  expect(await clockOffset(clock, ask)).toBe(0);
});
