import { describe, expect, test } from "vitest";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { planRoads, type RoadPlan } from "./address-plan.js";
import type { MapDump } from "./bpf-map-text.js";
import { policyBatch, policyCountersOf } from "./policy-map.js";

const roads = planRoads(["no-policy", "l4", "l7"].map(scenarioByName));
const [, l4, l7] = roads as [RoadPlan, RoadPlan, RoadPlan];

const printed = (hex: string): string[] => hex.split(" ").map((byte) => `0x${byte}`);

describe("the policy maps", () => {
  test("know both callers of each judged road, on the payments port over TCP, and mark for the proxy where there is one", () => {
    const maps = "map update pinned /sys/fs/bpf/tollgate/maps";
    expect(policyBatch(roads).trimEnd().split("\n")).toEqual(
      [
        `${maps}/tg_identity key hex c6 12 02 02 value hex 02 01 00 00`,
        `${maps}/tg_policy key hex 02 01 00 00 c3 83 06 00 value hex ${"00 ".repeat(23)}00`,
        `${maps}/tg_identity key hex c6 12 02 03 value hex 03 01 00 00`,
        `${maps}/tg_policy key hex 03 01 00 00 c3 83 06 00 value hex ${"00 ".repeat(23)}00`,
        `${maps}/tg_identity key hex c6 12 04 02 value hex 04 01 00 00`,
        `${maps}/tg_policy key hex 04 01 00 00 c3 83 06 00 value hex ${"00 ".repeat(16)}00 02 27 13 00 00 00 00`,
        `${maps}/tg_identity key hex c6 12 04 03 value hex 05 01 00 00`,
        `${maps}/tg_policy key hex 05 01 00 00 c3 83 06 00 value hex ${"00 ".repeat(16)}00 02 27 13 00 00 00 00`,
      ].map((line) => line.replace(/  +/g, " ")),
    );
  });

  test("know nobody when no road is judged", () => {
    expect(policyBatch(roads.slice(0, 1))).toBe("");
  });
});

describe("the counters of a road", () => {
  const entry = (identity: string, packets: string, bytes: string): MapDump[number] => ({
    key: printed(`${identity} 01 00 00 c3 83 06 00`),
    value: printed(`${packets} 00 00 00 00 00 00 00 ${bytes} 00 00 00 00 00 00 00 00 00 00 00 00 00`),
  });
  const denial = (address: string, count: string): MapDump[number] => ({
    key: printed(`${address} c3 84 06 00`),
    value: printed(`${count} 00 00 00 00 00 00 00`),
  });
  const policy = [entry("02", "05", "64"), entry("03", "02", "0a"), entry("04", "09", "ff")];
  const denied = [denial("c6 12 02 04", "03"), denial("c6 12 02 02", "01"), denial("c6 12 04 04", "07")];

  test("are the sum over its callers, and nobody else's", () => {
    expect(policyCountersOf(l4, policy, denied)).toEqual({ packets: 7, bytes: 110, denied: 4 });
    expect(policyCountersOf(l7, policy, denied)).toEqual({ packets: 9, bytes: 255, denied: 7 });
  });

  test("are zero before the first packet", () => {
    expect(policyCountersOf(l4, [], [])).toEqual({ packets: 0, bytes: 0, denied: 0 });
  });

  test("are read as 64 bits", () => {
    const large = { key: printed("02 01 00 00 c3 83 06 00"), value: printed(`00 00 00 00 01 ${"00 ".repeat(18)}00`) };
    expect(policyCountersOf(l4, [large], []).packets).toBe(2 ** 32);
  });
});
