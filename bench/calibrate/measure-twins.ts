/** Lean beside itself (what an A/A of this size would see) and grpc-js beside lean (what the reference says). */
import type { TransportName } from "../../loadgen/transport.js";
import type { ReferenceReading, TwinReading } from "../../results/calibration-record.js";
import { valueOf, type CheckedMetric } from "../cross-check/cross-check.js";
import { pairedDifference, smallestDetectable, type PairedDifference } from "../cross-check/paired-difference.js";
import { measurePairs, type PairedWindows } from "../cross-check/paired-windows.js";
import type { DrivenWindow } from "../load/drive-window.js";
import { rhythmWords } from "../load/load-text.js";
import { closedLoop, openLoop, type CalibrationBench, type Variation } from "./calibration-bench.js";
import type { CalibrationExtent } from "./calibration-extent.js";
import type { PaymentsProcess } from "./payments-process.js";

/** As a run's pass at 1 in flight measures it. */
export async function measureTwin(
  bench: CalibrationBench,
  server: PaymentsProcess,
  { twin, twinPairs }: CalibrationExtent,
): Promise<TwinReading> {
  const loop = closedLoop(1);
  const windows = await pairsOf(bench, server, ["lean", "lean"], twinPairs, { loop, ...twin });
  const [firsts, again] = valuesOf(windows, "service_p50");
  return {
    load: rhythmWords(loop),
    pairs: windows.pairs.length,
    dropped: windows.dropped,
    serviceP50: pairedDifference(firsts, again),
    smallestDetectable: smallestDetectable(firsts, again),
  };
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
