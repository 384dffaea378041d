/**
 * What an agent says of itself: `cilium-dbg status --all-redirects -o json`. What runs is the truth; the settings
 * (cilium-install.ts) have no effect until agents restart.
 */
import type { CiliumAgent } from "./cilium-agent.js";
import { jsonOf } from "./cilium-endpoints.js";

export interface CiliumStatus {
  readonly envoy: "daemonset" | "embedded";
  readonly redirects: readonly Redirect[];
  /** Flat and with values as text, for the fingerprint: `cilium.status.encryption` → `Disabled`. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Traffic of an endpoint's port that is handed to the proxy. */
export interface Redirect {
  readonly endpoint: number;
  readonly direction: "ingress" | "egress";
  readonly protocol: string;
  readonly port: number;
  /** The proxy's listener: `cilium-http-ingress`. */
  readonly proxy: string;
  readonly proxyPort: number;
}

/** @throws Fault when the agent cannot be asked */
export async function readStatus(agent: Pick<CiliumAgent, "ask">): Promise<CiliumStatus> {
  const status = jsonOf(await agent.ask(["status", "--all-redirects", "-o", "json"]), "status") as StatusModel;
  return {
    envoy: status.proxy?.["envoy-deployment-mode"] === "embedded" ? "embedded" : "daemonset",
    redirects: (status.proxy?.redirects ?? []).flatMap(redirectOf),
    facts: factsOf(status),
  };
}

interface StatusModel {
  readonly proxy?: {
    readonly "envoy-deployment-mode"?: string;
    readonly redirects?: readonly { readonly name?: string; readonly proxy?: string; readonly "proxy-port"?: number }[];
  };
  readonly [section: string]: unknown;
}

/** The name is `ENDPOINT:DIRECTION:PROTOCOL:PORT:LISTENER`; the listener may be missing. */
function redirectOf({
  name = "",
  proxy = "",
  "proxy-port": proxyPort = 0,
}: NonNullable<NonNullable<StatusModel["proxy"]>["redirects"]>[number]): Redirect[] {
  const [endpoint, direction, protocol, port] = name.split(":");
  if (direction !== "ingress" && direction !== "egress") return [];
  return [{ endpoint: Number(endpoint), direction, protocol: protocol ?? "", port: Number(port), proxy, proxyPort }];
}

/** What of the status says how packets are handled, and does not change by itself while nothing is changed. */
const TELLING = [
  "attach-mode",
  "bandwidth-manager",
  "cni-chaining",
  "configured-datapath-mode",
  "datapath-mode",
  "encryption",
  "host-routing",
  "hubble",
  "ipv4-big-tcp",
  "ipv6-big-tcp",
  "kube-proxy-replacement",
  "masquerading",
  "routing",
] as const;

/** Parts of them that are states of the moment, counters or addresses. */
const PASSING = new Set([
  "observer",
  "metrics",
  "msg",
  "state",
  "devices",
  "deviceList",
  "interfaces",
  "peer-count",
  "peers",
]);

function factsOf(status: StatusModel): Readonly<Record<string, string>> {
  const envoy = ["proxy.envoy-deployment-mode", status.proxy?.["envoy-deployment-mode"] ?? "unknown"] as const;
  const sections = TELLING.flatMap((section) => flatten(section, status[section]));
  return Object.fromEntries([envoy, ...sections].map(([key, value]) => [`cilium.status.${key}`, value]));
}

function flatten(key: string, value: unknown): readonly (readonly [string, string])[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [[key, value]];
  if (typeof value !== "object" || Array.isArray(value)) return [[key, JSON.stringify(value)]];
  return Object.entries(value)
    .filter(([name]) => !PASSING.has(name))
    .flatMap(([name, inner]) => flatten(`${key}.${name}`, inner));
}
