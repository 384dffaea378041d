import fc from "fast-check";
import { expect, test } from "vitest";
import { DueQueue, type DueQueueWorld } from "./due-queue.js";
import { ns } from "./units.js";

/** A loop whose turns take 3 µs and whose timers ring up to a millisecond late. */
class PlayedLoop {
  at = 0;
  turns = 0;
  private immediate: (() => void)[] = [];
  private timers: { at: number; turn: () => void }[] = [];
  readonly world: DueQueueWorld = {
    clock: () => ns(this.at),
    setImmediate: (turn) => this.immediate.push(turn),
    setTimeout: (turn, ms) => {
      const timer = { at: this.at + ms * 1e6 + (this.at % 1e6), turn };
      this.timers.push(timer);
      return () => (this.timers = this.timers.filter((other) => other !== timer));
    },
  };

  /** Until nothing is left to do, or until `end`. */
  run(end = Infinity): void {
    while (this.immediate.length + this.timers.length > 0 && this.at < end) {
      this.turns++;
      const next = Math.min(...this.timers.map(({ at }) => at));
      this.at = this.immediate.length > 0 ? this.at + 3_000 : Math.max(this.at, next);
      const due = this.timers.filter(({ at }) => at <= this.at);
      this.timers = this.timers.filter(({ at }) => at > this.at);
      const turns = [...this.immediate.splice(0), ...due.map(({ turn }) => turn)];
      for (const turn of turns) turn();
    }
  }
}

test("everything is done once, in order of its time, never early and at most a turn late", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50_000_000), { maxLength: 30 }), (times) => {
      const loop = new PlayedLoop();
      const queue = new DueQueue(loop.world);
      const done: number[] = [];
      for (const time of times) {
        queue.add(time, () => {
          expect(loop.at).toBeGreaterThanOrEqual(time);
          expect(loop.at).toBeLessThan(time + 3_001);
          done.push(time);
        });
      }
      loop.run();
      expect(done).toEqual([...times].sort((a, b) => a - b));
    }),
    { numRuns: 20 },
  );
});

test("something nearer than what a timer was set for is done in time", () => {
  const loop = new PlayedLoop();
  const queue = new DueQueue(loop.world);
  const done: string[] = [];
  queue.add(100e6, () => done.push("far"));
  queue.add(10e6, () => {
    done.push("near");
    queue.add(loop.at + 200_000, () => done.push("behind it"));
  });
  loop.run();
  expect(done).toEqual(["near", "behind it", "far"]);
});

test("far ahead it sleeps", () => {
  const loop = new PlayedLoop();
  new DueQueue(loop.world).add(10e9, () => undefined);
  loop.run();
  expect(loop.at).toBeGreaterThanOrEqual(10e9);
  expect(loop.turns).toBeLessThan(2_000);
});
