/**
 * The lab's links, addresses and routes as texts for `ip -batch` and `tc -batch`, one text per namespace: all roads stand
 * after three programs have run.
 *
 * Easy to get wrong: every neighbour is written down (no ARP in a measurement); routes are /32 with a source address, so
 * that the road is picked by the peer's address in both directions; the node's own address is what the server sees when
 * Envoy calls. Nothing here runs anything.
 */
import { TO_PROXY_MARK, MARK_MASK, type RoadPlan } from "./address-plan.js";
import type { PinnedProgram } from "./policy-map.js";
import type { Command } from "./processes.js";

export const CLIENT_NAMESPACE = "client";
export const SERVER_NAMESPACE = "server";

/** `command` as it is run inside one of the lab's namespaces. */
export function inNamespace(namespace: string, command: readonly string[]): Command {
  return ["nsenter", `--net=/run/netns/${namespace}`, "--", ...command];
}

/** Looked up for packets that belong to a transparent socket of the node: everything is local there. */
const PROXY_ROUTE_TABLE = 2004;

/** `net.*` settings, as paths below /proc/sys. */
export type Sysctls = Readonly<Record<string, string>>;

/**
 * Of every namespace, before any link is made: links take their settings from `default`. A loop with a new connection per
 * call leaves a socket in TIME_WAIT for each: a wide range of ports, used again after a second, keeps it from running dry
 * (tcp(7): safe with timestamps).
 */
export const PEER_SYSCTLS: Sysctls = {
  "net/ipv4/conf/all/rp_filter": "0",
  "net/ipv4/conf/default/rp_filter": "0",
  "net/ipv6/conf/all/disable_ipv6": "1",
  "net/ipv6/conf/default/disable_ipv6": "1",
  "net/ipv4/ip_local_port_range": "1024 65000",
  "net/ipv4/tcp_tw_reuse": "1",
};

export const NODE_SYSCTLS: Sysctls = {
  ...PEER_SYSCTLS,
  "net/ipv4/ip_forward": "1",
  "net/ipv4/conf/all/send_redirects": "0",
  "net/ipv4/conf/default/send_redirects": "0",
};

/** `ip -batch` in the node's namespace, first of all. */
export function namespacesBatch(): string {
  return text([`netns add ${CLIENT_NAMESPACE}`, `netns add ${SERVER_NAMESPACE}`, "link set lo up"]);
}

/** `ip -batch` in the node's namespace: makes both pairs of each road, and the route for redirected packets. */
export function nodeBatch(roads: readonly RoadPlan[]): string {
  return text([
    ...roads.flatMap(nodeLinks),
    `rule add pref 9 fwmark ${hex(TO_PROXY_MARK)}/${hex(MARK_MASK)} lookup ${PROXY_ROUTE_TABLE}`,
    `route add local 0.0.0.0/0 dev lo table ${PROXY_ROUTE_TABLE}`,
  ]);
}

/** `ip -n client -batch`. */
export function clientBatch(roads: readonly RoadPlan[]): string {
  return text(["link set lo up", ...roads.flatMap(clientEnd)]);
}

/** `ip -n server -batch`. */
export function serverBatch(roads: readonly RoadPlan[]): string {
  return text(["link set lo up", ...roads.flatMap(serverEnd)]);
}

/** `tc -batch` in the node's namespace: a pinned program, at ingress of each of these roads' client veth. */
export function attachBatch(roads: readonly RoadPlan[], { program }: PinnedProgram): string {
  return text(
    roads.flatMap(({ links }) => [
      `qdisc add dev ${links.nodeToClient.name} clsact`,
      `filter add dev ${links.nodeToClient.name} ingress bpf direct-action object-pinned ${program}`,
    ]),
  );
}

function nodeLinks(road: RoadPlan): string[] {
  const { nodeToClient, client, nodeToServer, server } = road.links;
  const pair = (near: typeof client, far: typeof client, namespace: string): string =>
    `link add ${near.name} address ${near.mac} type veth peer name ${far.name} address ${far.mac} netns ${namespace}`;
  return [
    pair(nodeToClient, client, CLIENT_NAMESPACE),
    pair(nodeToServer, server, SERVER_NAMESPACE),
    `addr add ${road.clientGateway}/24 dev ${nodeToClient.name}`,
    `addr add ${road.serverGateway}/24 dev ${nodeToServer.name}`,
    `link set ${nodeToClient.name} up`,
    `link set ${nodeToServer.name} up`,
    ...callers(road).map((address) => neighbour(address, client.mac, nodeToClient.name)),
    neighbour(road.server, server.mac, nodeToServer.name),
  ];
}

function clientEnd(road: RoadPlan): string[] {
  const { client, nodeToClient } = road.links;
  const [first = ""] = callers(road);
  return [
    ...callers(road).map((address) => `addr add ${address}/24 dev ${client.name}`),
    `link set ${client.name} up`,
    neighbour(road.clientGateway, nodeToClient.mac, client.name),
    `route add ${road.server}/32 via ${road.clientGateway} dev ${client.name} src ${first}`,
  ];
}

function serverEnd(road: RoadPlan): string[] {
  const { server, nodeToServer } = road.links;
  return [
    `addr add ${road.server}/24 dev ${server.name}`,
    `link set ${server.name} up`,
    neighbour(road.serverGateway, nodeToServer.mac, server.name),
    ...callers(road).map(
      (address) => `route add ${address}/32 via ${road.serverGateway} dev ${server.name} src ${road.server}`,
    ),
  ];
}

function callers(road: RoadPlan): string[] {
  return Object.values(road.callers);
}

function neighbour(address: string, mac: string, link: string): string {
  return `neigh add ${address} lladdr ${mac} dev ${link} nud permanent`;
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function hex(mark: number): string {
  return `0x${mark.toString(16)}`;
}
