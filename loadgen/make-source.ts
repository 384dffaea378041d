/** From an order to the source of load that carries it out. */
import { CallMix } from "./call-mix.js";
import { ClosedLoopSource } from "./closed-loop.js";
import type { ConnectionLog } from "./connection-log.js";
import { ConnectionPerCallSource } from "./connection-per-call.js";
import type { Driven } from "./driven-calls.js";
import { LoadDriver } from "./driver.js";
import { EXIT, Fault } from "./fault.js";
import { Lane } from "./lane.js";
import type { CallShare, ClosedLoop } from "./load-plan.js";
import type { LoadSource } from "./load-source.js";
import { OpenLoopSource } from "./open-loop.js";
import type { Outside } from "./outside.js";
import { PayloadPool } from "./payload-pool.js";
import type { Recorder } from "./recorder.js";
import { evenShare, Schedule, type Share } from "./schedule.js";
import type { Target, Transport } from "./transport.js";
import { hasRoads, TurnOrder } from "./turn-order.js";
import { ns } from "./units.js";
import type { LoadOrder } from "./worker-protocol.js";

export interface SourceParts {
  readonly order: LoadOrder;
  readonly share: Share;
  readonly transport: Transport;
  readonly outside: Outside;
  readonly recorder: Recorder;
  readonly log: ConnectionLog;
  /** For people. */
  readonly note: (text: string) => void;
}

/** @throws Fault when the order names no target for a caller of the mix, or a payload that can't be made */
export function makeSource(parts: SourceParts): LoadSource {
  const { plan } = parts.order;
  const pools = plan.mix.map((share) => new PayloadPool(share, plan));
  if (plan.loop.kind === "closed" && plan.loop.connectionPerCall) return connectionPerCall(parts, plan.loop, pools);
  const driven = makeDriven(parts, pools);
  return plan.loop.kind === "closed"
    ? new ClosedLoopSource(driven, closedParts(parts, plan.loop))
    : new OpenLoopSource(driven, {
        schedule: new Schedule(plan, plan.loop, parts.share),
        recorder: parts.recorder,
        warmupNs: plan.warmupNs,
        mayLayOut: parts.transport.holdsUntilFlush,
      });
}

function connectionPerCall(parts: SourceParts, loop: ClosedLoop, pools: readonly PayloadPool[]): LoadSource {
  const { order, transport, outside, log, note } = parts;
  return new ConnectionPerCallSource({
    ...closedParts(parts, loop),
    targets: order.plan.mix.map((share) => targetOf(order, share)),
    pools,
    transport,
    outside,
    primeSettleNs: order.plan.primeSettleNs ?? ns(0),
    log,
    note,
  });
}

function closedParts({ order: { plan }, share, recorder }: SourceParts, loop: ClosedLoop) {
  return {
    inFlight: evenShare(loop.inFlight, share),
    total: plan.totalCalls === null ? Infinity : evenShare(plan.totalCalls, share),
    mix: hasRoads(plan.mix)
      ? new TurnOrder(plan.mix.length, plan.seed)
      : new CallMix(plan.mix, plan.seed, share.worker),
    recorder,
  };
}

function makeDriven(parts: SourceParts, pools: readonly PayloadPool[]): Driven {
  const { order, outside, recorder } = parts;
  const { plan } = order;
  const driver = new LoadDriver({
    recorder,
    open: plan.loop.kind === "open",
    overflow: plan.loop.kind === "open" ? plan.loop.overflow : "queue",
    pools,
    clock: () => outside.clock(),
    defer: (work) => outside.defer(work),
  });
  const lanes = new Map<string, Lane>();
  for (const one of plan.mix) if (!lanes.has(laneKey(one))) lanes.set(laneKey(one), makeLane(parts, driver, one));
  driver.useLanes(plan.mix.map((one) => lanes.get(laneKey(one)) as Lane));
  return { driver, lanes: [...lanes.values()], outside, primeSettleNs: plan.primeSettleNs ?? ns(0) };
}

function makeLane(
  { order, share, transport, outside, log, note }: SourceParts,
  events: LoadDriver,
  one: CallShare,
): Lane {
  // Another worker speaks for a caller that is not this one's: its lane stays without a connection, and without a call.
  const isOurs = share.caller === undefined || share.caller === one.caller;
  return new Lane({
    target: targetOf(order, one),
    transport,
    connections: isOurs ? evenShare(order.plan.connections, share) : 0,
    streams: order.plan.streams,
    log,
    events,
    note,
    outside,
  });
}

/** A caller has connections of its own on each road. */
function laneKey({ caller, road = "" }: CallShare): string {
  return `${road}/${caller}`;
}

function targetOf({ targets, roadTargets }: LoadOrder, { caller, road }: CallShare): Target {
  const target = (road === undefined ? targets : roadTargets?.[road])?.[caller];
  if (target !== undefined) return target;
  const where = road === undefined ? "" : ` on the road ${road}`;
  throw new Fault({ fact: `the order names no target for the caller ${caller}${where}`, exitCode: EXIT.usage });
}
