import { describe, expect, test } from "vitest";
import { envoyArms } from "../../scenarios/envoy-arms.js";
import { selectScenarios } from "../../scenarios/selection.js";
import { planRoads, type RoadPlan } from "./address-plan.js";
import { turned } from "../turned.js";
import { arrangedRoads } from "./arrangement.js";

const roads = planRoads(envoyArms(selectScenarios(["l4", "l4-proxy", "l7", "l7-again"]), ["1.36.4", "1.37.0"]));
const slots = (plans: readonly RoadPlan[]) => plans.map(({ scenario, redirect }) => [scenario.name, redirect?.envoy]);

describe("an arrangement", () => {
  test("that is the first leaves every arm where it was planned", () => {
    expect(arrangedRoads(roads, 0)).toEqual(roads);
  });

  test("that is the second lets the arms of each road change places, with their Envoys", () => {
    expect(slots(arrangedRoads(roads, 1))).toEqual([
      ["l4", undefined],
      ["l4-proxy@1.37.0", "1.37.0"],
      ["l4-proxy@1.36.4", "1.36.4"],
      ["l7@1.37.0", "1.37.0"],
      ["l7@1.36.4", "1.36.4"],
      ["l7-again@1.37.0", "1.37.0"],
      ["l7-again@1.36.4", "1.36.4"],
    ]);
  });

  test("comes round again after as many as there are Envoys", () => {
    expect(arrangedRoads(roads, 2)).toEqual(roads);
    expect(arrangedRoads(roads, 7)).toEqual(arrangedRoads(roads, 1));
  });

  test("moves nothing that the kernel knows: addresses, links, marks and ports stay with the slot", () => {
    const kernel = (plans: readonly RoadPlan[]) =>
      plans.map(({ scenario, redirect, ...slot }) => ({
        ...slot,
        policy: scenario.road.policy,
        redirect: redirect === null ? null : [redirect.mark, redirect.proxyPort],
      }));
    expect(kernel(arrangedRoads(roads, 1))).toEqual(kernel(roads));
  });

  test("lets roads without a proxy stand, also where they share a name before the @", () => {
    const kernel = planRoads(selectScenarios(["l4", "l7-kernel@drop", "l7-kernel@reset"]));
    expect(arrangedRoads(kernel, 1)).toEqual(kernel);
  });

  test("gives each of three arms each slot once", () => {
    const three = planRoads(envoyArms(selectScenarios(["l4", "l7"]), ["1.36.4", "1.37.0", "1.38.3"]));
    const first = [0, 1, 2].map((arrangement) => arrangedRoads(three, arrangement)[1]?.scenario.name);
    expect(first).toEqual(["l7@1.36.4", "l7@1.37.0", "l7@1.38.3"]);
  });
});

test("what is turned by all of its places is as it was", () => {
  expect(turned(["a", "b", "c"], 1)).toEqual(["b", "c", "a"]);
  expect(turned(["a", "b", "c"], 3)).toEqual(["a", "b", "c"]);
  expect(turned([], 5)).toEqual([]);
});
