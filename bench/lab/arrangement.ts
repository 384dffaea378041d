/**
 * Which arm of a preview has which slot: the arms of one road through several Envoys change places between the road
 * plans that were laid for them, and their Envoys in the order of starting. What a slot brings with it (addresses,
 * links, marks, an early or a late start) then belongs to no version.
 *
 * Everything in the kernel was made for the slot: it stays as it is while the arms move. That is possible because the
 * arms of a road differ in nothing but the Envoy.
 */
import { envoyOf, roadName } from "../../scenarios/envoy-arms.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { turned } from "../turned.js";
import type { RoadPlan } from "./address-plan.js";

/** The same plans, each with the arm that has its slot in that arrangement: 0 leaves everything where it was planned. */
export function arrangedRoads(roads: readonly RoadPlan[], arrangement: number): RoadPlan[] {
  const arms = new Map<string, Scenario[]>();
  for (const { scenario, redirect } of roads) {
    if (redirect === null) continue;
    const known = arms.get(roadName(scenario.name)) ?? [];
    arms.set(roadName(scenario.name), [...known, scenario]);
  }
  const taken = new Map<string, number>();
  return roads.map((plan) => {
    if (plan.redirect === null) return plan;
    const road = roadName(plan.scenario.name);
    const slot = taken.get(road) ?? 0;
    taken.set(road, slot + 1);
    const scenario = turned(arms.get(road) ?? [], arrangement)[slot] ?? plan.scenario;
    return { ...plan, scenario, redirect: { ...plan.redirect, envoy: envoyOf(scenario) ?? null } };
  });
}
