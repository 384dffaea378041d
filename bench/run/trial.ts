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

/** What the trials of one interleaved window have in common; `arms` and `scenarios` belong together. */
export interface InterleavedTrialsRequest extends Omit<TrialRequest, "arm" | "scenario" | "index"> {
  readonly arms: readonly Arm[];
  readonly scenarios: readonly Scenario[];
  readonly firstIndex: number;
}

/** One window over several roads that take turns: a trial of each, or of each the same failure. */
export async function runInterleavedTrials(request: InterleavedTrialsRequest): Promise<Trial[]> {
  const { arms, scenarios, environment, design, attempt, startedAt } = request;
  const [first, scenario] = [arms[0], scenarios[0]];
  if (first === undefined || scenario === undefined) return [];
  const plan = planOfArm(design, first);
  const outcomes = await measuredTogether(request, plan, environment);
  return arms.map((arm, position) => {
    const name = arm.scenario;
    const outcome = outcomes.get(name) ?? { state: "failed", stage: "counters", message: `no reading of ${name}` };
    const index = request.firstIndex + position;
    return {
      index,
      pass: arm.pass.name,
      scenario: name,
      block: arm.block,
      position,
      attempt,
      ...(arm.arrangement === undefined ? {} : { arrangement: arm.arrangement }),
      startedAt,
      plan,
      outcome,
    };
  });
}

async function measuredTogether(
  request: InterleavedTrialsRequest,
  plan: LoadPlan,
  environment: Environment,
): Promise<Map<string, TrialOutcome>> {
  const { scenarios, transport, onInterval, signal } = request;
  const each = (outcomeOf: (scenario: Scenario) => TrialOutcome): Map<string, TrialOutcome> =>
    new Map(scenarios.map((scenario) => [scenario.name, outcomeOf(scenario)]));
  if (environment.measureInterleaved === undefined) throw new Error("this environment's roads cannot take turns");
  try {
    const readings = await environment.measureInterleaved({ scenarios, plan, transport, onInterval }, signal);
    return each((scenario) => {
      const reading = readings.get(scenario.name);
      if (reading === undefined) throw new Error(`the environment did not measure ${scenario.name}`);
      return judged(scenario, plan, reading);
    });
  } catch (error) {
    const outcome = failure(error, signal);
    return each(() => outcome);
  }
}

export async function runTrial(request: TrialRequest): Promise<Trial> {
  const { arm, environment, scenario } = request;
  const plan = planOfArm(request.design, arm);
  const { index, startedAt: now } = request;
  const pass = arm.pass.name;
  let startedAt = now;
  const outcome = await measured(request, plan, async () => {
    const reading = await environment.measure(
      {
        scenario,
        plan,
        transport: request.transport,
        programTime: pass === "ebpf-time",
        onInterval: request.onInterval,
        trial: { index, pass, arrangement: arm.arrangement ?? null, startedAt },
      },
      request.signal,
    );
    startedAt = reading.startedAt ?? now;
    return reading;
  });
  return {
    index,
    pass,
    scenario: scenario.name,
    block: arm.block,
    position: arm.position,
    attempt: request.attempt,
    ...(arm.arrangement === undefined ? {} : { arrangement: arm.arrangement }),
    startedAt,
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
    return failure(error, request.signal);
  }
}

/** @throws the error itself when it is an interruption by the user, or a bug */
function failure(error: unknown, signal: AbortSignal): TrialOutcome {
  if (signal.aborted || !(error instanceof Fault)) throw error;
  return { state: "failed", stage: "load", message: renderFault(error).replace(/^tollgate: /, "") };
}

function judged(scenario: Scenario, plan: LoadPlan, reading: WindowReading): TrialOutcome {
  const { measurement, before, after, cpu, programTime } = reading;
  const proof = provePath(scenario.promise, before, after, measurement);
  const verdict = judgeTrial({ plan, measurement, proof, cpu, expectedStatuses: expectedStatuses(scenario, plan) });
  const outcome: TrialOutcome = { state: "measured", measurement, cpu, path: { before, after, proof }, verdict };
  return programTime === null ? outcome : { ...outcome, programTime };
}
