/**
 * The endpoints of one agent: what `cilium-dbg endpoint list -o json` says of a pod's policy, of whether it is in force,
 * and of the requests that its proxy has counted. Field names are those of Cilium's API models (1.14 to 1.20); a count
 * that is zero is left out of the JSON.
 */
import { Fault } from "../../loadgen/fault.js";
import type { CiliumAgent } from "./cilium-agent.js";

export interface Endpoint {
  readonly id: number;
  readonly identity: number;
  /** Null for the host's, health's and ingress's own endpoints. */
  readonly pod: { readonly namespace: string; readonly name: string } | null;
  /** `ready`, `regenerating`, `waiting-for-identity`, `not-ready` … */
  readonly state: string;
  /** Policy is in force up to this revision of the agent's policies; starts over when the agent does. */
  readonly realizedRevision: number;
  /** The proxy has acknowledged up to this one; null where the endpoint has no proxy. */
  readonly proxyRevision: number | null;
  readonly enforced: "none" | "ingress" | "egress" | "both";
  readonly proxy: readonly ProxyStatistics[];
}

/** Kept per endpoint and port; they outlive policies, so only differences say anything. */
export interface ProxyStatistics {
  readonly location: "ingress" | "egress";
  readonly port: number;
  /** `http`, `tls`, `dns` … */
  readonly protocol: string;
  readonly requests: Counts;
  readonly responses: Counts;
}

export interface Counts {
  readonly received: number;
  readonly forwarded: number;
  readonly denied: number;
  readonly error: number;
}

/** Every endpoint of the agent's node. @throws Fault when the agent cannot be asked or answers something else */
export async function readEndpoints(agent: Pick<CiliumAgent, "ask">): Promise<readonly Endpoint[]> {
  return parseEndpoints(await agent.ask(["endpoint", "list", "-o", "json"]));
}

/** One endpoint, which costs the agent less than the list. */
export async function readEndpoint(agent: Pick<CiliumAgent, "ask">, id: number): Promise<Endpoint> {
  const [endpoint] = parseEndpoints(await agent.ask(["endpoint", "get", String(id), "-o", "json"]));
  if (endpoint === undefined) throw new Fault({ fact: `the Cilium agent knows no endpoint ${id}` });
  return endpoint;
}

/** The revision of the agent's policies: what a policy that was just applied must reach on every endpoint. */
export async function readPolicyRevision(agent: Pick<CiliumAgent, "ask">): Promise<number> {
  const text = await agent.ask(["policy", "get", "-o", "json"]);
  const { revision } = jsonOf(text, "policy get") as { revision?: number };
  return revision ?? 0;
}

interface EndpointModel {
  readonly id: number;
  readonly status?: {
    readonly state?: string;
    readonly identity?: { readonly id?: number };
    readonly "external-identifiers"?: {
      readonly "k8s-namespace"?: string;
      readonly "k8s-pod-name"?: string;
      readonly "pod-name"?: string;
    };
    readonly policy?: {
      readonly realized?: {
        readonly "policy-enabled"?: Endpoint["enforced"] | "audit-ingress" | "audit-egress" | "audit-both";
        readonly "policy-revision"?: number;
      };
      readonly "proxy-policy-revision"?: number;
      readonly "proxy-statistics"?: readonly StatisticsModel[];
    };
  };
}

interface StatisticsModel {
  readonly location?: ProxyStatistics["location"];
  readonly port?: number;
  readonly protocol?: string;
  readonly statistics?: { readonly requests?: Partial<Counts>; readonly responses?: Partial<Counts> };
}

function parseEndpoints(text: string): readonly Endpoint[] {
  const models = jsonOf(text, "endpoint list") as readonly EndpointModel[];
  if (Array.isArray(models)) return models.map(endpointOf);
  throw new Fault({
    fact: "the Cilium agent's list of endpoints cannot be read",
    expected: "a JSON array from cilium-dbg endpoint list",
    seen: text.trim().slice(0, 200),
  });
}

function endpointOf({ id, status = {} }: EndpointModel): Endpoint {
  const { identity, policy, state } = status;
  const enabled = policy?.realized?.["policy-enabled"] ?? "none";
  return {
    id,
    identity: identity?.id ?? 0,
    pod: podOf(status["external-identifiers"]),
    state: state ?? "unknown",
    realizedRevision: policy?.realized?.["policy-revision"] ?? 0,
    proxyRevision: policy?.["proxy-policy-revision"] ?? null,
    enforced: enabled.startsWith("audit") ? "none" : (enabled as Endpoint["enforced"]),
    proxy: (policy?.["proxy-statistics"] ?? []).map(statisticsOf),
  };
}

type Identifiers = NonNullable<NonNullable<EndpointModel["status"]>["external-identifiers"]>;

/** `pod-name` is `namespace/name`; the two fields beside it came later. */
function podOf(identifiers: Identifiers | undefined): Endpoint["pod"] {
  const [namespace = "", name = ""] = (identifiers?.["pod-name"] ?? "").split("/");
  const pod = {
    namespace: identifiers?.["k8s-namespace"] ?? namespace,
    name: identifiers?.["k8s-pod-name"] ?? name,
  };
  return pod.name === "" ? null : pod;
}

function statisticsOf({ location, port, protocol, statistics = {} }: StatisticsModel): ProxyStatistics {
  return {
    location: location ?? "ingress",
    port: port ?? 0,
    protocol: protocol ?? "unknown",
    requests: countsOf(statistics.requests),
    responses: countsOf(statistics.responses),
  };
}

function countsOf(counts: Partial<Counts> = {}): Counts {
  return { received: 0, forwarded: 0, denied: 0, error: 0, ...counts };
}

/** @throws Fault with the beginning of what it was instead */
export function jsonOf(text: string, question: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault({
      fact: "the Cilium agent's answer is not JSON",
      expected: `JSON from cilium-dbg ${question}`,
      seen: text.trim() === "" ? "nothing was printed" : text.trim().slice(0, 200),
    });
  }
}
