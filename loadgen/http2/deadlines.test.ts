import fc from "fast-check";
import { expect, test } from "vitest";
import { ns } from "../units.js";
import { Deadlines, type DeadlineQueue, type Timed } from "./deadlines.js";

class Call implements Timed<Call> {
  deadline = 0;
  queue: DeadlineQueue<Call> | null = null;
  earlier: Call | null = null;
  later: Call | null = null;

  constructor(readonly name: number) {}
}

test("exactly the calls whose time has come and that have not ended run out, each once", () => {
  const step = fc.record({
    wait: fc.nat(50),
    timeout: fc.constantFrom(10, 100, 1_000),
    ends: fc.option(fc.nat(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const deadlines = new Deadlines<Call>();
      const open = new Map<Call, number>();
      let at = 0;
      for (const [i, { wait, timeout, ends }] of steps.entries()) {
        at += wait;
        const call = new Call(i);
        deadlines.add(call, ns(at), ns(timeout));
        open.set(call, at + timeout);
        if (ends !== undefined) {
          const ended = [...open.keys()][ends % open.size]!;
          deadlines.remove(ended);
          open.delete(ended);
        }
        const due = [...open].filter(([, deadline]) => deadline <= at).map(([call]) => call);
        const expired: Call[] = [];
        deadlines.expire(ns(at), (call) => {
          deadlines.remove(call);
          open.delete(call);
          expired.push(call);
        });
        expect(new Set(expired)).toEqual(new Set(due));
      }
    }),
  );
});

test("a call without a deadline may be removed", () => {
  new Deadlines<Call>().remove(new Call(1));
});

test("a timeout of its own for each call leaves nothing behind", () => {
  const deadlines = new Deadlines<Call>();
  for (let i = 1; i <= 1_000; i++) {
    deadlines.add(new Call(i), ns(i), ns(1_000 + i));
    deadlines.expire(ns(1e9), (call) => deadlines.remove(call));
  }
  expect(deadlines.timeouts).toBeLessThan(20);
});
