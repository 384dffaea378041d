/**
 * A Kubernetes cluster with Cilium as an Environment: every road stands at the same time in pods of its own, calls are
 * driven from inside the cluster, and what the datapath did is read from the agents. This side makes the objects, holds
 * one stream to the driver and one to each agent concerned, and puts readings and measurements together.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { Fault } from "../../loadgen/fault.js";
import type { CallerName } from "../../loadgen/load-plan.js";
import type { Fingerprint } from "../../results/run-shape.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type {
  Environment,
  EnvironmentFacts,
  ProbeReading,
  StandsAs,
  WindowReading,
  WindowRequest,
} from "../environment.js";
import { turned } from "../turned.js";
import { version } from "../version.js";
import { requireOwnProgram, takeHold } from "./attach.js";
import { cpuWarnings, placementOf, requireUnchanged, warningsOf } from "./cluster-facts.js";
import { clusterFingerprint } from "./cluster-fingerprint.js";
import type { ClusterOptions } from "./cluster-options.js";
import { surveyCluster, type ClusterSurvey } from "./cluster-survey.js";
import { DriverHeld } from "./held-stream.js";
import { currentContext, openKubectl } from "./kubectl-command.js";
import type { Kubectl } from "./kubectl.js";
import { KeptTrial } from "./kept-trial.js";
import { measureWindow, takeKept } from "./measure-window.js";
import { requireOwnGround } from "./own-ground.js";
import { planRun, replanned, type PlannedRun } from "./plan-run.js";
import { removeRoads, restoreStand } from "./restore-stand.js";
import { podsOf } from "./roll-call.js";
import { DRIVER_POD, runNamespace } from "./run-names.js";
import { letGo, putUp, takeDown, type RunStand, type StandRequest } from "./run-stand.js";
import { describeStand, standSecret, type Stand } from "./stand.js";
import { stopwatch } from "./stopwatch.js";

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

/**
 * Nothing stands before `prepare`; dispose of it in any case.
 * @param attachTo what stands already, for a run whose command line was lost
 * @throws KubectlFault without kubectl or a context
 */
export async function startCluster(options: ClusterOptions, attachTo: Stand | null = null): Promise<Environment> {
  const open: OpenKubectl = (context, namespace) => openKubectl({ context, namespace, env: options.env });
  return new ClusterEnvironment(options, options.context ?? (await currentContext(options.env)), open, attachTo);
}

export class ClusterEnvironment implements Environment {
  readonly kind = "cluster";
  readonly #options: ClusterOptions;
  readonly #context: string;
  readonly #open: OpenKubectl;
  readonly #attachTo: Stand | null;
  readonly #holder = randomUUID();
  #notMeasured: ReadonlyMap<string, string> = new Map();
  /** What has to be taken down, from the moment that something may have been made. */
  #made: StandRequest | null = null;
  #standing: Standing | null = null;
  #rejoins = 0;
  /** What the driver had measured last for a command line that was lost. */
  #kept: KeptTrial | null = null;

  constructor(options: ClusterOptions, context: string, open: OpenKubectl, attachTo: Stand | null = null) {
    this.#options = attachTo === null ? options : { ...options, ...attachTo.options };
    this.#context = context;
    this.#open = open;
    this.#attachTo = attachTo;
  }

  get notMeasured(): ReadonlyMap<string, string> {
    return this.#notMeasured;
  }

