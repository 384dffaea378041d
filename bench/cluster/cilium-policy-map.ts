/**
 * The policy map of one endpoint, `cilium-dbg bpf policy get ID -n -o json`: what eBPF allows, and how many packets each
 * entry has judged. An entry with a proxy port hands its packets to Envoy.
 */
import type { CiliumAgent } from "./cilium-agent.js";
import { jsonOf } from "./cilium-endpoints.js";

export interface PolicyMapEntry {
  readonly direction: "ingress" | "egress";
  /** Identity of the peer; 0: any. */
  readonly identity: number;
  /** 0: any. */
  readonly port: number;
  readonly protocol: number;
  readonly deny: boolean;
  /** 0: straight on. */
  readonly proxyPort: number;
  readonly packets: number;
  readonly bytes: number;
}

/** As Cilium prints it since 1.16; before, ports stand under other names and are read as 0. */
interface EntryModel {
  readonly ProxyPortNetwork?: number;
  readonly Flags?: number;
  readonly Packets?: number;
  readonly Bytes?: number;
  readonly Key: {
    readonly Identity?: number;
    readonly TrafficDirection?: number;
    readonly Nexthdr?: number;
    readonly DestPortNetwork?: number;
  };
}

/** @throws Fault when the agent cannot be asked or knows no such endpoint */
export async function readPolicyMap(
  agent: Pick<CiliumAgent, "ask">,
  endpoint: number,
): Promise<readonly PolicyMapEntry[]> {
  const text = await agent.ask(["bpf", "policy", "get", String(endpoint), "-n", "-o", "json"]);
  return (jsonOf(text, "bpf policy get") as readonly EntryModel[]).map(entryOf);
}

function entryOf({ Key, ProxyPortNetwork = 0, Flags = 0, Packets = 0, Bytes = 0 }: EntryModel): PolicyMapEntry {
  return {
    direction: Key.TrafficDirection === 1 ? "egress" : "ingress",
    identity: Key.Identity ?? 0,
    port: hostOrder(Key.DestPortNetwork ?? 0),
    protocol: Key.Nexthdr ?? 0,
    deny: (Flags & DENY) !== 0,
    proxyPort: hostOrder(ProxyPortNetwork),
    packets: counted(Packets),
    bytes: counted(Bytes),
  };
}

/** policyEntryFlags, pkg/maps/policymap. */
const DENY = 1;

/** All bits set: the kernel has counted nothing for this entry yet (policymap.StatNotAvailable). */
function counted(value: number): number {
  return value >= 2 ** 63 ? 0 : value;
}

/** Ports are kept in the network's byte order. */
function hostOrder(port: number): number {
  return ((port & 0xff) << 8) | (port >> 8);
}
