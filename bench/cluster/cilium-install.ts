/**
 * The Cilium of a cluster as its objects tell it: versions, settings, and what follows from them. Nothing here asks an
 * agent; what is really in force is read from the agents (cilium-agent.ts).
 */
import { Fault } from "../../loadgen/fault.js";
import type { ConfigMap, Pod, Workload } from "./kube-object.js";
import { failedBecause } from "./kubectl-fault.js";
import type { Kubectl } from "./kubectl.js";
import { accessesOf, permissionsIn } from "./permissions.js";

export const CILIUM_NAMESPACE = "kube-system";

export interface CiliumInstall {
  readonly namespace: string;
  /** As the image's tag has it, without the `v`: `1.18.4`. */
  readonly version: string;
  /** `1.36.4`; null where Envoy is part of the agent's image. */
  readonly envoyVersion: string | null;
  /** null where the operator may not be read. */
  readonly operatorVersion: string | null;
  /** Container name → image as the pod runs it, with its digest where there is one. */
  readonly images: Readonly<Record<string, string>>;
  readonly envoy: "daemonset" | "embedded" | "none";
  readonly l7Proxy: boolean;
  readonly secrets: SecretMode;
  readonly hubble: boolean;
  /** Ports on the node; null: switched off. */
  readonly agentMetricsPort: number | null;
  readonly envoyMetricsPort: number | null;
  /** Every key of cilium-config: it holds no secrets. */
  readonly config: Readonly<Record<string, string>>;
  /** One per node that has Cilium. */
  readonly agents: readonly NodePod[];
  readonly envoys: readonly NodePod[];
}

export interface NodePod {
  readonly pod: string;
  readonly node: string;
  readonly ready: boolean;
  readonly restarts: number;
}

/**
 * Where a policy's certificates must lie to be found (reference: cilium/cilium pull request 37076).
 * synced: anywhere; the operator copies what policies name. by-hand: only in `namespace`, and nobody copies them
 * there: `mayPlace` says whether we may. anywhere: the agent reads any namespace; the chart then writes none of the keys. unsaid:
 * Cilium before 1.17 does not tell in its settings whether it reads Secrets or files only.
 */
export type SecretMode =
  | { readonly kind: "synced"; readonly namespace: string }
  | { readonly kind: "by-hand"; readonly namespace: string; readonly mayPlace: boolean }
  | { readonly kind: "anywhere" }
  | { readonly kind: "unsaid" };

