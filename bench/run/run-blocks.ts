/**
 * The order of a run: every pass, block by block, every arm once in random order, each trial written before the next
 * one starts. Arms that came out void are tried again at their block's end, twice at most (METHOD §3).
 */
import type { PassDesign } from "../../results/run-shape.js";
import type { Trial } from "../../results/trial.js";
import { ArmRunner, type ArmsRequest } from "./arm-runner.js";
import { armsOfBlock, type Arm } from "./design.js";
import { Rearrangement } from "./rearrangement.js";

/** A void arm is repeated at its block's end so often at most. */
export const REPEATS = 2;

export async function runBlocks(request: ArmsRequest): Promise<void> {
  const runner = new ArmRunner(request);
  const rearrangement = new Rearrangement(request);
  for (const pass of request.design.passes) {
    for (let block = 0; block < pass.blocks; block++) {
      if (isWaiting(request, pass, block)) await rearrangement.before(pass, block);
      await runBlock(request, runner, pass, block);
    }
  }
}

async function runBlock(
  { design, done }: ArmsRequest,
  runner: ArmRunner,
  pass: PassDesign,
  block: number,
): Promise<void> {
  if (pass.name === "interleaved") return runInterleavedBlock(done, runner, armsOfBlock(design, pass, block));
  let waiting = armsOfBlock(design, pass, block)
    .map((arm) => ({ arm, attempt: done.filter((trial) => isOf(trial, arm)).length }))
    .filter(({ arm }) => !done.some((trial) => isOf(trial, arm) && stands(trial)))
    // As if it had not been cut short: repeats come at the block's end.
    .sort((a, b) => a.attempt - b.attempt);
  while (waiting.length > 0) {
    const again: typeof waiting = [];
    for (const { arm, attempt } of waiting) {
      const trial = await runner.run(arm, attempt);
      if (!stands(trial) && attempt < REPEATS) again.push({ arm, attempt: attempt + 1 });
    }
    waiting = again;
  }
}

/** All arms at once; a void one among them voids the comparison, so all are measured again. */
async function runInterleavedBlock(done: readonly Trial[], runner: ArmRunner, arms: readonly Arm[]): Promise<void> {
  const earlier = arms.map((arm) => done.filter((trial) => isOf(trial, arm)));
  if (earlier.every((trials) => trials.some(stands))) return;
  for (let attempt = Math.max(...earlier.map(({ length }) => length)); attempt <= REPEATS; attempt++) {
    if ((await runner.runTogether(arms, attempt)).every(stands)) return;
  }
}

/** Whether anything of the block is still to be measured: a resumed run may hold all of it. */
function isWaiting({ design, done }: ArmsRequest, pass: PassDesign, block: number): boolean {
  return armsOfBlock(design, pass, block).some((arm) => !done.some((trial) => isOf(trial, arm) && stands(trial)));
}

/** Whether an arm needs no repeat: measured, and not void. */
function stands(trial: Trial): boolean {
  return trial.outcome.state === "measured" && trial.outcome.verdict.state !== "INVALID";
}

function isOf(trial: Trial, arm: Arm): boolean {
  return trial.pass === arm.pass.name && trial.block === arm.block && trial.scenario === arm.scenario;
}
