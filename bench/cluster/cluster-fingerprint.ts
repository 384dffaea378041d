/**
 * What must agree before the difference between two runs on clusters may be blamed on one thing (METHOD §4.8): Cilium
 * with every one of its settings, Envoy, the nodes, the policies, and how the run was placed.
 */
import { createHash } from "node:crypto";
import type { Fingerprint } from "../../results/run-shape.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { CiliumInstall } from "./cilium-install.js";
import type { ClusterOptions } from "./cluster-options.js";
import type { ClusterSurvey, UsableNode } from "./cluster-survey.js";
import { policyObjects, type RunPlan } from "./manifests.js";

export interface FingerprintInput {
  readonly survey: ClusterSurvey;
  readonly options: Pick<ClusterOptions, "image" | "generators" | "via">;
  /** Of the servers, and of what calls. */
  readonly nodes: readonly [server: UsableNode, caller: UsableNode];
  readonly plan: RunPlan;
  readonly tollgate: string;
}

export function clusterFingerprint(input: FingerprintInput): Fingerprint {
  const { survey, options, nodes, plan, tollgate } = input;
  const [server, caller] = nodes;
  const isSameNode = caller.name === server.name;
  return {
    environment: "cluster",
    tollgate,
    "kubernetes.server": survey.versions.server,
    ...ciliumKeys(survey.cilium),
    ...machineKeys("machine", server),
    ...(isSameNode ? {} : machineKeys("machine.caller", caller)),
    "kubernetes.placement": isSameNode ? "same-node" : "cross-node",
    "kubernetes.via": options.via,
    "kubernetes.generators": String(options.generators),
    "kubernetes.image": options.image,
    ...Object.fromEntries(plan.scenarios.flatMap((scenario) => policyKey(plan, scenario))),
  };
}

/** The stock Envoy of the contributors' testbed stands in for Cilium's: its latencies say nothing about Cilium. */
export function isTestbed({ images }: Pick<CiliumInstall, "images">): boolean {
  return Object.values(images).some((image) => image.startsWith("tollgate.test/"));
}

function ciliumKeys(cilium: CiliumInstall): Fingerprint {
  const { version, operatorVersion, envoyVersion, images, envoy, config } = cilium;
  const imageKeys = Object.entries(images)
    .filter(([container]) => /^cilium-(agent|envoy|operator)$/.test(container))
    .map(([container, image]) => [`${container.replace("cilium-envoy", "envoy").replace("-", ".")}.image`, image]);
  return {
    cilium: version,
    "cilium.operator": operatorVersion ?? "unknown",
    envoy: envoyVersion ?? (envoy === "embedded" ? "part of the agent" : "unknown"),
    "envoy.mode": envoy,
    ...(Object.fromEntries(imageKeys) as Fingerprint),
    ...(isTestbed(cilium) ? { "envoy.build": "stock Envoy behind a shim (testbed)" } : {}),
    ...Object.fromEntries(Object.entries(config).map(([key, value]) => [`cilium.config.${key}`, value])),
  };
}

function machineKeys(prefix: string, { facts }: UsableNode): Fingerprint {
  const renamed = Object.entries(facts).map(([key, value]) => [key.replace(/^node/, prefix), value]);
  const { [`${prefix}.kernel`]: kernel = "unknown", ...rest } = Object.fromEntries(renamed) as Record<string, string>;
  return { [prefix.replace("machine", "kernel")]: kernel, ...rest };
}

/** Of the policies as they would be in any run: its id and its namespaces are no part of what they do. */
function policyKey(plan: RunPlan, scenario: Scenario): [string, string][] {
  const policies = policyObjects({ ...plan, run: "any", namespace: "any", certificatesIn: "any" }, scenario);
  if (policies.length === 0) return [];
  return [[`policy.${scenario.name}.sha256`, createHash("sha256").update(JSON.stringify(policies)).digest("hex")]];
}
