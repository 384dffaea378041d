/**
 * A Kubernetes cluster with Cilium as an Environment: every road stands at the same time in pods of its own, calls are
 * driven from inside the cluster, and what the datapath did is read from the agents. This side makes the objects, holds
 * one stream to the driver and one to each agent concerned, and puts readings and measurements together.
 */
import { randomBytes } from "node:crypto";
import { Fault } from "../../loadgen/fault.js";
import type { CallerName } from "../../loadgen/load-plan.js";
import { diffFingerprints } from "../../results/fingerprint.js";
import type { Fingerprint } from "../../results/run-shape.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Environment, EnvironmentFacts, ProbeReading, WindowReading, WindowRequest } from "../environment.js";
import { turned } from "../turned.js";
import { version } from "../version.js";
import { withCilium } from "./cilium-processes.js";
import { cpuWarnings, placementOf, warningsOf } from "./cluster-facts.js";
import { clusterFingerprint } from "./cluster-fingerprint.js";
import type { ClusterOptions } from "./cluster-options.js";
import { surveyCluster, type ClusterSurvey } from "./cluster-survey.js";
import { inBoth } from "./datapath.js";
import { currentContext, openKubectl } from "./kubectl-command.js";
import type { Kubectl } from "./kubectl.js";
import { requireOwnGround } from "./own-ground.js";
import { planRun, type PlannedRun } from "./plan-run.js";
import { removeRoads, restoreStand } from "./restore-stand.js";
import { roadCounters } from "./road-counters.js";
import { runNamespace } from "./run-names.js";
import { letGo, putUp, takeDown, type RunStand, type StandRequest } from "./run-stand.js";

/** How often a run joins up with its pods anew after something of it was lost. */
const MOST_REJOINS = 10;

interface Standing {
  /** Its roads in the order in which they are made. */
  request: StandRequest;
  arrangement: number;
  /** No window has been measured since the pods were made. */
  isFresh: boolean;
  readonly fingerprintOf: (survey: ClusterSurvey) => Fingerprint;
  /** What the run's trials are measured under. */
  readonly fingerprint: Fingerprint;
  stand: RunStand;
}

export type OpenKubectl = (context: string, namespace: string) => Kubectl;

/** Nothing stands before `prepare`; dispose of it in any case. @throws KubectlFault without kubectl or a context */
export async function startCluster(options: ClusterOptions): Promise<Environment> {
  const open: OpenKubectl = (context, namespace) => openKubectl({ context, namespace, env: options.env });
  return new ClusterEnvironment(options, options.context ?? (await currentContext(options.env)), open);
}

export class ClusterEnvironment implements Environment {
  readonly kind = "cluster";
  readonly #options: ClusterOptions;
  readonly #context: string;
  readonly #open: OpenKubectl;
  #notMeasured: ReadonlyMap<string, string> = new Map();
  /** What has to be taken down, from the moment that something may have been made. */
  #made: StandRequest | null = null;
  #standing: Standing | null = null;
  #rejoins = 0;

  constructor(options: ClusterOptions, context: string, open: OpenKubectl) {
    this.#options = options;
    this.#context = context;
    this.#open = open;
  }

  get notMeasured(): ReadonlyMap<string, string> {
    return this.#notMeasured;
  }

