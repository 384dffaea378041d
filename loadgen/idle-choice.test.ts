import { expect, test } from "vitest";
import { chooseIdle } from "./idle-choice.js";

test("workers spin where each has a core and the road has one too", () => {
  expect(chooseIdle("auto", { allowed: [[0, 1]], online: 2 })).toBe("spin");
  expect(chooseIdle("auto", { allowed: Array(3).fill([0, 1, 2, 3]), online: 4 })).toBe("spin");
});

test("workers spin on cores they were pinned to, if they are enough", () => {
  expect(chooseIdle("auto", { allowed: [[1]], online: 2 })).toBe("spin");
  expect(chooseIdle("auto", { allowed: [[1], [2]], online: 4 })).toBe("spin");
  expect(chooseIdle("auto", { allowed: [[1], [1]], online: 4 })).toBe("sleep");
});

test("workers leave the cores to the road where there are too few", () => {
  expect(chooseIdle("auto", { allowed: [[0]], online: 1 })).toBe("sleep");
  expect(
    chooseIdle("auto", {
      allowed: [
        [0, 1],
        [0, 1],
      ],
      online: 2,
    }),
  ).toBe("sleep");
});

test("what was asked for is done", () => {
  expect(chooseIdle("spin", { allowed: [[0], [0]], online: 1 })).toBe("spin");
  expect(chooseIdle("sleep", { allowed: [[1]], online: 8 })).toBe("sleep");
});
