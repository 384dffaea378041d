import fc from "fast-check";
import { expect, test } from "vitest";
import type { Arrivals, LoadPlan } from "./load-plan.js";
import { evenShare, Schedule, type Share } from "./schedule.js";
import { SOME_CALL, SOME_PLAN } from "./testing/virtual-trial.js";
import { ms, ns, perSecond } from "./units.js";

interface Planned {
  readonly due: number;
  readonly share: number;
}

function planned(plan: LoadPlan, turns: Share): Planned[] {
  if (plan.loop.kind !== "open") throw new Error("not an open loop");
  const schedule = new Schedule(plan, plan.loop, turns);
  const calls: Planned[] = [];
  for (; schedule.dueNs !== Infinity; schedule.advance()) calls.push({ due: schedule.dueNs, share: schedule.share });
  return calls;
}

const alone: Share = { worker: 0, workers: 1 };
const MIX = [
  { ...SOME_CALL, method: "A", weight: 60 },
  { ...SOME_CALL, method: "B", weight: 38 },
  { ...SOME_CALL, method: "C", weight: 2 },
];

function planOf(arrivals: Arrivals, more: Partial<LoadPlan> = {}): LoadPlan {
  return { ...SOME_PLAN, loop: { kind: "open", arrivals, overflow: "queue" }, mix: MIX, ...more };
}

const someArrivals: fc.Arbitrary<Arrivals> = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }).map((rate): Arrivals => ({ kind: "constant", rate: perSecond(rate) })),
  fc.integer({ min: 1, max: 20_000 }).map((rate): Arrivals => ({ kind: "poisson", rate: perSecond(rate) })),
  fc
    .tuple(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 1, max: 9_000 }))
    .map(([from, to]): Arrivals => ({ kind: "ramp", from: perSecond(from), to: perSecond(to) })),
  fc
    .array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: 1 })
    .map((offsets): Arrivals => ({ kind: "replay", offsetsNs: offsets.sort((a, b) => a - b).map((at) => ns(at)) })),
);

test("several workers together make exactly the calls of one alone, with the same methods", () => {
  fc.assert(
    fc.property(
      someArrivals,
      fc.integer({ min: 2, max: 7 }),
      fc.integer(),
      fc.option(fc.integer({ min: 1, max: 500 })),
      (arrivals, workers, seed, totalCalls) => {
        const plan = planOf(arrivals, { seed, totalCalls });
        const single = planned(plan, alone);
        const shared = Array.from({ length: workers }, (_, worker) => planned(plan, { worker, workers }));
        const merged = single.map((_, i) => shared[i % workers]?.[Math.floor(i / workers)]);
        expect(merged).toEqual(single);
        expect(shared.reduce((sum, calls) => sum + calls.length, 0)).toBe(single.length);
      },
    ),
    { numRuns: 60 },
  );
});

test("workers that speak for one caller each make exactly the calls of one that speaks for all", () => {
  fc.assert(
    fc.property(someArrivals, fc.integer({ min: 1, max: 4 }), fc.integer(), (arrivals, workers, seed) => {
      const plan = planOf(arrivals, {
        seed,
        mix: [...MIX.slice(0, 2), { ...SOME_CALL, method: "C", weight: 20, caller: "finance-batch-job" }],
      });
      const single = planned(plan, alone);
      for (const caller of ["anyone", "finance-batch-job"] as const) {
        const theirs = single.filter(({ share }) => plan.mix[share]?.caller === caller);
        const shared = Array.from({ length: workers }, (_, worker) => planned(plan, { worker, workers, caller }));
        expect(theirs.map((_, i) => shared[i % workers]?.[Math.floor(i / workers)])).toEqual(theirs);
        expect(shared.reduce((sum, calls) => sum + calls.length, 0)).toBe(theirs.length);
      }
    }),
    { numRuns: 40 },
  );
});

test("due times ascend and end before the window does", () => {
  fc.assert(
    fc.property(someArrivals, fc.integer(), (arrivals, seed) => {
      const calls = planned(planOf(arrivals, { seed }), alone);
      calls.forEach((call, i) => expect(call.due).toBeGreaterThanOrEqual(calls[i - 1]?.due ?? 0));
      expect(calls.at(-1)?.due ?? 0).toBeLessThan(SOME_PLAN.warmupNs + SOME_PLAN.windowNs);
    }),
    { numRuns: 40 },
  );
});

test("methods are drawn by their weights", () => {
  const calls = planned(planOf({ kind: "constant", rate: perSecond(200_000) }), alone);
  const shares = [0, 1, 2].map((share) => calls.filter((call) => call.share === share).length / calls.length);
  expect(shares[0]).toBeCloseTo(0.6, 1.5);
  expect(shares[1]).toBeCloseTo(0.38, 1.5);
  expect(shares[2]).toBeCloseTo(0.02, 2);
});

test("the total counts calls of the window only, and says that it was reached", () => {
  const plan = planOf({ kind: "constant", rate: perSecond(1_000) }, { totalCalls: 30 });
  const calls = planned(plan, alone);
  expect(calls.filter((call) => call.due >= plan.warmupNs)).toHaveLength(30);
  if (plan.loop.kind !== "open") return;
  const reached = new Schedule(plan, plan.loop, alone);
  while (reached.dueNs !== Infinity) reached.advance();
  expect(reached.reachedTotal).toBe(true);
  const endless = new Schedule({ ...plan, totalCalls: null, windowNs: ms(1) }, plan.loop, alone);
  while (endless.dueNs !== Infinity) endless.advance();
  expect(endless.reachedTotal).toBe(false);
});

test("a count is shared evenly and without loss", () => {
  expect([0, 1, 2].map((worker) => evenShare(8, { worker, workers: 3 }))).toEqual([3, 3, 2]);
});
