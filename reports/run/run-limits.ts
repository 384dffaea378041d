/**
 * What the numbers of a run cannot tell, by where they were made.
 */
import type { RunHeader } from "../../results/run-shape.js";

export function limitsOf(header: RunHeader): string[] {
  switch (header.environment) {
    case "lab":
      return LAB_LIMITS;
    case "cluster":
      return clusterLimits(header);
    case "scripted":
      return [];
  }
}

const LAB_LIMITS = [
  "The lab measures the marginal cost of policy look-up, proxy hop, HTTP parsing, rule evaluation and TLS on one machine.",
  "Conntrack, load balancing, tunnels, Hubble and the agent's access log are not reproduced: no number here is a cluster's.",
  "Caller, server and Envoy share this machine's cores; service time includes their scheduling.",
];

function clusterLimits({ fingerprint, scenarios, design }: RunHeader): string[] {
  const isTestbed = fingerprint["envoy.build"] !== undefined;
  const isOneNode = fingerprint["kubernetes.placement"] === "same-node";
  const intercepts = scenarios.some(({ road }) => road.tls === "intercepted" && road.enforcedAt !== "caller");
  return [
    ...(isTestbed ? [TESTBED] : []),
    "These are the tolls of this Cilium on these nodes, with conntrack, service translation, Hubble and the agent's access log as they are set; another cluster has its own.",
    isOneNode
      ? "Callers, servers and Envoy share one node; service time includes their scheduling, and no network between nodes."
      : "Callers and servers are on two nodes; service time includes the network between them, and its noise.",
    design.restarts === undefined
      ? "Each road has pods of its own for the whole run, and pods have luck; the A/A twins show how much of a toll that may be, and --restarts draws it anew."
      : "Each road has pods of its own, and pods have luck: it was drawn anew with each restart, and is inside the intervals.",
    "Where CPU of Envoy and of the agent is told, it was read around the whole trial, and the window's part is by its calls; what the agent does without calls is in it.",
    ...(intercepts ? ["Interception on ingress is covered by no test of Cilium's own."] : []),
  ];
}

const TESTBED =
  "Made on the contributors' testbed, where a stock Envoy stands in for Cilium's: no latency and no CPU figure here says anything about Cilium.";
