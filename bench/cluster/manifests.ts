/**
 * Everything that a run puts into its namespace, as objects: the program, the secrets, and for each road its server, its
 * Service, its callers and its policies. Pure: what is applied, and how, is somebody else's work.
 *
 * Easy to get wrong: no kubelet probe may knock at a road (it would be counted with the calls), and exactly one road's
 * policies may select a pod.
 */
import type { CallerName } from "../../loadgen/load-plan.js";
import { PAYMENTS_PORT } from "../../proto/payments.js";
import type { CiliumRelease } from "../../scenarios/cilium-releases.js";
import {
  INTERCEPT_SECRET,
  renderCilium,
  SERVER_APP,
  UPSTREAM_CA_SECRET,
  type SecretPlace,
} from "../../scenarios/render-cilium.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Toleration } from "./cluster-options.js";
import type { KubeObject } from "./kube-object.js";
import { CONTROL_PORT, TOKEN_VARIABLE } from "./pod-protocol.js";
import { podSpec, type PodPlace } from "./pod-manifest.js";
import type { RunCertificates } from "./run-certificates.js";
import {
  DRIVER_APP,
  DRIVER_POD,
  generatorJob,
  PROGRAM_CONFIG_MAP,
  ROAD_LABEL,
  ROLE_LABEL,
  RUN_LABEL,
  RUN_NAMESPACE_LABEL,
  runLabels,
  serverPod,
  SERVER_TLS_SECRET,
  serviceName,
  TOKEN_SECRET,
  type Labels,
} from "./run-names.js";

export interface RunPlan {
  readonly run: string;
  readonly namespace: string;
  readonly release: CiliumRelease;
  readonly image: string;
  readonly scenarios: readonly Scenario[];
  /** Pods per caller and road. */
  readonly generators: number;
  /** Node of the servers, and of everything that calls. */
  readonly nodes: { readonly server: string; readonly caller: string };
  readonly tolerations: readonly Toleration[];
  readonly token: string;
  readonly certificates: RunCertificates;
  /** Where the policies' certificates must lie to be found: {@link namespace}, or one of Cilium's. */
  readonly certificatesIn: string;
  readonly program: ProgramFiles;
}

/** What every pod finds under /app. */
export interface ProgramFiles {
  readonly program: string;
  readonly proto: string;
  readonly packageJson: string;
}

/** Identities that call, in every road. */
export const CALLERS = ["api-gateway", "finance-batch-job"] as const satisfies readonly CallerName[];

/** The namespace of the run's own. It asks for the strictest pod security, and so proves that our pods pass it. */
export function namespaceObject(plan: Pick<RunPlan, "run" | "namespace">): KubeObject {
  const labels = { ...runLabels(plan.run), "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: plan.namespace, labels } };
}

/** In the order in which they are applied: what pods mount stands before the pods, policies before what they select. */
export function runObjects(plan: RunPlan): KubeObject[] {
  return [
    programObject(plan),
    ...secretObjects(plan),
    ...plan.scenarios.flatMap((scenario) => [
      ...policyObjects(plan, scenario),
      serviceObject(plan, scenario),
      serverObject(plan, scenario),
      ...CALLERS.map((caller) => generatorObject(plan, scenario, caller)),
    ]),
    driverObject(plan),
  ];
}

/**
 * What must lie in another namespace than the run's own: the policies' certificates, where Cilium reads them there only and
 * nobody copies them.
 */
export function placedSecrets(plan: RunPlan): KubeObject[] {
  if (plan.certificatesIn === plan.namespace) return [];
  const labels = { [RUN_NAMESPACE_LABEL]: plan.namespace };
  return policySecrets(plan).map(({ metadata, ...secret }) => ({
    ...secret,
    metadata: { ...metadata, namespace: plan.certificatesIn, labels: { ...metadata.labels, ...labels } },
  }));
}

/** The road's policies; none on roads that are open. */
export function policyObjects(plan: RunPlan, scenario: Scenario): KubeObject[] {
  const { release, namespace, run } = plan;
  const target = {
    release,
    namespace,
    podLabels: roadLabels(plan, scenario),
    policyLabels: { ...runLabels(run), [ROAD_LABEL]: scenario.name },
    secretPlace: secretPlace(plan),
    openings:
      scenario.road.enforcedAt === "caller"
        ? []
        : [{ matchLabels: { app: DRIVER_APP, [RUN_LABEL]: run }, port: CONTROL_PORT }],
  };
  return renderCilium(scenario, target).policies.map((policy) => ({ ...policy }));
}

function programObject(plan: RunPlan): KubeObject {
  const { program, proto, packageJson } = plan.program;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadata(plan, PROGRAM_CONFIG_MAP),
    data: { "program.mjs": program, "payments.proto": proto, "package.json": packageJson },
  };
}

