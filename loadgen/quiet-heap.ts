/**
 * Keeps the garbage collector out of measured windows.
 *
 * A loop that spins makes garbage even when it does nothing: each `setImmediate` is an object, 100 MB/s of them. With
 * V8's defaults (a young generation of 1 MiB at first, collected by several threads that all sit on the one CPU a worker
 * is pinned to) that meant 290 collections and 960 ms of pauses in 4 s on a busy 2-core machine. One collecting thread
 * and a young generation of 64 MiB made it 8 collections and 29 ms; collecting just before the warm-up then leaves a
 * window of half a second none or one.
 */

/** For every Node process that takes part in a measurement: the workers and the payments server. */
export const QUIET_HEAP_FLAGS: readonly string[] = [
  "--single-threaded-gc",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
  "--expose-gc",
];

/** Empties the young generation now, while nobody measures. Does nothing in a process without `--expose-gc`. */
export function collectYoungGarbage(): void {
  globalThis.gc?.({ type: "minor" });
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

const YOUNG_MIB = 64;
/** Of numbers of 8 bytes; larger ones would not go to the young generation. */
const CHUNK_KIB = 64;
