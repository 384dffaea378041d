/**
 * A Kubernetes cluster with Cilium as an Environment: every road stands at the same time in pods of its own, calls are
 * driven from inside the cluster, and what the datapath did is read from the agents. This side makes the objects, holds
 * one stream to the driver and one to each agent concerned, and puts readings and measurements together.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { CallerName } from "../../loadgen/load-plan.js";
import { resourcePath } from "../../proto/package-root.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Environment, EnvironmentFacts, ProbeReading, WindowReading, WindowRequest } from "../environment.js";
import { version } from "../version.js";
import { clusterFingerprint, isTestbed } from "./cluster-fingerprint.js";
import type { ClusterOptions } from "./cluster-options.js";
import { roadsNotShown } from "./cluster-roads.js";
import { surveyCluster, type ClusterSurvey, type UsableNode } from "./cluster-survey.js";
import { currentContext, openKubectl } from "./kubectl-command.js";
import type { ProgramFiles, RunPlan } from "./manifests.js";
import { roadCounters } from "./road-counters.js";
import { makeRunCertificates } from "./run-certificates.js";
import { runNamespace, serviceHost } from "./run-names.js";
import { putUp, takeDown, type RunStand, type StandRequest } from "./run-stand.js";

/** How often a run joins up with its pods anew after something of it was lost. */
const MOST_REJOINS = 10;

interface Standing {
  readonly request: StandRequest;
  stand: RunStand;
}

/** Nothing stands before `prepare`; dispose of it in any case. @throws KubectlFault without kubectl or a context */
export async function startCluster(options: ClusterOptions): Promise<ClusterEnvironment> {
  return new ClusterEnvironment(options, options.context ?? (await currentContext(options.env)));
}

export class ClusterEnvironment implements Environment {
  readonly kind = "cluster";
  readonly #options: ClusterOptions;
  readonly #context: string;
  #notMeasured: ReadonlyMap<string, string> = new Map();
  /** What has to be taken down, from the moment that something may have been made. */
  #made: StandRequest | null = null;
  #standing: Standing | null = null;
  #rejoins = 0;

  constructor(options: ClusterOptions, context: string) {
    this.#options = options;
    this.#context = context;
  }

  get notMeasured(): ReadonlyMap<string, string> {
    return this.#notMeasured;
  }