function secretObjects(plan: RunPlan): KubeObject[] {
  const { certificates, token, scenarios } = plan;
  const { server } = certificates;
  const usesTls = scenarios.some(({ road }) => road.tls !== "none");
  return [
    secret(plan, TOKEN_SECRET, { [TOKEN_VARIABLE]: token }),
    ...(usesTls ? [secret(plan, SERVER_TLS_SECRET, { "tls.crt": server.certPem, "tls.key": server.keyPem })] : []),
    ...(plan.certificatesIn === plan.namespace ? policySecrets(plan) : []),
  ];
}

/** That policies name: what Envoy shows to callers, and what it trusts towards the server. */
function policySecrets(plan: RunPlan): KubeObject[] {
  if (!plan.scenarios.some(({ road }) => road.tls === "intercepted")) return [];
  const { intercept, serverCaPem } = plan.certificates;
  const { prefix } = secretPlace(plan);
  return [
    secret(plan, `${prefix}${INTERCEPT_SECRET.name}`, { "tls.crt": intercept.certPem, "tls.key": intercept.keyPem }),
    secret(plan, `${prefix}${UPSTREAM_CA_SECRET.name}`, { "ca.crt": serverCaPem }),
  ];
}

/** In a namespace that others use as well, the run's id keeps names apart. */
function secretPlace({ run, namespace, certificatesIn }: RunPlan): SecretPlace {
  return { namespace: certificatesIn, prefix: certificatesIn === namespace ? "" : `tollgate-${run}-` };
}

function serviceObject(plan: RunPlan, scenario: Scenario): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(plan, serviceName(scenario), { [ROAD_LABEL]: scenario.name }),
    spec: {
      selector: { app: SERVER_APP, ...roadLabels(plan, scenario) },
      ports: [{ name: "grpc", port: PAYMENTS_PORT, targetPort: PAYMENTS_PORT, protocol: "TCP" }],
    },
  };
}

function serverObject(plan: RunPlan, scenario: Scenario): KubeObject {
  const labels = { app: SERVER_APP, ...roadLabels(plan, scenario), [ROLE_LABEL]: "server" };
  const tlsSecret = scenario.road.tls === "none" ? null : SERVER_TLS_SECRET;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadata(plan, serverPod(scenario), labels),
    spec: podSpec({ ...placeOf(plan, plan.nodes.server), role: "server", tlsSecret }),
  };
}

/** An Indexed Job per caller: pods that end are replaced under the same index. */
function generatorObject(plan: RunPlan, scenario: Scenario, caller: (typeof CALLERS)[number]): KubeObject {
  const labels = { app: caller, ...roadLabels(plan, scenario), [ROLE_LABEL]: "generator" };
  const template = {
    metadata: { labels: { ...runLabels(plan.run), ...labels } },
    spec: podSpec({
      ...placeOf(plan, plan.nodes.caller),
      role: "generator",
      tlsSecret: null,
    }),
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metadata(plan, generatorJob(scenario, caller), { [ROAD_LABEL]: scenario.name }),
    spec: {
      completions: plan.generators,
      parallelism: plan.generators,
      completionMode: "Indexed",
      backoffLimit: MOST_RESTARTS,
      template,
    },
  };
}

function driverObject(plan: RunPlan): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadata(plan, DRIVER_POD, { app: DRIVER_APP, [ROLE_LABEL]: "driver" }),
    spec: podSpec({ ...placeOf(plan, plan.nodes.caller), role: "driver", tlsSecret: null }),
  };
}

/** More is no accident but a fault of the cluster. */
const MOST_RESTARTS = 20;

function placeOf(plan: RunPlan, node: string): PodPlace {
  return { node, image: plan.image, tolerations: plan.tolerations };
}

function roadLabels(plan: Pick<RunPlan, "run">, scenario: Scenario): Labels {
  return { [ROAD_LABEL]: scenario.name, [RUN_LABEL]: plan.run };
}

function metadata(plan: RunPlan, name: string, labels: Labels = {}): KubeObject["metadata"] {
  return { name, namespace: plan.namespace, labels: { ...runLabels(plan.run), ...labels } };
}

function secret(plan: RunPlan, name: string, stringData: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: "v1", kind: "Secret", type: "Opaque", metadata: metadata(plan, name), stringData };
}
