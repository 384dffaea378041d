/**
 * Before the first block every road is tried open and closed: a call that must pass and calls that must not. A road
 * that answers otherwise is not the road its name says, and no number of it would mean anything.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { CallerName } from "../../loadgen/load-plan.js";
import type { Probe } from "../../results/run-shape.js";
import { accessOf, REFUSED_METHOD } from "../../scenarios/access-policy.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import type { Environment } from "../environment.js";

interface Wanted {
  /** `anyone`: an address that no rule of the L4 policy names. */
  readonly caller: CallerName;
  readonly method: string;
  readonly promised: string;
}

/**
 * Tries each road in turn. `keep` gets each probe as it is known, also those that break a promise.
 * @param tried what the part of a run that was cut short has tried already
 */
export async function probeRoads(
  environment: Environment,
  scenarios: readonly Scenario[],
  tried: readonly Probe[],
  keep: (probe: Probe) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (const scenario of scenarios) {
    for (const { caller, method, promised } of untriedProbes(scenario, tried)) {
      signal.throwIfAborted();
      const reading = await environment.probe(scenario, caller, method);
      await keep({ scenario: scenario.name, caller, method, promised, ...reading });
      if (reading.seen !== promised)
        throw brokenPromise(environment, scenario, { caller, method, promised }, reading.seen);
    }
  }
}

/** What of a road has not been tried yet, or was seen to break its promise. */
export function untriedProbes(scenario: Scenario, tried: readonly Probe[]): Wanted[] {
  const kept = tried.filter((probe) => probe.scenario === scenario.name && probe.seen === probe.promised);
  return wantedProbes(scenario).filter(
    ({ caller, method }) => !kept.some((probe) => probe.caller === caller && probe.method === method),
  );
}

/** What each road must answer. A silent refusal costs a full deadline, so twins and parsing roads leave it out. */
export function wantedProbes(scenario: Scenario): Wanted[] {
  const { refusal } = scenario.promise;
  const passes: Wanted[] = [{ caller: "api-gateway", method: HEADLINE_METHOD, promised: "OK" }];
  switch (refusal) {
    case "UNAVAILABLE":
    case "UNIMPLEMENTED":
      return [...passes, { caller: "api-gateway", method: REFUSED_METHOD, promised: refusal }];
    case "none":
      return [...passes, { caller: "api-gateway", method: REFUSED_METHOD, promised: "OK" }];
    case "PERMISSION_DENIED":
      return [
        ...passes,
        { caller: "api-gateway", method: REFUSED_METHOD, promised: refusal },
        { caller: "finance-batch-job", method: HEADLINE_METHOD, promised: refusal },
      ];
    case "silence":
      if (accessOf(scenario.road) !== null) {
        return [...passes, { caller: "api-gateway", method: REFUSED_METHOD, promised: refusal }];
      }
      return scenario.road.proxy.kind === "none"
        ? [...passes, { caller: "anyone", method: HEADLINE_METHOD, promised: refusal }]
        : passes;
  }
}

function brokenPromise(environment: Environment, scenario: Scenario, wanted: Wanted, seen: string): Fault {
  return new Fault({
    fact: `the road "${scenario.name}" does not keep its promise`,
    expected: `${wanted.method} by ${wanted.caller} ends with ${wanted.promised}`,
    seen,
    so: "the wrong policy is in force: no load was sent",
    try: `tollgate doctor --env ${environment.kind}`,
    exitCode: EXIT.invalid,
  });
}