  async prepare(scenarios: readonly Scenario[], signal: AbortSignal): Promise<EnvironmentFacts> {
    await this.#takeDown();
    const watch = stopwatch();
    const namespace = this.#attachTo?.plan.namespace ?? this.#options.namespace;
    const run = this.#attachTo?.plan.run ?? randomBytes(4).toString("hex");
    const kubectl = this.#open(this.#context, namespace ?? runNamespace(run));
    const survey = await surveyCluster(kubectl, this.#options);
    const planned = await (this.#attachTo === null
      ? planRun({ run, namespace: kubectl.namespace, survey, scenarios, options: this.#options })
      : replanned(this.#attachTo.plan, survey, scenarios));
    this.#notMeasured = planned.notMeasured;
    watch.lap("survey");
    const ownsNamespace = this.#attachTo?.ownsNamespace ?? namespace === null;
    const { via } = this.#options;
    const request: StandRequest = { kubectl, plan: planned.plan, survey, via, holder: this.#holder, ownsNamespace };
    const clusterName = survey.cilium.config["cluster-name"] ?? "default";
    const unseen = await requireOwnGround({ ...request, clusterName });
    watch.lap("ground");
    const fingerprintOf = (seen: ClusterSurvey): Fingerprint => this.#fingerprint(planned, seen);
    const fingerprint = fingerprintOf(survey);
    const stand = await (this.#attachTo === null
      ? putUp((this.#made = request), watch.lap, signal)
      : this.#attach(this.#attachTo, request, signal));
    const isFresh = this.#attachTo === null;
    this.#standing = { request, arrangement: 0, isFresh, fingerprint, fingerprintOf, stand };
    return {
      fingerprint,
      placement: placementOf(planned.nodes),
      timings: watch.timings(),
      warnings: [...warningsOf(survey), ...unseen, ...(await cpuWarnings(stand))],
    };
  }

  async standFor(record: string): Promise<void> {
    const { request } = this.#required();
    await request.kubectl.apply([standSecret(describeStand(record, request, this.#options))]);
  }

  get standsAs(): StandsAs | null {
    return this.#kept?.standsAs ?? null;
  }

  idleBusyNsPerSecond(): Promise<number> {
    return this.#required().stand.link.call("idle", null);
  }

  async measure(request: WindowRequest, signal: AbortSignal): Promise<WindowReading> {
    const standing = this.#required();
    standing.isFresh = false;
    const kept = this.#kept;
    this.#kept = null;
    const fate = kept?.fateAt(request) ?? "recorded";
    if (fate !== "recorded") this.#options.say(`what the lost command line had begun to measure is ${fate}`);
    return kept !== null && fate === "taken"
      ? takeKept(standing.stand, request, kept.measured)
      : measureWindow(standing.stand, request, signal);
  }

  async probe(scenario: Scenario, caller: CallerName, method: string): Promise<ProbeReading> {
    const { stand } = this.#required();
    stand.datapath.forget();
    this.#kept?.spoil();
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
    const before = new Map(podsOf(standing.stand.muster).map(({ name, ip }) => [name, ip]));
    await letGo(standing.stand);
    await this.#restore(standing, signal);
    const replaced = podsOf(standing.stand.muster).filter(({ name, ip }) => before.get(name) !== ip);
    return [
      replaced.length === 0
        ? "the stream into the cluster was opened anew"
        : `these pods were replaced: ${replaced.map(({ name }) => name).join(", ")}`,
    ];
  }

  /**
   * Pods of roads are made anew, each road's in the place that the one before it had: what comes with an early or a late
   * start (addresses, endpoints, where things lie in memory) then belongs to no road.
   */
  async rearrange(arrangement: number, signal: AbortSignal): Promise<boolean> {
    const standing = this.#required();
    if (standing.isFresh && standing.arrangement === arrangement) return false;
    this.#kept?.spoil();
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
    const survey = await this.#look(request).catch((error: unknown) => {
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

  /** What stands is ours from the moment that we hold its driver; before, it is left as it is. */
  async #attach(attachTo: Stand, request: StandRequest, signal: AbortSignal): Promise<RunStand> {
    requireOwnProgram(attachTo, request.plan.program);
    const place = { kubectl: request.kubectl, pod: DRIVER_POD, holder: this.#holder };
    await takeHold(attachTo, place, this.#options.say, signal);
    this.#made = request;
    const stand = await this.#ours(() => restoreStand(request, () => this.#look(request), signal));
    const measured = await stand.link.call("kept", null, { signal });
    this.#kept = measured === null ? null : new KeptTrial(measured);
    return stand;
  }

  /** What is missing is made, all is reached and in force, and the cluster is the one that the run began on. */
  async #restore(standing: Standing, signal: AbortSignal): Promise<void> {
    const look = (): Promise<ClusterSurvey> => this.#look(standing.request);
    standing.stand = await this.#ours(() => restoreStand(standing.request, look, signal));
    requireUnchanged(standing.fingerprint, standing.fingerprintOf(await look()));
  }

  #look({ kubectl }: StandRequest): Promise<ClusterSurvey> {
    return surveyCluster(kubectl, this.#options);
  }

  /** What another command line holds is not taken down. */
  async #ours<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DriverHeld) this.#made = null;
      throw error;
    }
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