/** @throws Fault when there is no Cilium; KubectlFault when its objects may not be read. */
export async function findCilium(kubectl: Kubectl, namespace = CILIUM_NAMESPACE): Promise<CiliumInstall> {
  const podsOf = async (app: string): Promise<readonly Pod[]> => {
    const pods = await kubectl.list<Pod>("pods", { namespace, labels: { "k8s-app": app } });
    // Beside a pod that is on its way out stands its successor, on the same node.
    return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  const [config, agents, envoys, operator] = await Promise.all([
    kubectl.get<ConfigMap>("configmap/cilium-config", { namespace }),
    podsOf("cilium"),
    podsOf("cilium-envoy"),
    readOperator(kubectl, namespace),
  ]);
  if (config === null || agents[0] === undefined) throw noCilium(namespace, config !== null);
  const install = describeInstall(namespace, config.data ?? {}, agents, envoys, operator);
  const { secrets } = install;
  if (secrets.kind !== "by-hand") return install;
  return { ...install, secrets: { ...secrets, mayPlace: await mayPlaceSecrets(kubectl, secrets.namespace) } };
}

async function mayPlaceSecrets(kubectl: Kubectl, namespace: string): Promise<boolean> {
  const namespaces = { own: kubectl.namespace, cilium: CILIUM_NAMESPACE, secrets: namespace };
  const wanted = permissionsIn(namespaces).filter(({ scope }) => scope === "secrets");
  const answers = await kubectl.mayI(wanted.flatMap((permission) => accessesOf(permission, namespaces)));
  return answers.every(Boolean);
}

function describeInstall(
  namespace: string,
  config: Readonly<Record<string, string>>,
  agents: readonly Pod[],
  envoys: readonly Pod[],
  operator: Workload | null,
): CiliumInstall {
  const l7Proxy = config["enable-l7-proxy"] !== "false";
  const ownEnvoy = config["external-envoy-proxy"] === "true" || envoys.length > 0;
  const images = Object.assign({}, ...[...agents.slice(0, 1), ...envoys.slice(0, 1)].map(imagesOf)) as Record<
    string,
    string
  >;
  const version = tagOf(images["cilium-agent"] ?? "") ?? "unknown";
  const operatorImage = operator?.spec.template.spec.containers[0]?.image ?? null;
  return {
    namespace,
    version,
    envoyVersion: tagOf(images["cilium-envoy"] ?? ""),
    operatorVersion: operatorImage === null ? null : tagOf(operatorImage),
    images: operatorImage === null ? images : { ...images, "cilium-operator": operatorImage },
    envoy: !l7Proxy ? "none" : ownEnvoy ? "daemonset" : "embedded",
    l7Proxy,
    secrets: secretModeOf(config, version),
    hubble: config["enable-hubble"] === "true",
    agentMetricsPort: portOf(config["prometheus-serve-addr"]),
    envoyMetricsPort: portOf(config["proxy-prometheus-port"] ?? (ownEnvoy ? "9964" : undefined)),
    config,
    agents: agents.map(nodePod),
    envoys: envoys.map(nodePod),
  };
}

/** Read from the settings that the chart writes; keys since 1.17. `mayPlace` is not asked for. @param version `1.18.4` */
export function secretModeOf(config: Readonly<Record<string, string>>, version: string): SecretMode {
  const namespace = config["policy-secrets-namespace"] ?? "cilium-secrets";
  if (config["enable-policy-secrets-sync"] === "true") return { kind: "synced", namespace };
  const only = config["policy-secrets-only-from-secrets-namespace"];
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (only === undefined && !(major === 1 && minor >= 17)) return { kind: "unsaid" };
  return only === "true" ? { kind: "by-hand", namespace, mayPlace: false } : { kind: "anywhere" };
}

async function readOperator(kubectl: Kubectl, namespace: string): Promise<Workload | null> {
  try {
    return await kubectl.get<Workload>("deployment/cilium-operator", { namespace });
  } catch (error) {
    if (failedBecause(error, "forbidden")) return null;
    throw error;
  }
}

function noCilium(namespace: string, hasConfig: boolean): Fault {
  return new Fault({
    fact: "there is no Cilium in this cluster",
    expected: `the ConfigMap cilium-config and pods with the label k8s-app=cilium in the namespace ${namespace}`,
    seen: hasConfig ? "the ConfigMap, and no pod" : "neither",
    so: "there is no road with an L4 or L7 policy to measure",
    try: "--cilium-namespace NAME where Cilium lies elsewhere, or --context NAME of a cluster that has it",
  });
}

/** The running image by digest where the runtime knows one, else as it was asked for. */
function imagesOf(pod: Pod): Record<string, string> {
  const digests = new Map(pod.status.containerStatuses?.map(({ name, imageID }) => [name, imageID]));
  return Object.fromEntries(
    pod.spec.containers.map(({ name, image }) => {
      const digest = /sha256:[0-9a-f]{64}$/.exec(digests.get(name) ?? "")?.[0];
      return [name, image.includes("@") || digest === undefined ? image : `${image}@${digest}`];
    }),
  );
}

/** `quay.io/cilium/cilium-envoy:v1.36.9-1785…-edeb3f2a@sha256:…` → `1.36.9` */
function tagOf(image: string): string | null {
  return /:v?(\d+\.\d+\.\d+(?:-(?:rc|pre)\.\d+)?)/.exec(image)?.[1] ?? null;
}

function portOf(address: string | undefined): number | null {
  const port = Number(/(\d+)$/.exec(address ?? "")?.[1] ?? 0);
  return port === 0 ? null : port;
}

function nodePod({ metadata, spec, status }: Pod): NodePod {
  const containers = status.containerStatuses ?? [];
  return {
    pod: metadata.name,
    node: spec.nodeName ?? "",
    ready: containers.length > 0 && containers.every(({ ready }) => ready),
    restarts: containers.reduce((total, { restartCount }) => total + restartCount, 0),
  };
}
