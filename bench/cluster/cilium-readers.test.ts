import { describe, expect, test } from "vitest";
import { openAgent, type CiliumAgent } from "./cilium-agent.js";
import { readEndpoint, readEndpoints, readPolicyRevision, type Endpoint } from "./cilium-endpoints.js";
import { CILIUM_NAMESPACE, findCilium } from "./cilium-install.js";
import { readPolicyMap } from "./cilium-policy-map.js";
import { readStatus } from "./cilium-status.js";
import { clusterCounter, downstreamRequests, readEnvoyMetrics, type EnvoyMetrics } from "./envoy-metrics.js";
import { nodeFacts, type Node } from "./node-facts.js";
import type { RecordingName } from "./testing/recording.js";
import { scriptedKubectl, type Script } from "./testing/scripted-kubectl.js";

async function agentOf(recording: RecordingName, twists: Script["twists"] = {}): Promise<CiliumAgent> {
  const { kubectl } = scriptedKubectl({ recording, twists });
  const { agents } = await findCilium(kubectl);
  return openAgent(kubectl, agents[0]?.pod ?? "", CILIUM_NAMESPACE);
}

async function endpointOf(recording: RecordingName, pod: string): Promise<Endpoint> {
  const endpoints = await readEndpoints(await agentOf(recording));
  const found = endpoints.find((endpoint) => endpoint.pod?.name === pod);
  if (found === undefined) throw new Error(`no endpoint of ${pod}`);
  return found;
}

const L7: readonly RecordingName[] = ["1.18.4-l7", "1.19.6-l7"];

describe("endpoints", () => {
  test("without a policy nothing is enforced and no proxy counts", async () => {
    const endpoint = await endpointOf("1.18.4-no-policy", "payments-plain");
    expect(endpoint).toMatchObject({ state: "ready", enforced: "none", proxy: [] });
  });

  test.each(L7)("with an L7 policy the requests of each kind are counted exactly: %s", async (recording) => {
    const endpoint = await endpointOf(recording, "payments-plain");
    expect(endpoint).toMatchObject({ state: "ready", enforced: "ingress" });
    expect(endpoint.proxy.filter(({ location }) => location === "ingress")).toEqual([
      {
        ...{ location: "ingress", port: 50051, protocol: "http" },
        requests: { received: 7, forwarded: 5, denied: 2, error: 0 },
        responses: { received: 7, forwarded: 7, denied: 0, error: 0 },
      },
    ]);
  });

  test.each(L7)("a policy is in force when it is realized up to the agent's revision: %s", async (recording) => {
    const agent = await agentOf(recording);
    const { realizedRevision } = await endpointOf(recording, "payments-plain");
    expect(realizedRevision).toBeGreaterThanOrEqual(await readPolicyRevision(agent));
  });

  test("one can be read alone", async () => {
    const listed = await endpointOf("1.18.4-l7", "payments-plain");
    const alone = await readEndpoint(await agentOf("1.18.4-l7"), listed.id);
    expect(alone).toEqual(listed);
  });

  test("the article's policy leaves them behind the revision for ever", async () => {
    const revision = await readPolicyRevision(await agentOf("1.18.4-article"));
    const endpoint = await endpointOf("1.18.4-article", "payments-plain");
    expect(endpoint.realizedRevision).toBeLessThan(revision);
    expect(endpoint.state).not.toBe("ready");
  });

  test("with a policy whose Secrets are missing look as if all were well: the Secrets themselves must be looked for", async () => {
    const revision = await readPolicyRevision(await agentOf("1.18.4-missing-secrets"));
    const endpoint = await endpointOf("1.18.4-missing-secrets", "gw");
    expect(endpoint).toMatchObject({ state: "ready", enforced: "egress", realizedRevision: revision });
  });
});

describe("redirects to the proxy", () => {
  test("are none without a policy", async () => {
    expect((await readStatus(await agentOf("1.18.4-no-policy"))).redirects).toEqual([]);
  });

  test.each(L7)("are told by endpoint, direction and port: %s", async (recording) => {
    const { id } = await endpointOf(recording, "payments-plain");
    const { redirects } = await readStatus(await agentOf(recording));
    expect(redirects).toContainEqual({
      ...{ endpoint: id, direction: "ingress", protocol: "TCP", port: 50051 },
      proxy: "cilium-http-ingress",
      proxyPort: expect.any(Number) as number,
    });
  });

  test("on egress belong to the caller's endpoint", async () => {
    const { id } = await endpointOf("1.18.4-l7-tls", "gw");
    const { redirects } = await readStatus(await agentOf("1.18.4-l7-tls"));
    expect(redirects.filter(({ endpoint }) => endpoint === id)).toMatchObject([
      { direction: "egress", port: 50051, proxy: "cilium-http-egress" },
    ]);
  });
});

describe("the policy map", () => {
  test.each(L7)(
    "hands the callers' packets to the proxy under an L7 policy, and counts them: %s",
    async (recording) => {
      const { id } = await endpointOf(recording, "payments-plain");
      const caller = await endpointOf(recording, "gw");
      const entries = await readPolicyMap(await agentOf(recording), id);
      const own = entries.filter(({ identity, port }) => identity === caller.identity && port === 50051);
      expect(own).toMatchObject([{ direction: "ingress", deny: false }]);
      expect(own[0]?.proxyPort).toBeGreaterThan(0);
      expect(own[0]?.packets).toBeGreaterThan(0);
    },
  );
});

