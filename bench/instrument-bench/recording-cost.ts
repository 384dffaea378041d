/**
 * What it costs to book one call of an open loop: its place in the schedule, three histograms, the counters. Measured in
 * this process, since no socket takes part.
 */
import type { OpenLoop } from "../../loadgen/load-plan.js";
import { Recorder } from "../../loadgen/recorder.js";
import { Schedule } from "../../loadgen/schedule.js";
import { ms, perSecond, seconds } from "../../loadgen/units.js";
import { STANDARD_MIX } from "../../scenarios/standard-mix.js";

const CALLS = 1_000_000;

/** CPU nanoseconds per call, one value per round; the first rounds warm the code up and do not count. */
export function measureRecordingCost(rounds: number): readonly number[] {
  const warmups = 2;
  return Array.from({ length: rounds + warmups }, oneRound).slice(warmups);
}

function oneRound(): number {
  const loop: OpenLoop = {
    kind: "open",
    arrivals: { kind: "poisson", rate: perSecond(100_000) },
    overflow: "queue",
  };
  const plan = {
    loop,
    warmupNs: ms(0),
    windowNs: seconds(60),
    drainNs: seconds(1),
    totalCalls: null,
    mix: STANDARD_MIX,
    seed: 1,
    connections: 4,
    streams: 100,
    timeoutNs: null,
    idle: "spin",
    intervalNs: seconds(1),
  } as const;
  const schedule = new Schedule(plan, loop, { worker: 0, workers: 1 });
  const recorder = new Recorder(plan);
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) {
    const due = schedule.dueNs;
    const late = 200 + (i & 1023);
    recorder.scheduled++;
    recorder.gaps.due(due);
    recorder.started(schedule.share, true);
    recorder.left(schedule.share, late, due + late);
    recorder.ended(schedule.share, 0, 80_000 + (i & 0xffff), 80_000 + (i & 0xffff) + late);
    schedule.advance();
  }
  const { user, system } = process.cpuUsage(before);
  recorder.destroy();
  return ((user + system) * 1e3) / CALLS;
}
