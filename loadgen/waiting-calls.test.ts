import fc from "fast-check";
import { expect, test } from "vitest";
import { WaitingCalls } from "./waiting-calls.js";

test("calls leave in the order in which they came, however many wait", () => {
  // true: one comes, false: the first one leaves.
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 1_000 }), (script) => {
      const waiting = new WaitingCalls();
      const model: { intended: number; since: number; share: number; inWindow: boolean }[] = [];
      script.forEach((comes, i) => {
        if (comes) {
          const call = { intended: i * 3, since: i * 5, share: i % 256, inWindow: i % 3 === 0 };
          model.push(call);
          waiting.push(call.intended, call.since, call.share, call.inWindow);
        } else if (model.length > 0) {
          const { intended, since, share, inWindow } = waiting;
          expect({ intended, since, share, inWindow }).toEqual(model.shift());
          waiting.shift();
        }
        expect(waiting.length).toBe(model.length);
      });
    }),
  );
});

test("the order survives growing while the ring is wrapped", () => {
  const waiting = new WaitingCalls();
  const push = (from: number, to: number): void => {
    for (let i = from; i < to; i++) waiting.push(i, i + 0.5, i % 256, i % 2 === 0);
  };
  push(0, 60);
  for (let i = 0; i < 40; i++) waiting.shift();
  push(60, 300);
  for (let i = 40; i < 300; i++) {
    const { intended, since, share, inWindow } = waiting;
    expect([intended, since, share, inWindow]).toEqual([i, i + 0.5, i % 256, i % 2 === 0]);
    waiting.shift();
  }
  expect(waiting.length).toBe(0);
});