  async prepare(scenarios: readonly Scenario[], signal: AbortSignal): Promise<EnvironmentFacts> {
    await this.#takeDown();
    const watch = stopwatch();
    const run = randomBytes(4).toString("hex");
    const namespace = this.#options.namespace ?? runNamespace(run);
    const kubectl = this.#open(this.#context, namespace);
    const survey = await surveyCluster(kubectl, this.#options);
    const planned = await planRun({ run, namespace, survey, scenarios, options: this.#options });
    const { plan, nodes, notMeasured } = planned;
    this.#notMeasured = notMeasured;
    watch.lap("survey");
    const { via } = this.#options;
    const request = { kubectl, plan, survey, via, ownsNamespace: this.#options.namespace === null };
    const clusterName = survey.cilium.config["cluster-name"] ?? "default";
    const unseen = await requireOwnGround({ ...request, clusterName });
    watch.lap("ground");
    this.#made = request;
    const fingerprintOf = (seen: ClusterSurvey): Fingerprint => this.#fingerprint(planned, seen);
    const fingerprint = fingerprintOf(survey);
    const stand = await putUp(request, watch.lap, signal);
    this.#standing = { request, arrangement: 0, isFresh: true, fingerprint, fingerprintOf, stand };
    return {
      fingerprint,
      placement: placementOf(nodes),
      timings: watch.timings(),
      warnings: [...warningsOf(survey), ...unseen, ...(await cpuWarnings(stand))],
    };
  }

  idleBusyNsPerSecond(): Promise<number> {
    return this.#required().stand.link.call("idle", null);
  }

  async measure({ scenario, plan, transport, onInterval }: WindowRequest, signal: AbortSignal): Promise<WindowReading> {
    const standing = this.#required();
    const { stand } = standing;
    standing.isFresh = false;
    const pods = stand.wanted.get(scenario.name);
    if (pods === undefined) throw new Fault({ fact: `the cluster has no road "${scenario.name}"` });
    const bound = pods.filter(({ enforced }) => enforced !== "none").map(({ pod }) => pod);
    const first = await stand.datapath.before(bound);
    const spentBefore = await stand.processes.read();
    try {
      const ask = { scenario: scenario.name, plan, transport };
      const answer = await stand.link.call("measure", ask, { signal, onInterval });
      const spentAfter = await stand.processes.read();
      signal.throwIfAborted(); // a window that was cut short is no window of the design
      const expected = scenario.promise.proxied === "http" ? answer.measurement.books.totalEnded : 0;
      const [before, after] = inBoth(first, await stand.datapath.after(first, bound, expected));
      return {
        measurement: answer.measurement,
        before: roadCounters(scenario, pods, answer.before, before),
        after: roadCounters(scenario, pods, answer.after, after),
        cpu: withCilium(answer.cpu, spentBefore, spentAfter, answer.measurement),
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
  async mend(signal: AbortSignal): Promise<readonly string[]> {
    const standing = this.#required();
    if (++this.#rejoins > MOST_REJOINS) {
      throw new Fault({
        fact: `something of the run was lost ${MOST_REJOINS + 1} times`,
        so: "the run ends here; what was measured is kept",
        try: "tollgate doctor --env cluster",
      });
    }
    const before = podsOf(standing.stand);
    await letGo(standing.stand);
    await this.#restore(standing, signal);
    const replaced = podsOf(standing.stand).filter((pod) => !before.includes(pod));
    return [
      replaced.length === 0
        ? "the stream into the cluster was opened anew"
        : `these pods were replaced: ${replaced.map((pod) => pod.split(" ")[0]).join(", ")}`,
    ];
  }

  /**
   * Pods of roads are made anew, each road's in the place that the one before it had: what comes with an early or a late
   * start (addresses, endpoints, where things lie in memory) then belongs to no road.
   */
  async rearrange(arrangement: number, signal: AbortSignal): Promise<boolean> {
    const standing = this.#required();
    if (standing.isFresh && standing.arrangement === arrangement) return false;
    const { request } = standing;
    const scenarios = turned(request.plan.scenarios, arrangement - standing.arrangement);
    await letGo(standing.stand);
    await removeRoads(request, signal);
    standing.request = { ...request, plan: { ...request.plan, scenarios } };
    await this.#restore(standing, signal);
    standing.arrangement = arrangement;
    standing.isFresh = true;
    return true;
  }

  async compareSetup(): Promise<readonly string[]> {
    const { request, fingerprint, fingerprintOf } = this.#required();
    const survey = await surveyCluster(request.kubectl, this.#options).catch((error: unknown) => {
      if (error instanceof Fault) return error;
      throw error;
    });
    if (survey instanceof Fault) return [`whether the cluster was changed meanwhile is not known: ${survey.text.fact}`];
    requireUnchanged(fingerprint, fingerprintOf(survey));
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#takeDown();
  }

  /** What is missing is made, all is reached and in force, and the cluster is the one that the run began on. */
  async #restore(standing: Standing, signal: AbortSignal): Promise<void> {
    const look = (): Promise<ClusterSurvey> => surveyCluster(standing.request.kubectl, this.#options);
    standing.stand = await restoreStand(standing.request, look, signal);
    requireUnchanged(standing.fingerprint, standing.fingerprintOf(await look()));
  }

  async #takeDown(): Promise<void> {
    const stand = this.#standing?.stand;
    this.#standing = null;
    if (stand !== undefined) await letGo(stand);
    if (this.#made === null) return;
    await takeDown(this.#made);
    this.#made = null;
  }

  #fingerprint({ plan, nodes }: PlannedRun, survey: ClusterSurvey): Fingerprint {
    return clusterFingerprint({ survey, options: this.#options, nodes, plan, tollgate: version });
  }

  #required(): Standing {
    if (this.#standing === null) throw new Error("the cluster is measured before it is prepared");
    return this.#standing;
  }
}

/** Somebody who upgrades Cilium meanwhile restarts its agents: what comes after is another set-up. */
function requireUnchanged(before: Fingerprint, after: Fingerprint): void {
  const changed = diffFingerprints(before, after);
  if (changed.length === 0) return;
  throw new Fault({
    fact: "the cluster was changed while the run went on",
    expected: "the fingerprint that its first trials were measured under",
    seen: changed.map(({ key, before: was, after: is }) => `${key}: ${was ?? "-"} → ${is ?? "-"}`).join("\n"),
    so: "which trials were measured on which set-up is not known: the run ends here, what was measured is kept",
    try: "tollgate run, when the change is through",
  });
}

/** `NAME ADDRESS`: a server that was lost comes back under its old name. */
function podsOf({ muster: { roads, driver } }: RunStand): string[] {
  return [driver, ...roads.flatMap(({ server, generators }) => [server, ...generators])].map(
    ({ name, ip }) => `${name} ${ip}`,
  );
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
