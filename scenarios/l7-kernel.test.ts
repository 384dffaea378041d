import { expect, test } from "vitest";
import { CATALOGUE, CHAINS, scenarioByName } from "./catalogue.js";
import { isExperimental } from "./l7-kernel.js";
import { KERNEL_ACTIONS } from "./scenario.js";

test("the road that judges in the kernel is off unless asked for, and in no declared comparison", () => {
  expect(CATALOGUE.some(({ road }) => isExperimental(road))).toBe(false);
  expect(CHAINS.flatMap(({ candidate, baseline }) => [candidate, baseline])).not.toContain("l7-kernel");
});

test.each(KERNEL_ACTIONS)("with %s it promises how a refused call ends", (action) => {
  const { name, road, promise } = scenarioByName(`l7-kernel@${action}`);
  expect([name, road.kernel?.action]).toEqual([`l7-kernel@${action}`, action]);
  const refusals = { observe: "none", drop: "silence", reset: "UNAVAILABLE", rewrite: "UNIMPLEMENTED" };
  expect(promise).toMatchObject({ judged: true, countedByRule: true, refusal: refusals[action] });
});

test("over TLS there is no such road, and the way out is named", () => {
  expect(() => scenarioByName("l7-kernel-tls")).toThrow(/no road "l7-kernel-tls"/);
});

test("an unknown action is answered with the nearest one", () => {
  expect(() => scenarioByName("l7-kernel@rset")).toThrow(/no scenario "l7-kernel@rset"/);
});
