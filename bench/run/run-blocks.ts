/**
 * The order of a run: every pass, block by block, every arm once in random order, each trial written before the next
 * one starts. Arms that came out void are tried again at their block's end, twice at most (METHOD §3).
 */
import { Fault } from "../../loadgen/fault.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { Design, PassDesign } from "../../results/run-shape.js";
import type { Trial } from "../../results/trial.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Environment } from "../environment.js";
import { armsOfBlock, type Arm } from "./design.js";
import { Rearrangement } from "./rearrangement.js";
import type { RunProgress } from "./run-progress.js";
import { runTrial } from "./trial.js";

export interface BlocksRequest {
  readonly environment: Environment;
  readonly design: Design;
  readonly scenarios: ReadonlyMap<string, Scenario>;
  readonly transport: TransportName;
  /** Trials that a resumed run holds already. */
  readonly done: readonly Trial[];
  /** Written to disk when it resolves. */
  readonly keep: (trial: Trial) => Promise<void>;
  readonly progress: RunProgress;
  readonly signal: AbortSignal;
  readonly instant: () => string;
}

/** A void arm is repeated at its block's end so often at most. */
const REPEATS = 2;
/** After so many failed trials in a row, with mending in between, the environment is given up. */
const FAILURES_IN_A_ROW = 6;

export async function runBlocks(request: BlocksRequest): Promise<void> {
  const rearrangement = new Rearrangement(request);
  const state: State = { request, rearrangement, nextIndex: nextIndex(request.done), failuresInARow: 0 };
  for (const pass of request.design.passes) {
    for (let block = 0; block < pass.blocks; block++) await runBlock(state, pass, block);
  }
}

interface State {
  readonly request: BlocksRequest;
  readonly rearrangement: Rearrangement;
  nextIndex: number;
  failuresInARow: number;
}

async function runBlock(state: State, pass: PassDesign, block: number): Promise<void> {
  const { design, done } = state.request;
  let waiting = armsOfBlock(design, pass, block)
    .map((arm) => ({ arm, attempt: done.filter((trial) => isOf(trial, arm)).length }))
    .filter(({ arm }) => !done.some((trial) => isOf(trial, arm) && stands(trial)));
  if (waiting.length > 0) await state.rearrangement.before(pass, block);
  while (waiting.length > 0) {
    const again: typeof waiting = [];
    for (const { arm, attempt } of waiting) {
      const trial = await runArm(state, arm, attempt);
      if (!stands(trial) && attempt < REPEATS) again.push({ arm, attempt: attempt + 1 });
    }
    waiting = again;
  }
}

async function runArm(state: State, arm: Arm, attempt: number): Promise<Trial> {
  const { environment, design, scenarios, transport, progress, signal, instant, keep } = state.request;
  signal.throwIfAborted();
  const scenario = scenarios.get(arm.scenario);
  if (scenario === undefined) throw new Error(`design names ${arm.scenario}, which is no scenario of the run`);
  progress.trialStarts(arm, attempt);
  let trial = await runTrial({
    environment,
    design,
    scenario,
    arm,
    index: state.nextIndex++,
    attempt,
    transport,
    startedAt: instant(),
    signal,
    onInterval: (line) => {
      progress.interval(line);
    },
  });
  if (trial.outcome.state === "failed") trial = await mended(state, trial, trial.outcome.message);
  else state.failuresInARow = 0;
  await keep(trial);
  progress.trialEnds(arm, trial);
  return trial;
}

/** After a failure: what died is started again, and the trial's own record says so. */
async function mended(state: State, trial: Trial, message: string): Promise<Trial> {
  state.failuresInARow++;
  if (state.failuresInARow >= FAILURES_IN_A_ROW) {
    await state.request.keep(trial);
    throw new Fault({
      fact: `${FAILURES_IN_A_ROW} trials in a row have failed`,
      seen: message,
      so: "the run ends here; everything measured so far is kept",
      try: `tollgate doctor --env ${state.request.environment.kind}`,
    });
  }
  const sentences = await state.request.environment.mend();
  const text = [message, ...sentences].join("\n");
  return { ...trial, outcome: { state: "failed", stage: "load", message: text } };
}

/** Whether an arm needs no repeat: measured, and not void. */
function stands(trial: Trial): boolean {
  return trial.outcome.state === "measured" && trial.outcome.verdict.state !== "INVALID";
}

function isOf(trial: Trial, arm: Arm): boolean {
  return trial.pass === arm.pass.name && trial.block === arm.block && trial.scenario === arm.scenario;
}

function nextIndex(done: readonly Trial[]): number {
  return done.reduce((next, trial) => Math.max(next, trial.index + 1), 0);
}
