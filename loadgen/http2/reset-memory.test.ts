import { expect, test } from "vitest";
import { ResetMemory } from "./reset-memory.js";
import { SkippedStreams } from "./skipped-streams.js";

test("streams that were reset are known, others are not", () => {
  const resets = new ResetMemory();
  resets.add(7);
  expect([5, 7, 9].map((id) => resets.has(id))).toEqual([false, true, false]);
});

test("of very many resets the oldest are forgiven altogether, and memory is bounded", () => {
  const resets = new ResetMemory();
  for (let id = 1; id < 100_000; id += 10) resets.add(id);
  expect(resets.has(99_991)).toBe(true);
  expect(resets.has(99_993)).toBe(false);
  expect(resets.has(2)).toBe(true);
});

test("streams that were passed over are known, the last gaps of them", () => {
  const skipped = new SkippedStreams();
  skipped.add(1, -1);
  skipped.add(5, 9);
  expect([1, 3, 5, 9, 11].map((id) => skipped.has(id))).toEqual([false, false, true, true, false]);
  for (let i = 0; i < 16; i++) skipped.add(101 + 10 * i, 103 + 10 * i);
  expect(skipped.has(7)).toBe(false);
  expect(skipped.has(253)).toBe(true);
});
