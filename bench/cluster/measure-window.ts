/**
 * One trial in the cluster: the agents are read, the driver measures, the agents are read again. The driver keeps what it
 * measured last, with the agents' reading before it: where the command line was lost meanwhile, another one closes the
 * trial with the reading after it. Nothing is sent to any road in between, so the proof of path is as exact as ever.
 */
import { Fault } from "../../loadgen/fault.js";
import type { WindowReading, WindowRequest } from "../environment.js";
import { withCilium } from "./cilium-processes.js";
import { inBoth, plainReading, readingOf, type PathReading } from "./datapath.js";
import type { WantedEndpoint } from "./enforcement.js";
import type { DriverMeasurement, KeptMeasurement } from "./pod-protocol.js";
import { roadCounters } from "./road-counters.js";
import type { RunStand } from "./run-stand.js";

/** @throws Fault when the window could not be measured, or could not be read around */
export async function measureWindow(
  stand: RunStand,
  request: WindowRequest,
  signal: AbortSignal,
): Promise<WindowReading> {
  const { scenario, plan, transport, trial, onInterval } = request;
  const pods = podsOf(stand, request);
  const before = await stand.datapath.before(boundOf(pods));
  const spentBefore = await stand.processes.read();
  return closing(stand, async () => {
    const mark = trial === undefined ? null : { place: trial, before: plainReading(before) };
    const { breaks } = stand.link;
    const order = { scenario: scenario.name, plan, transport, mark };
    const answer = await stand.link.call("measure", order, { signal, onInterval });
    const isWhole = stand.link.breaks === breaks;
    // Cilium's processes have spent more since than the trial asked of them.
    const spentAfter = isWhole ? await stand.processes.read() : null;
    signal.throwIfAborted(); // a window that was cut short is no window of the design
    const cpu = withCilium(answer.cpu, spentBefore, spentAfter, answer.measurement);
    const reading = await readAround(stand, request, pods, before, { ...answer, cpu });
    return isWhole ? reading : noted(reading, "the stream into the cluster broke meanwhile, and was opened again");
  });
}

/** The trial that a lost command line had asked for, and the driver has measured to its end. */
export async function takeKept(
  stand: RunStand,
  request: WindowRequest,
  { ask: { mark }, answer }: KeptMeasurement,
): Promise<WindowReading> {
  if (mark === null) throw new Error("only trials are kept");
  const before = readingOf(mark.before);
  return closing(stand, async () => {
    const reading = await readAround(stand, request, podsOf(stand, request), before, answer);
    return {
      ...noted(reading, "the command line was lost meanwhile; the driver kept the answer for the next one"),
      startedAt: mark.place.startedAt,
    };
  });
}

async function readAround(
  { datapath }: RunStand,
  { scenario }: WindowRequest,
  pods: readonly WantedEndpoint[],
  first: PathReading,
  { measurement, before, after, cpu }: DriverMeasurement,
): Promise<WindowReading> {
  const expected = scenario.promise.proxied === "http" ? measurement.books.totalEnded : 0;
  const [opening, last] = inBoth(first, await datapath.after(first, boundOf(pods), expected));
  return {
    measurement,
    before: roadCounters(scenario, pods, before, opening),
    after: roadCounters(scenario, pods, after, last),
    cpu,
    programTime: null,
  };
}

async function closing(stand: RunStand, work: () => Promise<WindowReading>): Promise<WindowReading> {
  try {
    return await work();
  } catch (error) {
    stand.datapath.forget(); // calls were sent that no reading has closed
    throw error;
  }
}

function noted(reading: WindowReading, note: string): WindowReading {
  const { measurement } = reading;
  return { ...reading, measurement: { ...measurement, notes: [...measurement.notes, note] } };
}

function podsOf({ wanted }: RunStand, { scenario }: WindowRequest): readonly WantedEndpoint[] {
  const pods = wanted.get(scenario.name);
  if (pods === undefined) throw new Fault({ fact: `the cluster has no road "${scenario.name}"` });
  return pods;
}

/** Those that a policy binds. */
function boundOf(pods: readonly WantedEndpoint[]): string[] {
  return pods.filter(({ enforced }) => enforced !== "none").map(({ pod }) => pod);
}
