/**
 * How far another machine's CLOCK_MONOTONIC is from ours: it counts from that machine's start, so the two have nothing
 * in common. The quickest of some questions counts; the answer is good to half of the time that one took.
 */
import type { Nanoseconds } from "./units.js";

const QUESTIONS = 8;

/**
 * @param ask yields what the other clock shows
 * @returns ns that the other clock is ahead; 0 where the two may as well be the same
 */
export async function clockOffset(clock: () => Nanoseconds, ask: () => Promise<Nanoseconds>): Promise<number> {
  let width = Infinity;
  let offset = 0;
  for (let question = 0; question < QUESTIONS; question++) {
    const before = clock();
    const theirs = await ask();
    const after = clock();
    if (after - before >= width) continue;
    width = after - before;
    offset = theirs - (before + after) / 2;
  }
  // Pods of one machine share its clock: what is within the error of the question is no offset.
  return Math.abs(offset) <= width / 2 ? 0 : offset;
}
