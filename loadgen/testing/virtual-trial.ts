/** One trial in a virtual world: a plan against a scripted peer, measured by a whole load session. */
import { LatencyHistogram } from "../histogram.js";
import type { CallShare, LoadPlan } from "../load-plan.js";
import { LoadSession, type SessionEvents } from "../load-session.js";
import type { MeasuredPart } from "../measurement-merger.js";
import type { Measurement, Quantity } from "../measurement.js";
import type { Share } from "../schedule.js";
import type { Target } from "../transport.js";
import type { LoadOrder } from "../worker-protocol.js";
import { ms, ns, perSecond, type Nanoseconds } from "../units.js";
import { ScriptedTransport, type ScriptedPeer } from "./scripted-transport.js";
import { VirtualWorld } from "./virtual-world.js";

export const SOME_CALL: CallShare = {
  method: "Call",
  path: "/test.Service/Call",
  weight: 1,
  caller: "anyone",
  payload: { kind: "fixed", messages: [""] },
};

/** A short open loop: 1,000 calls/s for 100 ms after 20 ms of warm-up. */
export const SOME_PLAN: LoadPlan = {
  loop: { kind: "open", arrivals: { kind: "constant", rate: perSecond(1_000) }, overflow: "queue" },
  warmupNs: ms(20),
  windowNs: ms(100),
  drainNs: ms(50),
  totalCalls: null,
  mix: [SOME_CALL],
  seed: 1,
  connections: 2,
  streams: 100,
  timeoutNs: null,
  idle: "spin",
  intervalNs: ms(25),
};

export const SOME_TARGET: Target = {
  host: "127.0.0.1",
  port: 50051,
  localAddress: null,
  authority: "test",
  tls: null,
  connectTimeoutNs: ms(1_000),
  literalHeaders: false,
};

export interface VirtualTrial {
  readonly part: MeasuredPart;
  readonly measurement: Measurement;
  readonly transport: ScriptedTransport;
  readonly world: VirtualWorld;
  /** In the order in which they were told. */
  readonly events: readonly string[];
  readonly intervals: Parameters<SessionEvents["interval"]>[0][];
}

export interface VirtualTrialOptions {
  readonly plan?: Partial<LoadPlan>;
  readonly peer: ScriptedPeer;
  readonly share?: Share;
  readonly targets?: Readonly<Record<string, Target>>;
  readonly roadTargets?: LoadOrder["roadTargets"];
  /** Called when the warm-up is about to begin: plans what happens when, counted from then. */
  readonly arrange?: (
    world: VirtualWorld,
    transport: ScriptedTransport,
    startAt: Nanoseconds,
    session: LoadSession,
  ) => void;
}

export async function runVirtualTrial(options: VirtualTrialOptions): Promise<VirtualTrial> {
  const world = new VirtualWorld();
  const transport = new ScriptedTransport(world, options.peer);
  const session = new LoadSession({
    order: {
      transport: "lean",
      plan: { ...SOME_PLAN, ...options.plan },
      targets: options.targets ?? { anyone: SOME_TARGET },
      ...(options.roadTargets === undefined ? {} : { roadTargets: options.roadTargets }),
    },
    share: options.share ?? { worker: 0, workers: 1 },
    transport,
    outside: world,
  });
  try {
    await world.until(session.prepare());
    const startAt = ns(world.clock() + 50e6);
    options.arrange?.(world, transport, startAt, session);
    const events: string[] = [];
    const intervals: VirtualTrial["intervals"] = [];
    const part = await world.until(
      session.run(startAt, {
        windowOpened: () => void events.push("opened"),
        interval: (interval) => void (events.push("interval"), intervals.push(interval)),
        windowClosed: () => void events.push("closed"),
      }),
    );
    return { part, measurement: part.measurement, transport, world, events, intervals };
  } finally {
    await world.until(session.close());
  }
}

/** What was recorded of one quantity of one method; null when nothing was. */
export function readSeries(
  measurement: Measurement,
  quantity: Quantity,
  method = "Call",
): { readonly count: number; readonly min: number; readonly p50: number; readonly max: number } | null {
  const series = measurement.series.find((one) => one.method === method && one.quantity === quantity);
  if (series === undefined) return null;
  using histogram = LatencyHistogram.decode(series.histogram);
  return {
    count: histogram.count,
    min: histogram.minNs ?? NaN,
    p50: histogram.percentile(0.5) ?? NaN,
    max: histogram.maxNs ?? NaN,
  };
}
