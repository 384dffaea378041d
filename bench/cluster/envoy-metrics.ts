/**
 * Counters of a Cilium Envoy from its metrics (Prometheus text, port 9964 of the node): the proof of path where the agent
 * may not be asked. They belong to all endpoints of the node together.
 */
import type { Kubectl } from "./kubectl.js";

/** `envoy_cluster_upstream_rq_total{envoy_cluster_name="ingress-cluster"}` → value; labels in the order they came. */
export type EnvoyMetrics = ReadonlyMap<string, number>;

/** @throws KubectlFault when pods/proxy is forbidden or nothing listens there */
export async function readEnvoyMetrics(
  kubectl: Kubectl,
  place: { readonly pod: string; readonly namespace: string; readonly port: number },
): Promise<EnvoyMetrics> {
  const path = `/api/v1/namespaces/${place.namespace}/pods/${place.pod}:${place.port}/proxy/metrics`;
  return parseMetrics(await kubectl.raw(path));
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/: `name{labels} value [timestamp]`. */
export function parseMetrics(text: string): EnvoyMetrics {
  const lines = text.split("\n").flatMap((line) => {
    const [, name, value] = /^([a-zA-Z_:][\w:]*(?:\{.*\})?)\s+(\S+)/.exec(line) ?? [];
    return name === undefined ? [] : [[name, Number(value)] as const];
  });
  return new Map(lines);
}

/** Requests that any listener of this Envoy has taken. */
export function downstreamRequests(metrics: EnvoyMetrics): number {
  return sumOf(metrics, "envoy_http_downstream_rq_total", 'envoy_http_conn_manager_prefix="proxy"');
}

/** A counter of one of Cilium's four clusters; the name proves direction and TLS. */
export function clusterCounter(metrics: EnvoyMetrics, cluster: EnvoyCluster, counter: string): number {
  return sumOf(metrics, `envoy_cluster_${counter}`, `envoy_cluster_name="${cluster}"`);
}

export type EnvoyCluster = "ingress-cluster" | "egress-cluster" | "ingress-cluster-tls" | "egress-cluster-tls";

function sumOf(metrics: EnvoyMetrics, name: string, label: string): number {
  let sum = 0;
  for (const [key, value] of metrics) if (key.startsWith(`${name}{`) && key.includes(label)) sum += value;
  return sum;
}
