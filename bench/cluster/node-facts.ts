/**
 * What a node says of itself, flat and as text for the fingerprint.
 */
import type { Condition, KubeObject } from "./kube-object.js";

export interface Node extends KubeObject {
  readonly spec: { readonly unschedulable?: boolean; readonly providerID?: string };
  readonly status: {
    readonly capacity?: Readonly<Record<string, string>>;
    readonly conditions?: readonly Condition[];
    /** The largest of its images (50 by default). */
    readonly images?: readonly { readonly names?: readonly string[] }[];
    readonly nodeInfo: Readonly<Record<string, string>>;
  };
}

/** The same for every node of one kind and age: names, addresses and boot ids are left out. */
export function nodeFacts({ metadata, status }: Node): Readonly<Record<string, string>> {
  const { nodeInfo, capacity = {} } = status;
  const label = (key: string): string => metadata.labels?.[key] ?? "unknown";
  return {
    "node.arch": nodeInfo["architecture"] ?? "unknown",
    "node.cpus": capacity["cpu"] ?? "unknown",
    "node.kernel": nodeInfo["kernelVersion"] ?? "unknown",
    "node.kubelet": nodeInfo["kubeletVersion"] ?? "unknown",
    "node.memory": capacity["memory"] ?? "unknown",
    "node.os": nodeInfo["osImage"] ?? "unknown",
    "node.runtime": nodeInfo["containerRuntimeVersion"] ?? "unknown",
    "node.type": label("node.kubernetes.io/instance-type"),
  };
}

export function isReady({ status }: Node): boolean {
  return status.conditions?.some(({ type, status: state }) => type === "Ready" && state === "True") ?? false;
}
