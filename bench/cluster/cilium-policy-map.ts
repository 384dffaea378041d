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

/** @throws Fault when the agent cannot be asked or knows no such endpoint */
export async function readPolicyMap(
  agent: Pick<CiliumAgent, "ask">,
  endpoint: number,
): Promise<readonly PolicyMapEntry[]> {
  const text = await agent.ask(["bpf", "policy", "get", String(endpoint), "-n", "-o", "json"]);
  return (jsonOf(text, "bpf policy get") as readonly unknown[]).map((entry) => entry as PolicyMapEntry);
}
