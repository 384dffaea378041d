/**
 * One pass of an anatomy: each road with and without stamps, once in every block, in seeded random order. A trial counts
 * only when every call that was sent is booked, no more and no fewer.
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

export interface AnatomyDesign {
  readonly scenarios: readonly Scenario[];
  readonly stamps: StampWish;
  readonly blocks: number;
  readonly windowNs: Nanoseconds;
  readonly seed: number;
}

/** `onTrial` hears of each as it is done. */
export async function measureAnatomy(
  environment: Environment,
  design: AnatomyDesign,
  signal: AbortSignal,
  onTrial: (trial: AnatomyTrial) => void,
): Promise<void> {
  for (let block = 0; block < design.blocks; block++) {
    const arms = design.scenarios.flatMap((scenario) => [design.stamps, null].map((stamps) => ({ scenario, stamps })));
    for (const { scenario, stamps } of shuffle(arms, deriveSeed(design.seed, "anatomy", block))) {
      signal.throwIfAborted();
      const plan = planOf(design, block);
      const reading = await environment.measure(
        { scenario, plan, transport: "lean", programTime: false, ...(stamps === null ? {} : { stamps }) },
        signal,
      );
      onTrial(trialOf(scenario, block, reading));
    }
  }
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
