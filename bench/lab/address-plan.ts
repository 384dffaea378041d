/**
 * Which road has which addresses, links, marks and ports: everything that the configuration of network, policy, redirect
 * and Envoy must agree on, worked out once from the list of scenarios.
 *
 *   client 198.18.(2k).2-4 ── node 198.18.(2k).1 │ node 198.18.(2k+1).1 ── server 198.18.(2k+1).2
 *
 * 198.18.0.0/15 is set aside for benchmarks (RFC 2544, RFC 6890), so no address here can be anybody's.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { CallerName } from "../../loadgen/load-plan.js";
import { envoyOf } from "../../scenarios/envoy-arms.js";
import type { Scenario } from "../../scenarios/scenario.js";

export interface RoadPlan {
  readonly scenario: Scenario;
  /** Counts from 0 in the order of the scenarios; part of every name and address of the road. */
  readonly number: number;
  /** The caller's own address tells its identity: the client binds it. `anyone` is the one that no policy knows. */
  readonly callers: Readonly<Record<CallerName, string>>;
  readonly clientGateway: string;
  readonly serverGateway: string;
  readonly server: string;
  readonly links: RoadLinks;
  /** How packets are turned to Envoy; null where the road has no proxy. */
  readonly redirect: Redirect | null;
}

/** One veth pair on each side of the node. MAC addresses are fixed: no ARP in a measurement. */
export interface RoadLinks {
  readonly nodeToClient: Link;
  readonly client: Link;
  readonly nodeToServer: Link;
  readonly server: Link;
}

export interface Link {
  readonly name: string;
  readonly mac: string;
}

export interface Redirect {
  /** The Envoy that takes this road, as the scenario names it; null is the run's default Envoy. */
  readonly envoy: string | null;
  /** Envoy's listener on the node's 127.0.0.1. */
  readonly proxyPort: number;
  /** Set on each judged packet, as Cilium does. */
  readonly mark: number;
}

/** The callers that the L4 policy knows; whoever else calls is dropped. */
export const KNOWN_CALLERS = ["api-gateway", "finance-batch-job"] as const satisfies readonly CallerName[];

/** Two /24 networks a road in 198.18.0.0/15. */
export const MOST_ROADS = 256;

/** @throws Fault (usage) when there are more roads than addresses. */
export function planRoads(scenarios: readonly Scenario[]): RoadPlan[] {
  if (scenarios.length > MOST_ROADS) {
    throw new Fault({
      fact: `the lab has addresses for ${MOST_ROADS} roads`,
      seen: `${scenarios.length} scenarios`,
      exitCode: EXIT.usage,
    });
  }
  return scenarios.map(planRoad);
}

function planRoad(scenario: Scenario, number: number): RoadPlan {
  const clientSide = network(2 * number);
  const serverSide = network(2 * number + 1);
  return {
    scenario,
    number,
    callers: {
      "api-gateway": `${clientSide}.2`,
      "finance-batch-job": `${clientSide}.3`,
      anyone: `${clientSide}.4`,
    },
    clientGateway: `${clientSide}.1`,
    serverGateway: `${serverSide}.1`,
    server: `${serverSide}.2`,
    links: {
      nodeToClient: { name: `nc${number}`, mac: macAddress(number, 1) },
      client: { name: `c${number}`, mac: macAddress(number, 2) },
      nodeToServer: { name: `ns${number}`, mac: macAddress(number, 3) },
      server: { name: `s${number}`, mac: macAddress(number, 4) },
    },
    redirect: planRedirect(scenario, number),
  };
}

function network(index: number): string {
  return `198.${18 + (index >> 8)}.${index & 0xff}`;
}

/** Locally administered (second-lowest bit of the first byte), so no vendor's. */
function macAddress(road: number, end: number): string {
  return `02:00:00:00:${road.toString(16).padStart(2, "0")}:${end.toString(16).padStart(2, "0")}`;
}

const FIRST_PROXY_PORT = 10_001;

function planRedirect(scenario: Scenario, number: number): Redirect | null {
  const envoy = envoyOf(scenario);
  if (envoy === undefined) return null;
  const proxyPort = FIRST_PROXY_PORT + number;
  return { envoy, proxyPort, mark: redirectMark(proxyPort) };
}

/**
 * `MARK_MAGIC_TO_PROXY | proxy_port << 16` with the port in network byte order, as bpf/lib/proxy.h of Cilium computes it
 * on a little-endian machine.
 */
function redirectMark(proxyPort: number): number {
  const networkOrder = ((proxyPort & 0xff) << 8) | (proxyPort >> 8);
  return networkOrder * 0x1_0000 + TO_PROXY_MARK;
}

/** Cilium's MARK_MAGIC_TO_PROXY: on its own it marks what belongs to a transparent socket of the node. */
export const TO_PROXY_MARK = 0x0200;
/** Cilium's MARK_MAGIC_HOST_MASK: the part of a mark that says what kind it is. */
export const MARK_MASK = 0x0f00;
