import { describe, expect, test } from "vitest";
import type { CallerName, LoadPlan } from "../../loadgen/load-plan.js";
import { SOME_CALL, SOME_PLAN } from "../../loadgen/testing/virtual-trial.js";
import { perSecond } from "../../loadgen/units.js";
import { shareLoad } from "./share-load.js";

const CALLERS: readonly CallerName[] = [
  "api-gateway",
  "api-gateway",
  "api-gateway",
  "finance-batch-job",
  "finance-batch-job",
  "finance-batch-job",
];

function plan(callers: readonly CallerName[], more: Partial<LoadPlan> = {}): LoadPlan {
  const mix = callers.map((caller, index) => ({ ...SOME_CALL, method: `M${index}`, caller }));
  return { ...SOME_PLAN, mix, ...more };
}

const OPEN: LoadPlan["loop"] = {
  kind: "open",
  arrivals: { kind: "constant", rate: perSecond(10) },
  overflow: "queue",
};

describe("the load of a window", () => {
  test("is shared by all generators of each caller in the mix", () => {
    const shares = shareLoad(CALLERS, plan(["api-gateway", "finance-batch-job"], { loop: OPEN, connections: 6 }));
    expect(shares).toEqual([
      { worker: 0, workers: 3, caller: "api-gateway" },
      { worker: 1, workers: 3, caller: "api-gateway" },
      { worker: 2, workers: 3, caller: "api-gateway" },
      { worker: 0, workers: 3, caller: "finance-batch-job" },
      { worker: 1, workers: 3, caller: "finance-batch-job" },
      { worker: 2, workers: 3, caller: "finance-batch-job" },
    ]);
  });

  test("is driven by no more generators than it has connections", () => {
    const shares = shareLoad(CALLERS, plan(["api-gateway"], { loop: OPEN, connections: 2 }));
    expect(shares.map((share) => share?.workers ?? null)).toEqual([2, 2, null, null, null, null]);
  });

  test("with one call in flight is driven by one generator", () => {
    const one: LoadPlan["loop"] = { kind: "closed", inFlight: 1, connectionPerCall: false };
    const shares = shareLoad(CALLERS, plan(["finance-batch-job"], { loop: one, connections: 4 }));
    expect(shares).toEqual([null, null, null, { worker: 0, workers: 1, caller: "finance-batch-job" }, null, null]);
  });

  test("of a closed loop is one caller's: an answer to one pod cannot ask another for the next call", () => {
    const loop: LoadPlan["loop"] = { kind: "closed", inFlight: 4, connectionPerCall: false };
    expect(() => shareLoad(CALLERS, plan(["api-gateway", "finance-batch-job"], { loop }))).toThrow(
      "a closed loop is driven by one caller, this one names api-gateway and finance-batch-job",
    );
  });

  test("for a caller without a generator is refused", () => {
    expect(() => shareLoad(CALLERS, plan(["anyone"], { loop: OPEN }))).toThrow("no generator speaks for the caller");
  });
});
