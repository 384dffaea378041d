/**
 * The clock of every measurement: CLOCK_MONOTONIC in nanoseconds, the same for all processes of one machine.
 *
 * `performance.now()` costs about as much as hrtime.bigint() but makes no BigInt; both read CLOCK_MONOTONIC, so one
 * offset, taken at start, turns the first into the second.
 */
import { ns, type Nanoseconds } from "./units.js";

const offsetNs = measureOffset();

/** Nanoseconds on CLOCK_MONOTONIC. */
export function now(): Nanoseconds {
  return ns(performance.now() * 1e6 + offsetNs);
}

/** The offset is good to the time between the two readings: the tightest of some pairs is taken. */
function measureOffset(): number {
  let best = { width: Infinity, offset: 0 };
  for (let i = 0; i < 50; i++) {
    const before = performance.now() * 1e6;
    const monotonic = Number(process.hrtime.bigint());
    const after = performance.now() * 1e6;
    if (after - before < best.width) best = { width: after - before, offset: monotonic - (before + after) / 2 };
  }
  return best.offset;
}
