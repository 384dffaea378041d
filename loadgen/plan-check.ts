/**
 * Refuses plans that could not be carried out as they are written, before anything is opened.
 */
import { EXIT, Fault } from "./fault.js";
import type { Arrivals, ClosedLoop, LoadPlan } from "./load-plan.js";
import { hasRoads } from "./turn-order.js";

/** Due times are doubles in ns and each call costs the generator a microsecond at the very least. */
const MAX_RATE = 1e6;
/** An index into the mix is kept in a byte per call. */
const MAX_SHARES = 256;

/** @throws Fault that names the first thing that is wrong */
export function checkPlan(plan: LoadPlan, workers: number): void {
  demand(workers >= 1 && Number.isInteger(workers), `${workers} workers`, "at least one");
  demand(plan.windowNs > 0, "the window has no length", "a duration above 0");
  demand(plan.warmupNs >= 0 && plan.drainNs >= 0, "the warm-up or the drain is negative", "0 or more");
  demand(plan.intervalNs > 0, "the interval has no length", "an interval above 0");
  demand(plan.streams >= 1, `${plan.streams} calls in flight per connection`, "at least one");
  const opensPerCall = plan.loop.kind === "closed" && plan.loop.connectionPerCall;
  demand(
    opensPerCall || plan.connections >= workers,
    `${plan.connections} connections for ${workers} workers`,
    "a connection for each worker: more connections or fewer workers",
  );
  demand(plan.totalCalls === null || plan.totalCalls >= 1, `a total of ${plan.totalCalls} calls`, "at least one");
  checkMix(plan);
  checkTurns(plan);
  if (plan.loop.kind === "open") checkArrivals(plan.loop.arrivals);
  else checkClosed(plan.loop, plan, workers);
}

function checkMix({ mix }: LoadPlan): void {
  demand(mix.length >= 1 && mix.length <= MAX_SHARES, `a mix of ${mix.length} methods`, `1 to ${MAX_SHARES}`);
  for (const { method, weight } of mix) {
    demand(Number.isFinite(weight) && weight > 0, `the weight of ${method} is ${weight}`, "a number above 0");
  }
}

/** Roads take turns in a closed loop; over standing connections, or each turn would begin with a handshake. */
function checkTurns({ mix, loop }: LoadPlan): void {
  if (!hasRoads(mix)) return;
  demand(
    loop.kind === "closed" && !loop.connectionPerCall,
    "roads that take turns in an open loop, or with a connection for each call",
    "a closed loop over standing connections",
  );
  const homeless = mix.find(({ road }) => road === undefined);
  demand(homeless === undefined, `${homeless?.method ?? ""} names no road, others do`, "a road for each share");
}

function checkArrivals(arrivals: Arrivals): void {
  switch (arrivals.kind) {
    case "constant":
    case "poisson":
      return checkRates([arrivals.rate]);
    case "ramp":
      return checkRates([arrivals.from, arrivals.to]);
    case "step":
      demand(Number.isInteger(arrivals.steps) && arrivals.steps >= 1, `${arrivals.steps} steps`, "1, 2, 3 …");
      return checkRates([arrivals.from, arrivals.to]);
    case "replay":
      return checkOffsets(arrivals.offsetsNs);
  }
}

/** One of them may be 0: a ramp may begin or end there. */
function checkRates(rates: readonly number[]): void {
  for (const rate of rates) {
    const isPossible = Number.isFinite(rate) && rate >= 0 && rate <= MAX_RATE;
    demand(isPossible, `a rate of ${rate} calls/s`, `0 to ${MAX_RATE.toLocaleString("en")} calls/s`);
  }
  demand(
    rates.some((rate) => rate > 0),
    "a rate of 0 calls/s",
    "a rate above 0",
  );
}

function checkOffsets(offsetsNs: readonly number[]): void {
  demand(offsetsNs.length > 0, "a replay without a single call", "at least one offset");
  let last = 0;
  for (const offset of offsetsNs) {
    demand(offset >= last, `a replay's offset of ${offset} ns after one of ${last} ns`, "offsets from 0, ascending");
    last = offset;
  }
}

function checkClosed(loop: ClosedLoop, plan: LoadPlan, workers: number): void {
  demand(
    loop.inFlight >= workers,
    `${loop.inFlight} calls in flight for ${workers} workers`,
    "a call for each worker: more calls in flight or fewer workers",
  );
  const room = plan.connections * plan.streams;
  demand(
    loop.connectionPerCall || loop.inFlight <= room,
    `${loop.inFlight} calls in flight`,
    `at most ${room}: ${plan.connections} connections of ${plan.streams} streams`,
  );
}

function demand(isRight: boolean, fact: string, expected: string): void {
  if (!isRight)
    throw new Fault({ fact: `the load can't be driven as planned: ${fact}`, expected, exitCode: EXIT.usage });
}
