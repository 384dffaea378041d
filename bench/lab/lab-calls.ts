/**
 * How calls find their road: the road is the server's address, the identity is the address that the client binds, and
 * the certificate authority depends on who takes TLS off.
 */
import type { CallerName, LoadPlan } from "../../loadgen/load-plan.js";
import type { Target } from "../../loadgen/transport.js";
import { ms, seconds, type Nanoseconds } from "../../loadgen/units.js";
import type { CallerTargets, LoadOrder } from "../../loadgen/worker-protocol.js";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import type { RoadPlan } from "./address-plan.js";
import type { LabCertificates } from "./lab-certificates.js";

/** The name clients dial: `:authority`, SNI, and what certificates must bear. */
export const SERVICE_NAME = "payments.lab";

/** SYNs are resent after 1 s (tcp(7)): long enough for one that was lost, short enough for a road that is shut. */
const CONNECT_WITHIN: Nanoseconds = seconds(2);

export interface CallContext {
  readonly certificates: LabCertificates;
  readonly proxyAlpn: boolean;
}

export function targetOf(road: RoadPlan, caller: CallerName, context: CallContext): Target {
  const { tls } = road.scenario.road;
  const authority = tls === "intercepted" ? context.certificates.interceptionCa : context.certificates.serverCa;
  return {
    host: road.server,
    port: PAYMENTS_PORT,
    localAddress: road.callers[caller],
    authority: SERVICE_NAME,
    connectTimeoutNs: CONNECT_WITHIN,
    literalHeaders: false,
    tls:
      tls === "none"
        ? null
        : {
            ca: authority.certPem,
            cert: null,
            key: null,
            servername: SERVICE_NAME,
            allowMissingAlpn: tls === "intercepted" && !context.proxyAlpn,
          },
  };
}

/**
 * An Envoy that meets a server for the first time opens one connection for each call in flight until its workers know
 * the host: seen 4 to 11 of them, none after this pause.
 */
const PRIME_SETTLE = ms(100);

interface LoadRequest {
  readonly plan: LoadPlan;
  readonly transport: LoadOrder["transport"];
}

interface OrderContext extends CallContext {
  /** Envoy has called the server of this road, or of each of these roads, before. */
  readonly met: boolean;
}

/** The order for one window over several roads: each share of the mix once per road. */
export function interleavedOrderOf(
  roads: readonly RoadPlan[],
  { plan, transport }: LoadRequest,
  context: OrderContext,
): LoadOrder {
  const mix = roads.flatMap(({ scenario }) => plan.mix.map((share) => ({ ...share, road: scenario.name })));
  const targets = roads.map((road): [string, CallerTargets] => [road.scenario.name, targetsOf(road, plan, context)]);
  const settle = context.met ? {} : { primeSettleNs: PRIME_SETTLE };
  return { transport, plan: { ...plan, mix, ...settle }, targets: {}, roadTargets: Object.fromEntries(targets) };
}

/** The order for one window on one road. */
export function loadOrderOf(road: RoadPlan, request: LoadRequest, context: OrderContext): LoadOrder {
  const settle = road.redirect !== null && !context.met && request.plan.primeSettleNs === undefined;
  return {
    transport: request.transport,
    plan: settle ? { ...request.plan, primeSettleNs: PRIME_SETTLE } : request.plan,
    targets: targetsOf(road, request.plan, context),
  };
}

function targetsOf(road: RoadPlan, { mix }: LoadPlan, context: CallContext): CallerTargets {
  const callers = [...new Set(mix.map(({ caller }) => caller))];
  return Object.fromEntries(callers.map((caller) => [caller, targetOf(road, caller, context)]));
}
