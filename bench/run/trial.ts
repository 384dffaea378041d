/**
 * One trial: a window on one road, held against what the road promises. Whatever happens becomes a value; only an
 * interruption by the user is thrown on.
 */
import { Fault, renderFault } from "../../loadgen/fault.js";
import type { IntervalLine } from "../../loadgen/measurement.js";
import type { TransportName } from "../../loadgen/transport.js";
import { provePath } from "../../results/path-proof.js";
import type { Trial, TrialOutcome } from "../../results/trial.js";
import { judgeTrial } from "../../results/verdict.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Environment, WindowReading } from "../environment.js";
import { planOfArm, type Arm } from "./design.js";
import type { Design } from "../../results/run-shape.js";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { expectedStatuses } from "./expected-statuses.js";

export interface TrialRequest {
  readonly environment: Environment;
  readonly design: Design;
  readonly scenario: Scenario;
  readonly arm: Arm;
  readonly index: number;
  readonly attempt: number;
  readonly transport: TransportName;
  readonly startedAt: string;
  readonly signal: AbortSignal;
  readonly onInterval: (line: IntervalLine) => void;
}

export async function runTrial(request: TrialRequest): Promise<Trial> {
  const { arm, environment, scenario } = request;
  const plan = planOfArm(request.design, arm, scenario);
  const outcome = await measured(request, plan, () =>
    environment.measure(
      {
        scenario,
        plan,
        transport: request.transport,
        programTime: arm.pass.name === "ebpf-time",
        onInterval: request.onInterval,
      },
      request.signal,
    ),
  );
  return {
    index: request.index,
    pass: arm.pass.name,
    scenario: scenario.name,
    block: arm.block,
    position: arm.position,
    attempt: request.attempt,
    ...(arm.arrangement === undefined ? {} : { arrangement: arm.arrangement }),
    startedAt: request.startedAt,
    plan,
    outcome,
  };
}

async function measured(
  request: TrialRequest,
  plan: LoadPlan,
  measure: () => Promise<WindowReading>,
): Promise<TrialOutcome> {
  try {
    return judged(request.scenario, plan, await measure());
  } catch (error) {
    if (request.signal.aborted || !(error instanceof Fault)) throw error;
    return { state: "failed", stage: "load", message: renderFault(error).replace(/^tollgate: /, "") };
  }
}

function judged(scenario: Scenario, plan: LoadPlan, reading: WindowReading): TrialOutcome {
  const { measurement, before, after, cpu, programTime } = reading;
  const proof = provePath(scenario.promise, before, after, measurement);
  const verdict = judgeTrial({ plan, measurement, proof, cpu, expectedStatuses: expectedStatuses(scenario, plan) });
  const outcome: TrialOutcome = { state: "measured", measurement, cpu, path: { before, after, proof }, verdict };
  return programTime === null ? outcome : { ...outcome, programTime };
}