  async prepare(scenarios: readonly Scenario[], signal: AbortSignal): Promise<EnvironmentFacts> {
    await this.#takeDown();
    const watch = stopwatch();
    const run = randomBytes(4).toString("hex");
    const namespace = this.#options.namespace ?? runNamespace(run);
    const kubectl = openKubectl({ context: this.#context, namespace, env: this.#options.env });
    const survey = await surveyCluster(kubectl, this.#options);
    this.#notMeasured = roadsNotShown(scenarios, survey.cilium);
    const shown = scenarios.filter(({ name }) => !this.#notMeasured.has(name));
    if (shown.length === 0) throw nothingToShow(this.#notMeasured);
    const nodes = placeOn(survey.nodes, this.#options);
    const plan = await makePlan({ run, namespace, survey, scenarios: shown, nodes, options: this.#options });
    watch.lap("survey");
    const { via } = this.#options;
    const request = { kubectl, plan, survey, via, ownsNamespace: this.#options.namespace === null };
    this.#made = request;
    this.#standing = { request, stand: await putUp(request, watch.lap, signal) };
    return {
      fingerprint: clusterFingerprint({ survey, options: this.#options, nodes, plan, tollgate: version }),
      placement: placementOf(nodes),
      timings: watch.timings(),
      warnings: warningsOf(survey),
    };
  }

  idleBusyNsPerSecond(): Promise<number> {
    return this.#required().stand.link.call("idle", null);
  }

  async measure({ scenario, plan, transport, onInterval }: WindowRequest, signal: AbortSignal): Promise<WindowReading> {
    const { stand } = this.#required();
    const pods = stand.wanted.get(scenario.name);
    if (pods === undefined) throw new Fault({ fact: `the cluster has no road "${scenario.name}"` });
    const bound = pods.filter(({ enforced }) => enforced !== "none").map(({ pod }) => pod);
    const first = await stand.datapath.before(bound);
    try {
      const ask = { scenario: scenario.name, plan, transport };
      const answer = await stand.link.call("measure", ask, { signal, onInterval });
      signal.throwIfAborted(); // a window that was cut short is no window of the design
      const expected = scenario.promise.proxied === "http" ? answer.measurement.books.totalEnded : 0;
      const last = await stand.datapath.after(first, bound, expected);
      return {
        measurement: answer.measurement,
        before: roadCounters(scenario, pods, answer.before, first),
        after: roadCounters(scenario, pods, answer.after, last),
        cpu: answer.cpu,
        programTime: null,
      };
    } catch (error) {
      stand.datapath.forget(); // calls were sent that no reading has closed
      throw error;
    }
  }

  async probe(scenario: Scenario, caller: CallerName, method: string): Promise<ProbeReading> {
    const { stand } = this.#required();
    stand.datapath.forget();
    return stand.link.call("probe", { scenario: scenario.name, caller, method });
  }

  /** Pods that ended are replaced by their controllers; what was lost is reached again, and waited for until in force. */
  async mend(): Promise<readonly string[]> {
    const standing = this.#required();
    if (++this.#rejoins > MOST_REJOINS) {
      throw new Fault({
        fact: `something of the run was lost ${MOST_REJOINS + 1} times`,
        so: "the run ends here; what was measured is kept",
        try: "tollgate doctor --env cluster",
      });
    }
    const { stand, request } = standing;
    const before = podsOf(stand);
    await Promise.all([stand.link.close(), stand.datapath[Symbol.asyncDispose]()]);
    const survey = await surveyCluster(request.kubectl, this.#options);
    standing.stand = await putUp({ ...request, survey }, () => undefined, new AbortController().signal);
    const replaced = podsOf(standing.stand).filter((pod) => !before.includes(pod));
    return [
      replaced.length === 0
        ? "the stream into the cluster was opened anew"
        : `these pods were replaced: ${replaced.join(", ")}`,
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#takeDown();
  }

  async #takeDown(): Promise<void> {
    const stand = this.#standing?.stand;
    this.#standing = null;
    await Promise.all([stand?.link.close(), stand?.datapath[Symbol.asyncDispose]()]);
    if (this.#made === null) return;
    await takeDown(this.#made);
    this.#made = null;
  }

  #required(): Standing {
    if (this.#standing === null) throw new Error("the cluster is measured before it is prepared");
    return this.#standing;
  }
}

interface PlanInput {
  readonly run: string;
  readonly namespace: string;
  readonly survey: ClusterSurvey;
  readonly scenarios: readonly Scenario[];
  readonly nodes: readonly [server: UsableNode, caller: UsableNode];
  readonly options: ClusterOptions;
}

async function makePlan({ run, namespace, survey, scenarios, nodes, options }: PlanInput): Promise<RunPlan> {
  return {
    run,
    namespace,
    release: survey.release,
    image: options.image,
    scenarios,
    generators: options.generators,
    nodes: { server: nodes[0].hostname, caller: nodes[1].hostname },
    tolerations: options.tolerations,
    token: randomBytes(24).toString("hex"),
    certificates: makeRunCertificates(scenarios.map((scenario) => serviceHost(scenario, namespace))),
    program: await programFiles(),
  };
}

async function programFiles(): Promise<ProgramFiles> {
  const read = (path: string): Promise<string> => readFile(resourcePath(path), "utf8");
  return {
    program: await read("dist/pods/program.mjs"),
    proto: await read("proto/payments.proto"),
    packageJson: JSON.stringify({ name: "tollgate", version, type: "module" }),
  };
}

/** Servers on the one node, everything that calls on the other, or all on one. */
function placeOn(
  nodes: readonly UsableNode[],
  { placement }: ClusterOptions,
): readonly [server: UsableNode, caller: UsableNode] {
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

function nothingToShow(reasons: ReadonlyMap<string, string>): Fault {
  return new Fault({
    fact: "this cluster can show none of the roads that were asked for",
    seen: [...reasons].map(([road, reason]) => `${road}: ${reason}`).join("\n"),
    so: "nothing was started",
    try: "tollgate scenarios list",
    exitCode: EXIT.usage,
  });
}

function placementOf([server, caller]: readonly [UsableNode, UsableNode]): EnvironmentFacts["placement"] {
  return {
    cpus: server.cpus,
    generator: `node ${caller.name}`,
    server: `node ${server.name}`,
    proxy: caller.name === server.name ? `node ${server.name}` : "the node of whose policy it is",
    envoyConcurrency: null,
  };
}

function warningsOf({ cilium, versions }: ClusterSurvey): string[] {
  const warnings: string[] = [];
  if (isTestbed(cilium)) {
    warnings.push(
      "this is the contributors' testbed: a stock Envoy stands in for Cilium's, so no latency or CPU figure here says anything about Cilium",
    );
  }
  const skew = Math.abs(minorOf(versions.client) - minorOf(versions.server));
  if (skew > 1)
    warnings.push(`kubectl ${versions.client} and the API server ${versions.server} are ${skew} minors apart`);
  return warnings;
}

function minorOf(gitVersion: string): number {
  return Number(/^v?\d+\.(\d+)/.exec(gitVersion)?.[1] ?? 0);
}

function podsOf({ muster: { roads, driver } }: RunStand): string[] {
  return [
    driver.name,
    ...roads.flatMap(({ server, generators }) => [server.name, ...generators.map(({ name }) => name)]),
  ];
}

function stopwatch(): { lap: (stage: string) => void; timings: () => Record<string, number> } {
  const begun = performance.now();
  let last = begun;
  const laps: Record<string, number> = {};
  return {
    lap: (stage) => {
      laps[stage] = performance.now() - last;
      last = performance.now();
    },
    timings: () => ({ ...laps, total: performance.now() - begun }),
  };
}
