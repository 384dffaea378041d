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
