/**
 * Two arms measured in turn, so that whatever drifts in the machine hits both: pairs in seeded random order within, a
 * void window repeated twice at most, pairs without both dropped and counted (METHOD §3, §4.1).
 */
import { deriveSeed, shuffle } from "../../loadgen/random.js";

export interface PairedWindows<T> {
  readonly pairs: readonly (readonly [first: T, second: T])[];
  /** Pairs of which one window could not be had. */
  readonly dropped: number;
}

export interface PairingOptions<Arm, T> {
  readonly arms: readonly [Arm, Arm];
  readonly pairs: number;
  readonly seed: number;
  /** Both arms of a pair get the same seed: arrivals and payloads are then no part of their difference. */
  readonly measure: (arm: Arm, seed: number) => Promise<T>;
  /** Whether a window may be compared. */
  readonly usable: (window: T) => boolean;
  readonly onPair?: (done: number) => void;
}

const REPEATS = 2;

/** @throws whatever `measure` throws: pairs cannot be had from a broken instrument */
export async function measurePairs<Arm, T>(options: PairingOptions<Arm, T>): Promise<PairedWindows<T>> {
  const pairs: (readonly [T, T])[] = [];
  for (let index = 0; index < options.pairs; index++) {
    const pair = await measurePair(options, index);
    if (pair !== null) pairs.push(pair);
    options.onPair?.(index + 1);
  }
  return { pairs, dropped: options.pairs - pairs.length };
}

async function measurePair<Arm, T>(options: PairingOptions<Arm, T>, index: number): Promise<readonly [T, T] | null> {
  const windows: [T | null, T | null] = [null, null];
  for (const side of shuffle([0, 1] as const, deriveSeed(options.seed, "order", index))) {
    windows[side] = await usableWindow(options, options.arms[side], deriveSeed(options.seed, "pair", index));
  }
  const [first, second] = windows;
  return first === null || second === null ? null : [first, second];
}

async function usableWindow<Arm, T>(options: PairingOptions<Arm, T>, arm: Arm, seed: number): Promise<T | null> {
  for (let attempt = 0; attempt <= REPEATS; attempt++) {
    const window = await options.measure(arm, seed);
    if (options.usable(window)) return window;
  }
  return null;
}
