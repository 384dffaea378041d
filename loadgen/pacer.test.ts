import { describe, expect, test } from "vitest";
import { now } from "./clock.js";
import { LoopPacer, type Idle, type Work } from "./pacer.js";

/** Turns until `count` are over; `work` is what the pacer is told of them. */
function turnTimes(idle: Idle, count: number, work: Work, onTurn: (at: number) => number): Promise<LoopPacer> {
  const pacer = new LoopPacer(idle);
  let turns = 0;
  return new Promise((resolve) => {
    pacer.start((at) => {
      if (++turns < count) return onTurn(at);
      pacer.stop();
      resolve(pacer);
      return Infinity;
    }, work);
  });
}

const idleWork = (): Work => ({ worked: false, inFlight: 0 });

describe("a pacer", () => {
  test.each(["sleep", "hybrid", "spin"] as const)(
    "never comes before its time with the last turn: %s",
    async (idle) => {
      const due = now() + 4e6;
      let cameAt = 0;
      const pacer = new LoopPacer(idle);
      await new Promise<void>((resolve) => {
        pacer.start((at) => {
          if (at < due) return due;
          cameAt = at;
          pacer.stop();
          resolve();
          return Infinity;
        }, idleWork());
      });
      expect(cameAt).toBeGreaterThanOrEqual(due);
    },
  );

  test("takes turns that found nothing to do for spin", async () => {
    const pacer = await turnTimes("spin", 200, idleWork(), () => Infinity);
    expect(pacer.takeCosts().spinNs).toBeGreaterThan(0);
    expect(pacer.takeCosts().spinNs).toBe(0);
  });

  test("takes no more than 10 µs of a turn for spin: what is longer was an interruption", async () => {
    const pacer = await turnTimes("spin", 20, idleWork(), (at) => {
      while (now() < at + 300_000);
      return Infinity;
    });
    expect(pacer.takeCosts().spinNs).toBeLessThanOrEqual(20 * 10_000);
  });

  test("takes turns in which something was done for work", async () => {
    const work = idleWork();
    work.worked = true;
    const pacer = await turnTimes("spin", 200, work, () => {
      work.worked = true;
      return Infinity;
    });
    expect(pacer.takeCosts().spinNs).toBe(0);
  });

  test("takes turns for spin again once the work is done", async () => {
    const work = idleWork();
    work.worked = true;
    const pacer = await turnTimes("spin", 200, work, () => Infinity);
    expect(pacer.takeCosts().spinNs).toBeGreaterThan(0);
    expect(work.worked).toBe(false);
  });

  test("knows the longest time the loop was away", async () => {
    let turn = 0;
    const pacer = await turnTimes("spin", 10, idleWork(), (at) => {
      if (turn++ === 4) while (now() < at + 3e6);
      return Infinity;
    });
    expect(pacer.takeCosts().loopDelayMaxNs).toBeGreaterThanOrEqual(3e6);
  });

  test("does not turn any more once it is stopped", async () => {
    const pacer = new LoopPacer("spin");
    let turns = 0;
    pacer.start(() => ++turns, idleWork());
    await new Promise(setImmediate);
    pacer.stop();
    const before = turns;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(turns).toBe(before);
  });
});
