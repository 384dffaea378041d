/**
 * What the simulations share: seeded experiments, how far a share may miss, and the model of a run. The model is that of
 * reference S §A3: a block shifts all its trials by 5 %, a trial itself varies by 2 %, on logarithms.
 */
import { expect } from "vitest";
import { deriveSeed, randomStream, type RandomStream } from "../../../loadgen/random.js";

export const BLOCK_SD = 0.05;
export const TRIAL_SD = 0.02;
export const EXPERIMENTS = 20_000;

/** How often something happens in so many tries, from a stream of its own. */
export function share(tries: number, label: string, happens: (stream: RandomStream) => boolean): number {
  const stream = randomStream(deriveSeed(20_26, label));
  let count = 0;
  for (let i = 0; i < tries; i++) if (happens(stream)) count++;
  return count / tries;
}

/** Four standard errors of a share seen in so many tries, plus those of a reference that tried `theirs` times and rounded. */
export function within(expected: number, tries: number, theirs?: number): number {
  const variance = Math.max(expected * (1 - expected), 0.01);
  return 4 * Math.sqrt(variance / tries + (theirs === undefined ? 0 : variance / theirs)) + (theirs ? 0.005 : 0);
}

export function expectShare(seen: number, expected: number, tries: number, theirs?: number): void {
  expect(Math.abs(seen - expected), `${seen} where ${expected} was expected`).toBeLessThan(
    within(expected, tries, theirs),
  );
}

export const draws = (n: number, draw: () => number): Float64Array => new Float64Array(n).map(draw);

/** One run: the logarithm of a trial's quantile for each arm and block. */
export function trials(arms: number, blocks: number, stream: RandomStream): Float64Array[] {
  const shifts = draws(blocks, () => BLOCK_SD * stream.normal());
  return Array.from({ length: arms }, () => shifts.map((shift) => shift + TRIAL_SD * stream.normal()));
}
export const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);
