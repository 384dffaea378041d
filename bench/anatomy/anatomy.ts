/**
 * One pass of an anatomy: each road with and without stamps, once in every block, in seeded random order. A trial counts
 * only when every call that was sent is booked, no more and no fewer; a void one is repeated at its block's end.
 */
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { deriveSeed, shuffle } from "../../loadgen/random.js";
import { ms, seconds, type Nanoseconds } from "../../loadgen/units.js";
import type { AnatomyTrial } from "../../results/anatomy-record.js";
import type { StampWish } from "../../results/anatomy-segments.js";
import { seriesHistogram } from "../../results/measured-series.js";
import { provePath } from "../../results/path-proof.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { HEADLINE_METHOD, HEADLINE_MIX } from "../../scenarios/standard-mix.js";
import type { Environment, WindowReading } from "../environment.js";
import { REPEATS } from "../run/run-blocks.js";

export interface AnatomyDesign {
  readonly scenarios: readonly Scenario[];
  readonly stamps: StampWish;
  readonly blocks: number;
  readonly windowNs: Nanoseconds;
  readonly seed: number;
}

/** One road's place in a block, with stamps or (null) without. */
interface Arm {
  readonly scenario: Scenario;
  readonly stamps: StampWish | null;
}

/** `onTrial` hears of each as it is done, of void ones as well. */
export async function measureAnatomy(
  environment: Environment,
  design: AnatomyDesign,
  signal: AbortSignal,
  onTrial: (trial: AnatomyTrial) => void,
): Promise<void> {
  const wishes = [design.stamps, null];
  for (let block = 0; block < design.blocks; block++) {
    const arms = design.scenarios.flatMap((scenario) => wishes.map((stamps): Arm => ({ scenario, stamps })));
    let waiting: readonly Arm[] = shuffle(arms, deriveSeed(design.seed, "anatomy", block));
    for (let attempt = 0; attempt <= REPEATS && waiting.length > 0; attempt++) {
      const again: Arm[] = [];
      for (const arm of waiting) {
        signal.throwIfAborted();
        const trial = await measureArm(environment, arm, { design, block, attempt }, signal);
        onTrial(trial);
        if (trial.voidBecause.length > 0) again.push(arm);
      }
      waiting = again;
    }
  }
}

interface Turn {
  readonly design: AnatomyDesign;
  readonly block: number;
  readonly attempt: number;
}

async function measureArm(
  environment: Environment,
  { scenario, stamps }: Arm,
  { design, block, attempt }: Turn,
  signal: AbortSignal,
): Promise<AnatomyTrial> {
  const plan = planOf(design, block);
  const reading = await environment.measure(
    { scenario, plan, transport: "lean", programTime: false, ...(stamps === null ? {} : { stamps }) },
    signal,
  );
  const trial = trialOf(scenario, block, reading);
  return attempt === 0 ? trial : { ...trial, attempt };
}

/** One call in flight on one connection: two would be taken for one. */
function planOf({ seed, windowNs }: AnatomyDesign, block: number): LoadPlan {
  return {
    loop: { kind: "closed", inFlight: 1, connectionPerCall: false },
    warmupNs: ms(40),
    windowNs,
    drainNs: seconds(2),
    totalCalls: null,
    mix: HEADLINE_MIX,
    seed: deriveSeed(seed, "load", block),
    connections: 1,
    streams: 100,
    timeoutNs: seconds(2),
    idle: "auto",
    intervalNs: ms(200),
  };
}

/** Pure: what one window says. */
export function trialOf(scenario: Scenario, block: number, reading: WindowReading): AnatomyTrial {
  const { measurement, before, after, stamps = null } = reading;
  const service = seriesHistogram(measurement, HEADLINE_METHOD, "service");
  // The priming call of each connection comes before the stamps are armed.
  const sent = measurement.books.totalSent - measurement.connections.opened;
  const proof = provePath(scenario.promise, before, after, measurement);
  return {
    scenario: scenario.name,
    block,
    callerP50Ns: service?.percentile(0.5) ?? 0,
    callerMeanNs: service?.meanNs ?? 0,
    callerCalls: service?.count ?? 0,
    sent,
    stamps,
    voidBecause: [
      ...proof.contradictions,
      ...(service === null || service.count === 0 ? ["no call was answered in the window"] : []),
      ...(stamps === null || stamps.booked === sent
        ? []
        : [
            `${stamps.booked} calls were booked of ${sent} that were sent: the stamps do not tell one call from another`,
          ]),
    ],
  };
}