describe("what the agent says of itself", () => {
  test("is flat, telling, and free of what passes", async () => {
    const { facts, envoy } = await readStatus(await agentOf("1.18.4-l7"));
    expect(envoy).toBe("daemonset");
    expect(facts).toMatchInlineSnapshot(`
      {
        "cilium.status.attach-mode": "tcx",
        "cilium.status.cni-chaining.mode": "none",
        "cilium.status.datapath-mode": "veth",
        "cilium.status.encryption.mode": "Disabled",
        "cilium.status.ipv4-big-tcp.maxGRO": "65536",
        "cilium.status.ipv4-big-tcp.maxGSO": "65536",
        "cilium.status.ipv6-big-tcp.maxGRO": "65536",
        "cilium.status.ipv6-big-tcp.maxGSO": "65536",
        "cilium.status.kube-proxy-replacement.directRoutingDevice": "eth0",
        "cilium.status.kube-proxy-replacement.features.annotations": "["service.cilium.io/node","service.cilium.io/node-selector","service.cilium.io/proxy-delegation","service.cilium.io/src-ranges-policy","service.cilium.io/type"]",
        "cilium.status.kube-proxy-replacement.features.externalIPs.enabled": "true",
        "cilium.status.kube-proxy-replacement.features.hostPort.enabled": "true",
        "cilium.status.kube-proxy-replacement.features.nodePort.acceleration": "Disabled",
        "cilium.status.kube-proxy-replacement.features.nodePort.algorithm": "Random",
        "cilium.status.kube-proxy-replacement.features.nodePort.dsrMode": "IP Option/Extension",
        "cilium.status.kube-proxy-replacement.features.nodePort.enabled": "true",
        "cilium.status.kube-proxy-replacement.features.nodePort.mode": "SNAT",
        "cilium.status.kube-proxy-replacement.features.nodePort.portMax": "32767",
        "cilium.status.kube-proxy-replacement.features.nodePort.portMin": "30000",
        "cilium.status.kube-proxy-replacement.features.sessionAffinity.enabled": "true",
        "cilium.status.kube-proxy-replacement.features.socketLB.enabled": "true",
        "cilium.status.kube-proxy-replacement.features.socketLBTracing.enabled": "true",
        "cilium.status.kube-proxy-replacement.mode": "True",
        "cilium.status.proxy.envoy-deployment-mode": "external",
        "cilium.status.routing.inter-host-routing-mode": "Native",
        "cilium.status.routing.intra-host-routing-mode": "BPF",
      }
    `);
  });
});

test("an upgrade that switches nothing on or off moves nothing of it", async () => {
  const before = await readStatus(await agentOf("1.18.4-l7"));
  const after = await readStatus(await agentOf("1.19.6-l7"));
  expect(after.facts).toEqual(before.facts);
});

describe("an agent", () => {
  test("that answers with something else than JSON is a fault that shows it", async () => {
    const twists: Script["twists"] = { "endpoint list": (recorded) => ({ ...recorded, stdout: "Error: no socket" }) };
    await expect(readEndpoints(await agentOf("1.18.4-l7", twists))).rejects.toMatchObject({
      text: { fact: "the Cilium agent's answer is not JSON", seen: "Error: no socket" },
    });
  });

  test("that does not answer at all is given up", async () => {
    const { kubectl } = scriptedKubectl({ recording: "1.18.4-l7", twists: { "endpoint list": "hangs" } });
    const { agents } = await findCilium(kubectl);
    await using agent = openAgent(kubectl, agents[0]?.pod ?? "", CILIUM_NAMESPACE, 30);
    await expect(readEndpoints(agent)).rejects.toMatchObject({ reason: "hanging" });
  });
});

describe("Envoy's metrics", () => {
  async function metricsOf(recording: RecordingName): Promise<EnvoyMetrics> {
    const { kubectl } = scriptedKubectl({ recording });
    const { envoys, envoyMetricsPort } = await findCilium(kubectl);
    const pod = envoys[0]?.pod ?? "";
    return readEnvoyMetrics(kubectl, { pod, namespace: CILIUM_NAMESPACE, port: envoyMetricsPort ?? 0 });
  }

  test("count the requests of all endpoints together", async () => {
    const none = await metricsOf("1.18.4-no-policy");
    const some = await metricsOf("1.18.4-l7");
    const upstream = (metrics: EnvoyMetrics): number => clusterCounter(metrics, "ingress-cluster", "upstream_rq_total");
    expect(downstreamRequests(some) - downstreamRequests(none)).toBe(7);
    expect(upstream(some) - upstream(none)).toBe(5);
  });

  test("tell intercepted TLS by the cluster's name", async () => {
    const before = clusterCounter(await metricsOf("1.18.4-l7"), "egress-cluster-tls", "upstream_rq_total");
    const after = clusterCounter(await metricsOf("1.18.4-l7-tls"), "egress-cluster-tls", "upstream_rq_total");
    expect(after - before).toBe(5);
  });
});

test("a node tells what it is and nothing that only this one node is", async () => {
  const { kubectl } = scriptedKubectl({ recording: "1.18.4-l7" });
  const [node] = await kubectl.list<Node>("nodes");
  expect(Object.keys(nodeFacts(node as Node))).toMatchInlineSnapshot(`
    [
      "node.arch",
      "node.cpus",
      "node.kernel",
      "node.kubelet",
      "node.memory",
      "node.os",
      "node.runtime",
      "node.type",
    ]
  `);
});
