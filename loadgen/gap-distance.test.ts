import { expect, test } from "vitest";
import { GapDistance } from "./gap-distance.js";
import { randomStream } from "./random.js";

/** The distance when calls that are due at these instants leave as `send` says. */
function distanceOf(due: readonly number[], send: (due: number, index: number) => number): number | null {
  const gaps = new GapDistance();
  due.forEach((at, index) => {
    gaps.due(at);
    gaps.sent(send(at, index));
  });
  return gaps.distance();
}

const constant = Array.from({ length: 2_000 }, (_, i) => i * 1e6);
const random = randomStream(11);
let last = 0;
const poisson = Array.from({ length: 2_000 }, () => (last += random.exponential(1e6)));

test("calls that leave as asked are at no distance, for constant arrivals with jitter as well", () => {
  expect(distanceOf(poisson, (due) => due)).toBe(0);
  expect(distanceOf(poisson, (due) => due + 40_000)).toBe(0);
  expect(distanceOf(constant, (due, i) => due + (i % 7) * 2_000)).toBe(0);
});

test("bursts are far from what was asked", () => {
  const everyTenMs = (due: number): number => Math.ceil(due / 1e7) * 1e7;
  expect(distanceOf(constant, everyTenMs)).toBeGreaterThan(0.8);
  expect(distanceOf(poisson, everyTenMs)).toBeGreaterThan(0.7);
});

test("even gaps where chance was asked are seen, though the rate is right", () => {
  expect(distanceOf(poisson, (_due, i) => i * 1e6)).toBeGreaterThan(0.3);
});

test("a stretch of late calls counts by its share", () => {
  // Every twentieth call leaves with the one behind it: 5 % of gaps vanish, 5 % double.
  const distance = distanceOf(constant, (due, i) => (i % 20 === 0 ? due + 1e6 : due)) as number;
  expect(distance).toBeGreaterThan(0.04);
  expect(distance).toBeLessThan(0.11);
});

test("few gaps say nothing", () => {
  expect(distanceOf(constant.slice(0, 50), (due) => due)).toBeNull();
});
