import { expect, test } from "vitest";
import { chooseIdle } from "./idle-choice.js";
import type { LoadPlan } from "./load-plan.js";
import { SOME_PLAN } from "./testing/virtual-trial.js";

const open: Pick<LoadPlan, "idle" | "loop"> = { idle: "auto", loop: SOME_PLAN.loop };
const closed: typeof open = { idle: "auto", loop: { kind: "closed", inFlight: 1, connectionPerCall: false } };

test("workers spin where each has a core and the road has one too", () => {
  expect(chooseIdle(open, { allowed: [[0, 1]], online: 2 })).toBe("spin");
  expect(chooseIdle(closed, { allowed: [[0, 1]], online: 2 })).toBe("spin");
  expect(chooseIdle(open, { allowed: Array(3).fill([0, 1, 2, 3]), online: 4 })).toBe("spin");
});

test("workers spin on cores they were pinned to, if they are enough", () => {
  expect(chooseIdle(open, { allowed: [[1]], online: 2 })).toBe("spin");
  expect(chooseIdle(open, { allowed: [[1], [2]], online: 4 })).toBe("spin");
  expect(chooseIdle(open, { allowed: [[1], [1]], online: 4 })).toBe("hybrid");
});

test("workers share cores that are too few: a closed loop sleeps, an open one turns when something is due", () => {
  expect(chooseIdle(open, { allowed: [[0]], online: 1 })).toBe("hybrid");
  expect(chooseIdle(closed, { allowed: [[0]], online: 1 })).toBe("sleep");
  const crowded = {
    allowed: [
      [0, 1],
      [0, 1],
    ],
    online: 2,
  };
  expect([chooseIdle(open, crowded), chooseIdle(closed, crowded)]).toEqual(["hybrid", "sleep"]);
});

test("what was asked for is done", () => {
  expect(chooseIdle({ ...open, idle: "spin" }, { allowed: [[0], [0]], online: 1 })).toBe("spin");
  expect(chooseIdle({ ...open, idle: "sleep" }, { allowed: [[1]], online: 8 })).toBe("sleep");
});
