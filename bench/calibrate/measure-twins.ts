/** Lean beside itself (what an A/A of this size would see) and grpc-js beside lean (what the reference says). */
import { deriveSeed } from "../../loadgen/random.js";
import { splitByRoad } from "../../loadgen/split-by-road.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { ReferenceReading, TwinReading } from "../../results/calibration-record.js";
import { valueOf, type CheckedMetric } from "../cross-check/cross-check.js";
import { pairedDifference, smallestDetectable, type PairedDifference } from "../cross-check/paired-difference.js";
import { measurePairs, type PairedWindows } from "../cross-check/paired-windows.js";
import type { DrivenWindow } from "../load/drive-window.js";
import { latenciesOf } from "../load/load-report.js";
import { rhythmWords } from "../load/load-text.js";
import {
  believableQuantile,
  closedLoop,
  openLoop,
  type CalibrationBench,
  type Variation,
} from "./calibration-bench.js";
import type { CalibrationExtent } from "./calibration-extent.js";
import type { PaymentsProcess } from "./payments-process.js";

/** As the pass that a run's headlines speak of measures it: both take turns call by call, a pair is one window. */
export async function measureTwin(
  bench: CalibrationBench,
  server: PaymentsProcess,
  { twin, twinPairs }: CalibrationExtent,
): Promise<TwinReading> {
  const loop = closedLoop(1);
  const pairs: (readonly [first: number, again: number])[] = [];
  let dropped = 0;
  for (let pair = 1; pair <= twinPairs; pair++) {
    bench.say(`lean beside lean, taking turns, window ${pair} of ${twinPairs}`);
    const window = await bench.turns(server, TWINS, { loop, ...twin, seed: deriveSeed(bench.seed, "twin", pair) });
    const found = window.verdict.state === "INVALID" ? null : mediansOf(window);
    if (found === null) dropped++;
    else pairs.push(found);
  }
  const [firsts, again] = [pairs.map(([first]) => first), pairs.map(([, second]) => second)];
  return {
    load: `${rhythmWords(loop)}, taking turns`,
    pairs: pairs.length,
    dropped,
    serviceP50: pairedDifference(firsts, again),
    smallestDetectable: smallestDetectable(firsts, again),
  };
}

const TWINS = ["lean", "lean-again"];

/** Service p50 of either twin; null where one has too few calls for it. */
function mediansOf({ order, measurement }: DrivenWindow): readonly [number, number] | null {
  const [first, again] = [...splitByRoad(measurement, order.plan).values()].map((own) =>
    believableQuantile(latenciesOf(order, own).service, 0.5),
  );
  return typeof first === "number" && typeof again === "number" ? [first, again] : null;
}

/** grpc-js takes up to 0.7 ms of CPU a call: at this rate neither client waits for itself. */
const REFERENCE_RATE = 200;

export async function measureReference(
  bench: CalibrationBench,
  server: PaymentsProcess,
  { reference, referencePairs }: CalibrationExtent,
): Promise<ReferenceReading> {
  const loop = openLoop("poisson", REFERENCE_RATE);
  const windows = await pairsOf(bench, server, ["lean", "grpc-js"], referencePairs, { loop, ...reference });
  return {
    load: rhythmWords(loop),
    pairs: windows.pairs.length,
    dropped: windows.dropped,
    serviceP50: differenceOf(windows, "service_p50"),
    clientCpu: differenceOf(windows, "client_cpu_per_call"),
  };
}

function pairsOf(
  bench: CalibrationBench,
  server: PaymentsProcess,
  arms: readonly [TransportName, TransportName],
  pairs: number,
  variation: Variation,
): Promise<PairedWindows<DrivenWindow>> {
  const say = (done: number): void =>
    bench.say(`${arms.join(" beside ")}, pair ${Math.min(pairs, done + 1)} of ${pairs}`);
  say(0);
  return measurePairs<TransportName, DrivenWindow>({
    arms,
    pairs,
    seed: bench.seed,
    measure: (transport, seed) => bench.window(server, { ...variation, seed }, transport),
    usable: ({ verdict }) => verdict.state !== "INVALID",
    onPair: say,
  });
}

function differenceOf(windows: PairedWindows<DrivenWindow>, metric: CheckedMetric): PairedDifference | null {
  return pairedDifference(...valuesOf(windows, metric));
}

/** Empty on both sides where some window cannot say the metric. */
function valuesOf({ pairs }: PairedWindows<DrivenWindow>, metric: CheckedMetric): [number[], number[]] {
  const of = (side: 0 | 1): number[] => pairs.flatMap((pair) => valueOf(metric, pair[side]) ?? []);
  const [firsts, seconds] = [of(0), of(1)];
  return firsts.length === pairs.length && seconds.length === pairs.length ? [firsts, seconds] : [[], []];
}
