/**
 * What every routine does with its numbers first: check them, sort them, rank them.
 *
 * Easy to get wrong: NaN sorts and compares silently, so that one hole in the data gives a believable, wrong answer;
 * and tied values must share the mean of their ranks, which is a half-integer. Ranks are therefore kept doubled, as
 * integers, and no sum of them is ever rounded.
 */
import { Fault } from "../../loadgen/fault.js";

/**
 * The numbers as a fresh Float64Array, in their order.
 * @param what names them in the fault: `paired differences`
 * @throws Fault when there are none, or one of them is NaN or infinite
 */
export function checkedSample(values: ArrayLike<number>, what: string): Float64Array {
  if (values.length === 0) {
    throw new Fault({
      fact: `there are no ${what} to compute with`,
      expected: "at least one number",
      so: "nothing can be said about them",
      try: "look up why every trial of this cell dropped out: tollgate report RUN lists the reasons",
    });
  }
  const sample = new Float64Array(values);
  const hole = sample.findIndex((value) => !Number.isFinite(value));
  if (hole >= 0) {
    throw new Fault({
      fact: `the ${what} hold something that is not a finite number`,
      expected: `${sample.length} finite numbers`,
      seen: `${sample[hole]} at position ${hole + 1}`,
      so: "a missing value was taken for a measurement; nothing computed from it would mean anything",
    });
  }
  return sample;
}

/** As `checkedSample`, in ascending order. */
export function ascendingSample(values: ArrayLike<number>, what: string): Float64Array {
  return checkedSample(values, what).sort();
}

/** The middle value, or the mean of the two middle ones. The array must be ascending and not empty. */
export function medianOfSorted(sorted: Float64Array): number {
  const upper = sorted.length >> 1;
  return sorted.length % 2 === 1 ? at(sorted, upper) : (at(sorted, upper - 1) + at(sorted, upper)) / 2;
}

/** Reads an element that the caller knows is there. */
export function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

export interface DoubledRanks {
  /** Twice the midrank of each value, in the order in which the values came. */
  readonly doubled: Int32Array;
  /** Sizes of the groups of equal values; groups of one are left out, so an empty list means no ties. */
  readonly ties: readonly number[];
}

/** Midranks from 1 upwards, doubled: a group of equal values at ranks i…j gets i + j each. */
export function doubledMidranks(values: Float64Array): DoubledRanks {
  const sorted = values.slice().sort();
  const ties: number[] = [];
  // Both ends of each value's group, by the place of its first member.
  const doubledAt = new Int32Array(sorted.length);
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    doubledAt[start] = start + 1 + end;
    if (end - start > 1) ties.push(end - start);
  }
  const doubled = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) doubled[i] = doubledAt[firstPlace(sorted, at(values, i))] as number;
  return { doubled, ties };
}

/** The first place of a value that the ascending array is known to hold. */
function firstPlace(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(sorted, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
