/**
 * How the calls of a plan must end on a road: OK where its policy allows them, else the refusal that it promises. Any
 * other status makes a trial INVALID.
 */
import type { GrpcStatusName } from "../../loadgen/grpc/status.js";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { accessOf, isAllowed } from "../../scenarios/access-policy.js";
import type { Scenario } from "../../scenarios/scenario.js";

export function expectedStatuses(scenario: Scenario, plan: LoadPlan): ReadonlyMap<string, GrpcStatusName> {
  const access = accessOf(scenario.road);
  return new Map(
    plan.mix.map(({ method, caller }) => {
      const allowed = access === null || isAllowed(access, caller, method);
      return [method, allowed ? "OK" : "PERMISSION_DENIED"] as const;
    }),
  );
}
