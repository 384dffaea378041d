import { expect, test } from "vitest";
import { Fault } from "./fault.js";
import type { Arrivals, LoadPlan } from "./load-plan.js";
import { checkPlan } from "./plan-check.js";
import { SOME_CALL, SOME_PLAN } from "./testing/virtual-trial.js";
import { ns, perSecond } from "./units.js";

const open = (arrivals: Arrivals): Partial<LoadPlan> => ({ loop: { kind: "open", arrivals, overflow: "queue" } });
const closed = (inFlight: number, connectionPerCall = false): Partial<LoadPlan> => ({
  loop: { kind: "closed", inFlight, connectionPerCall },
});

const impossible: [what: string, plan: Partial<LoadPlan>, workers: number, says: string][] = [
  ["no window", { windowNs: ns(0) }, 1, "no length"],
  ["fewer connections than workers", { connections: 2 }, 3, "2 connections for 3 workers"],
  ["no streams", { streams: 0 }, 1, "0 calls in flight per connection"],
  ["no methods", { mix: [] }, 1, "a mix of 0 methods"],
  ["a weight of nothing", { mix: [{ ...SOME_CALL, weight: 0 }] }, 1, "weight of Call is 0"],
  ["a total of nothing", { totalCalls: 0 }, 1, "a total of 0 calls"],
  ["no rate", open({ kind: "poisson", rate: perSecond(0) }), 1, "a rate of 0"],
  ["a rate that is no number", open({ kind: "constant", rate: perSecond(NaN) }), 1, "NaN"],
  ["a rate no schedule can hold", open({ kind: "constant", rate: perSecond(1e9) }), 1, "1000000000"],
  ["half a step", open({ kind: "step", from: perSecond(1), to: perSecond(2), steps: 1.5 }), 1, "1.5 steps"],
  ["a replay of nothing", open({ kind: "replay", offsetsNs: [] }), 1, "without a single call"],
  ["a replay that goes back", open({ kind: "replay", offsetsNs: [ns(5), ns(3)] }), 1, "3 ns after one of 5 ns"],
  ["fewer calls in flight than workers", closed(1), 2, "1 calls in flight for 2 workers"],
  ["turns in an open loop", { mix: [{ ...SOME_CALL, road: "l4" }] }, 1, "roads that take turns in an open loop"],
  [
    "turns with a connection for each call",
    { ...closed(1, true), mix: [{ ...SOME_CALL, road: "l4" }] },
    1,
    "a connection for each call",
  ],
  [
    "a share without a road beside one with",
    { ...closed(1), mix: [{ ...SOME_CALL, road: "l4" }, SOME_CALL] },
    1,
    "Call names no road",
  ],
  ["more calls in flight than streams", { ...closed(300), connections: 2, streams: 100 }, 1, "300 calls in flight"],
];

test.each(impossible)("refuses %s", (_what, plan, workers, says) => {
  const check = (): void => checkPlan({ ...SOME_PLAN, ...plan }, workers);
  expect(check).toThrow(Fault);
  expect(check).toThrow(says);
});

test("accepts what can be driven", () => {
  checkPlan(SOME_PLAN, 2);
  checkPlan({ ...SOME_PLAN, ...open({ kind: "ramp", from: perSecond(0), to: perSecond(100) }) }, 1);
  checkPlan({ ...SOME_PLAN, ...closed(200) }, 1);
  checkPlan({ ...SOME_PLAN, ...closed(500, true), connections: 1 }, 2);
});
