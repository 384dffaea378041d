/**
 * Keeps the garbage collector out of measured windows.
 *
 * A loop that spins makes garbage even when it does nothing: each `setImmediate` is an object, 100 MB/s of them. With
 * V8's defaults (a young generation of 1 MiB at first, collected by several threads that all sit on the one CPU a worker
 * is pinned to) that meant 290 collections and 960 ms of pauses in 4 s on a busy 2-core machine. One collecting thread
 * and a large young generation leave few and short ones, and those can be had between calls (quiet-moments.ts).
 *
 * How large: a pause grows with the size, however little of it is garbage, and so does the time between two. A loop that
 * spins, median pause and the time in pauses (2-core machine, mean of two rounds):
 *
 *    1 MiB  0.17 ms  50 ms/s      16 MiB  0.40 ms  8.2 ms/s      64 MiB  1.00 ms  6.9 ms/s
 *    8 MiB  0.30 ms  12 ms/s      32 MiB  0.63 ms  7.3 ms/s
 */

/** For every Node process that takes part in a measurement: the workers and the payments server. */
export const QUIET_HEAP_FLAGS: readonly string[] = [
  "--single-threaded-gc",
  "--min-semi-space-size=32",
  "--max-semi-space-size=32",
  "--expose-gc",
];

/** Empties the young generation now, while nobody measures. Does nothing in a process without `--expose-gc`. */
export function collectYoungGarbage(): void {
  globalThis.gc?.({ type: "minor" });
}

/**
 * Empties the old generation too. A connection leaves behind what outlives young collections (sockets, TLS contexts): of
 * windows with a new connection for each call V8 chose every fifth for marking it, which held up more than 0.5 % of the
 * calls. After this it did so in one of twenty (2-core machine, 60 windows of each, taking turns; 12-25 ms each).
 */
export function collectAllGarbage(): void {
  globalThis.gc?.();
}

/**
 * Touches the young generation's memory once, so that no page of it is faulted in by a measured call, and a worker's
 * resident memory says from the start what it will be. Some 50 ms; does nothing without `--expose-gc`.
 */
export function touchYoungGeneration(): void {
  if (globalThis.gc === undefined) return;
  let touched: number[] = [];
  for (let kib = 0; kib < 2 * YOUNG_MIB * 1024; kib += CHUNK_KIB) touched = new Array<number>(CHUNK_KIB * 128).fill(0);
  touched.length = 0;
  collectYoungGarbage();
}

const YOUNG_MIB = 32;
/** Of numbers of 8 bytes; larger ones would not go to the young generation. */
const CHUNK_KIB = 64;
