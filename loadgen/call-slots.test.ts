import { expect, test } from "vitest";
import { CallSlots } from "./call-slots.js";

function takeOne(slots: CallSlots, sent: number, inWindow: boolean): number {
  const tag = slots.take();
  slots.sent[tag] = sent;
  slots.inWindow[tag] = inWindow ? 1 : 0;
  return tag;
}

test("no two calls on their way share a slot, and growing forgets nothing", () => {
  const slots = new CallSlots(2);
  const tags = Array.from({ length: 100 }, (_, i) => takeOne(slots, i + 1, i % 2 === 0));
  expect(new Set(tags).size).toBe(100);
  expect(tags.map((tag) => slots.sent[tag])).toEqual(tags.map((_, i) => i + 1));
  expect(slots.countInWindow()).toBe(50);
});

test("a slot is used again with nothing left of its last call's sending", () => {
  const slots = new CallSlots(1);
  const first = takeOne(slots, 5, true);
  slots.release(first, 9);
  expect(slots.take()).toBe(first);
  expect(slots.sent[first]).toBe(0);
});

test("knows which calls of the window were on their way between two instants", () => {
  const slots = new CallSlots(4);
  const over = takeOne(slots, 10, true);
  slots.release(over, 20);
  takeOne(slots, 15, true);
  takeOne(slots, 15, false);
  takeOne(slots, 0, true);
  expect(slots.countBetween(21, 30)).toBe(1);
  expect(slots.countBetween(18, 30)).toBe(2);
  expect(slots.countBetween(1, 12)).toBe(1);
  expect(slots.countBetween(1, 5)).toBe(0);
});
