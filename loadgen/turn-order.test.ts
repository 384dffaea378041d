import fc from "fast-check";
import { expect, test } from "vitest";
import { TurnOrder } from "./turn-order.js";

const CALLS_PER_TURN = 4;

function turnsOf(order: TurnOrder, turns: number): number[] {
  return Array.from({ length: turns }, () => {
    const calls = Array.from({ length: CALLS_PER_TURN }, () => order.pick());
    expect(new Set(calls).size, "a turn is one road's").toBe(1);
    return calls[0] as number;
  });
}

test("every road has one turn in each round", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (roads, seed) => {
      const order = new TurnOrder(roads, seed);
      for (let round = 0; round < 600; round++) {
        expect(turnsOf(order, roads).sort((a, b) => a - b)).toEqual([...Array(roads).keys()]);
      }
    }),
    { numRuns: 20 },
  );
});

test("rounds differ, so that no road always follows the same other one", () => {
  const order = new TurnOrder(4, 7);
  const follows = new Map<string, number>();
  const turns = turnsOf(order, 4 * 512);
  turns.slice(1).forEach((turn, i) => {
    const key = `${turns[i] ?? ""}>${turn}`;
    follows.set(key, (follows.get(key) ?? 0) + 1);
  });
  const counts = [...follows.entries()].filter(([key]) => key[0] !== key[2]).map(([, count]) => count);
  expect(counts).toHaveLength(12);
  // Each ordered pair of different roads: 2,047 successions less some 128 of a road after itself, over 12.
  for (const count of counts) expect(count).toBeGreaterThan(110);
  for (const count of counts) expect(count).toBeLessThan(210);
});

test("the first call of a turn is not booked, the others are", () => {
  const order = new TurnOrder(3, 1);
  const booked = Array.from({ length: 12 }, () => {
    order.pick();
    return order.isBooked;
  });
  expect(booked).toEqual([false, true, true, true, false, true, true, true, false, true, true, true]);
});

test("a seed gives the same order again", () => {
  const [one, same, other] = [5, 5, 6].map((seed) => turnsOf(new TurnOrder(9, seed), 90));
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
});
