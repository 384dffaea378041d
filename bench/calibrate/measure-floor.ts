/** What a call costs when nothing is in its way: a server that answers at once, over some loads. */
import type { FloorLine } from "../../results/calibration-record.js";
import type { DrivenWindow } from "../load/drive-window.js";
import { cpuPerCallNs, latenciesOf } from "../load/load-report.js";
import { rhythmWords } from "../load/load-text.js";
import { believableQuantile, closedLoop, openLoop, type CalibrationBench } from "./calibration-bench.js";
import type { CalibrationExtent } from "./calibration-extent.js";
import type { PaymentsProcess } from "./payments-process.js";

const IN_FLIGHT = [1, 10];
/** Above this rate several connections, as a caller of that size would have. */
const ONE_CONNECTION_UP_TO = 1000;
const CONNECTIONS = 4;

export async function measureFloor(
  bench: CalibrationBench,
  server: PaymentsProcess,
  { rates, floor }: CalibrationExtent,
): Promise<FloorLine[]> {
  const loads = [
    ...IN_FLIGHT.map((inFlight) => ({ rate: null, connections: 1, loop: closedLoop(inFlight) })),
    ...rates.map((rate) => ({
      rate,
      connections: rate > ONE_CONNECTION_UP_TO ? CONNECTIONS : 1,
      loop: openLoop("poisson", rate),
    })),
  ];
  const lines: FloorLine[] = [];
  for (const { rate, connections, loop } of loads) {
    bench.say(`the floor, ${rhythmWords(loop)}`);
    lines.push(floorLine(rate, await bench.believable(server, { loop, connections, ...floor })));
  }
  return lines;
}

function floorLine(rate: number | null, { order, measurement, verdict }: DrivenWindow): FloorLine {
  const { response, service, lateness } = latenciesOf(order, measurement);
  return {
    load: rhythmWords(order.plan.loop),
    rate,
    calls: service.count,
    callsPerSecond: (measurement.books.ok * 1e9) / measurement.durationNs,
    serviceP50Ns: believableQuantile(service, 0.5),
    serviceP99Ns: believableQuantile(service, 0.99),
    responseP50Ns: believableQuantile(response, 0.5),
    responseP99Ns: believableQuantile(response, 0.99),
    latenessP50Ns: believableQuantile(lateness, 0.5),
    latenessP99Ns: believableQuantile(lateness, 0.99),
    clientCpuNs: cpuPerCallNs(measurement),
    gapDistance: measurement.health.gapDistance,
    state: verdict.state,
    reasons: verdict.reasons.map(({ text }) => text),
  };
}
