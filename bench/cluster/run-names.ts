/**
 * Names and labels of what a run makes in a cluster. Everything carries our label and the run's id: nothing else is ever
 * changed or deleted.
 */
import type { Scenario } from "../../scenarios/scenario.js";
import { MANAGED_BY } from "./kube-object.js";

export type Labels = Readonly<Record<string, string>>;

export const RUN_LABEL = "tollgate.dev/run";
export const ROAD_LABEL = "tollgate.dev/road";
export const ROLE_LABEL = "tollgate.dev/role";
/** On what a run has to put elsewhere: the namespace that its pods are in. */
export const RUN_NAMESPACE_LABEL = "tollgate.dev/namespace";

/** The container of each pod. */
export const CONTAINER = "tollgate";
export const DRIVER_APP = "tollgate-driver";
export const DRIVER_POD = "tollgate-driver";
export const PROGRAM_CONFIG_MAP = "tollgate-program";
export const TOKEN_SECRET = "tollgate-token";
/** Tells what stands (stand.ts). */
export const STAND_SECRET = "tollgate-stand";
export const SERVER_TLS_SECRET = "payments-server-tls";

/** Every kind that a run makes in its namespace: what cleaning up has to look for. */
export const RUN_KINDS: readonly string[] = [
  "ciliumnetworkpolicies.cilium.io",
  "jobs.batch",
  "pods",
  "services",
  "secrets",
  "configmaps",
];

export function runLabels(run: string): Labels {
  return { [MANAGED_BY.label]: MANAGED_BY.value, [RUN_LABEL]: run };
}

/** A namespace of the run's own. */
export function runNamespace(run: string): string {
  return `tollgate-${run}`;
}

/** The road's Service, and the name that callers dial. */
export function serviceName(scenario: Scenario): string {
  return `payments-${scenario.name}`;
}

export function serverPod(scenario: Scenario): string {
  return `payments-${scenario.name}`;
}

/** Of the Indexed Job whose pods speak for this caller. */
export function generatorJob(scenario: Scenario, caller: string): string {
  return `${caller}-${scenario.name}`;
}

/** As certificates and SNI name it. */
export function serviceHost(scenario: Scenario, namespace: string): string {
  return `${serviceName(scenario)}.${namespace}.svc.cluster.local`;
}
