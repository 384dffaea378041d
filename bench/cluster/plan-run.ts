/**
 * What a run will put into the cluster and on which nodes: decided from the survey, before anything is made.
 */
import { randomBytes } from "node:crypto";
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { notMeasuredLines } from "../not-measured.js";
import type { SecretMode } from "./cilium-install.js";
import type { ClusterOptions } from "./cluster-options.js";
import { roadsNotShown, SWITCH_L7_PROXY_ON } from "./cluster-roads.js";
import type { ClusterSurvey, UsableNode } from "./cluster-survey.js";
import type { RunPlan } from "./manifests.js";
import { programFiles } from "./program-files.js";
import { makeRunCertificates } from "./run-certificates.js";
import { serviceHost } from "./run-names.js";

export interface PlanInput {
  readonly run: string;
  readonly namespace: string;
  readonly survey: ClusterSurvey;
  /** That were asked for. */
  readonly scenarios: readonly Scenario[];
  readonly options: ClusterOptions;
}

export interface PlannedRun {
  readonly plan: RunPlan;
  /** Of the servers, and of everything that calls. */
  readonly nodes: readonly [server: UsableNode, caller: UsableNode];
  /** Scenario name → why this cluster does not show it. */
  readonly notMeasured: ReadonlyMap<string, string>;
}

/** @throws Fault (usage) when the cluster can show none of the roads, or has no two nodes where two are asked for */
export async function planRun({ run, namespace, survey, scenarios, options }: PlanInput): Promise<PlannedRun> {
  const notMeasured = roadsNotShown(scenarios, survey.cilium);
  const shown = scenarios.filter(({ name }) => !notMeasured.has(name));
  if (shown.length === 0) throw nothingToShow(notMeasured, survey.cilium.l7Proxy);
  const nodes = placeOn(survey.nodes, options);
  const plan: RunPlan = {
    run,
    namespace,
    release: survey.release,
    image: options.image,
    scenarios: shown,
    generators: options.generators,
    nodes: { server: nodes[0].hostname, caller: nodes[1].hostname },
    tolerations: options.tolerations,
    token: randomBytes(24).toString("hex"),
    certificatesIn: certificatesIn(survey.cilium.secrets, namespace),
    certificates: makeRunCertificates(shown.map((scenario) => serviceHost(scenario, namespace))),
    program: await programFiles(),
  };
  return { plan, nodes, notMeasured };
}

/** Beside the policies, but where Cilium reads certificates in a namespace of its own and copies none into it. */
function certificatesIn(secrets: SecretMode, namespace: string): string {
  return secrets.kind === "by-hand" && secrets.mayPlace ? secrets.namespace : namespace;
}

/**
 * The plan of a stand that stands already, with the program of this tollgate.
 * @throws Fault when a node that it stands on can take no pods any more
 */
export async function replanned(
  plan: Omit<RunPlan, "program">,
  survey: ClusterSurvey,
  scenarios: readonly Scenario[],
): Promise<PlannedRun> {
  const nodeOf = (hostname: string): UsableNode => {
    const node = survey.nodes.find((one) => one.hostname === hostname);
    if (node !== undefined) return node;
    throw new Fault({
      fact: `node ${hostname}, which the run stands on, can take no pods any more`,
      expected: "the nodes that its first trials were measured on",
      seen: survey.nodes.map(({ name }) => name).join(", "),
      so: "what was lost there cannot be made anew",
      try: `kubectl get nodes; when it is Ready again, tollgate run --attach`,
    });
  };
  return {
    plan: { ...plan, program: await programFiles() },
    nodes: [nodeOf(plan.nodes.server), nodeOf(plan.nodes.caller)],
    notMeasured: roadsNotShown(scenarios, survey.cilium),
  };
}

/** Servers on the one node, everything that calls on the other, or all on one. */
function placeOn(nodes: readonly UsableNode[], { placement }: ClusterOptions): PlannedRun["nodes"] {
  const [first, second] = nodes;
  if (first === undefined) throw new Error("there is no node to place pods on");
  if (placement === "same-node" || (placement === null && second === undefined)) return [first, first];
  if (second !== undefined) return [first, second];
  throw new Fault({
    fact: "two nodes are asked for, and only one can take pods",
    expected: "--placement cross-node needs two nodes that are Ready and schedulable",
    seen: first.name,
    try: "--placement same-node",
    exitCode: EXIT.usage,
  });
}

function nothingToShow(reasons: ReadonlyMap<string, string>, l7Proxy: boolean): Fault {
  return new Fault({
    fact: "this cluster can show none of the roads that were asked for",
    seen: notMeasuredLines(reasons),
    so: "nothing was started",
    try: l7Proxy ? "tollgate scenarios list" : SWITCH_L7_PROXY_ON,
    exitCode: EXIT.usage,
  });
}
