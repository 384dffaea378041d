/**
 * One arm after the other: measures a trial, mends what died in it, and writes it to disk before the next one starts. In
 * which order arms come is somebody else's decision (run-blocks.ts, ../capacity/search-roads.ts).
 */
import { Fault } from "../../loadgen/fault.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { Design, Probe } from "../../results/run-shape.js";
import type { Trial } from "../../results/trial.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { Environment } from "../environment.js";
import type { Arm } from "./design.js";
import type { RunProgress } from "./run-progress.js";
import { runInterleavedTrials, runTrial } from "./trial.js";

/** What the trials of a run need, whatever decides on their order. */
export interface ArmsRequest {
  readonly environment: Environment;
  readonly design: Design;
  readonly scenarios: ReadonlyMap<string, Scenario>;
  readonly transport: TransportName;
  /** Trials that a resumed run holds already. */
  readonly done: readonly Trial[];
  /** Written to disk when it resolves. */
  readonly keep: (trial: Trial) => Promise<void>;
  /** The same for roads that are tried again after a restart. */
  readonly keepProbe: (probe: Probe) => Promise<void>;
  readonly progress: RunProgress;
  readonly signal: AbortSignal;
  readonly instant: () => string;
}

/** After so many failed trials in a row, with mending in between, the environment is given up. */
const FAILURES_IN_A_ROW = 6;

export class ArmRunner {
  readonly #request: ArmsRequest;
  #nextIndex: number;
  #failuresInARow = 0;

  constructor(request: ArmsRequest) {
    this.#request = request;
    this.#nextIndex = request.done.reduce((next, trial) => Math.max(next, trial.index + 1), 0);
  }

  /** Resolves when the trial is on disk. @throws when the user has interrupted, or the environment is given up */
  async run(arm: Arm, attempt: number): Promise<Trial> {
    const { environment, design, transport, progress, signal, instant, keep } = this.#request;
    signal.throwIfAborted();
    const scenario = this.#scenarioOf(arm);
    progress.trialStarts(arm, attempt);
    let trial = await runTrial({
      environment,
      design,
      scenario,
      arm,
      index: this.#nextIndex++,
      attempt,
      transport,
      startedAt: instant(),
      signal,
      onInterval: (line) => {
        progress.interval(line);
      },
    });
    if (trial.outcome.state === "failed") trial = await this.#mended(trial, trial.outcome.message);
    else this.#failuresInARow = 0;
    await keep(trial);
    progress.trialEnds(arm, trial);
    return trial;
  }

  /** The same for arms whose roads take turns in one window: a trial of each. */
  async runTogether(arms: readonly Arm[], attempt: number): Promise<Trial[]> {
    const { environment, design, transport, progress, signal, instant, keep } = this.#request;
    signal.throwIfAborted();
    const scenarios = arms.map((arm) => this.#scenarioOf(arm));
    const [shown] = arms;
    if (shown !== undefined) progress.trialStarts(shown, attempt);
    const trials = await runInterleavedTrials({
      ...{ environment, design, scenarios, arms, attempt, transport, signal },
      firstIndex: this.#nextIndex,
      startedAt: instant(),
      onInterval: (line) => {
        progress.interval(line);
      },
    });
    this.#nextIndex += trials.length;
    const [first, ...others] = trials;
    const failed = first?.outcome.state === "failed";
    if (!failed) this.#failuresInARow = 0;
    const kept = failed ? [await this.#mended(first, first.outcome.message), ...others] : trials;
    for (const [index, trial] of kept.entries()) {
      await keep(trial);
      progress.trialEnds(arms[index] as Arm, trial);
    }
    return kept;
  }

  #scenarioOf({ scenario: name }: Arm): Scenario {
    const scenario = this.#request.scenarios.get(name);
    if (scenario === undefined) throw new Error(`design names ${name}, which is no scenario of the run`);
    return scenario;
  }

  /** After a failure: what died is started again, and the trial's own record says so. */
  async #mended(trial: Trial, message: string): Promise<Trial> {
    const { environment, keep, progress, signal } = this.#request;
    this.#failuresInARow++;
    if (this.#failuresInARow >= FAILURES_IN_A_ROW) {
      await keep(trial);
      throw new Fault({
        fact: `${FAILURES_IN_A_ROW} trials in a row have failed`,
        seen: message,
        so: "the run ends here; everything measured so far is kept",
        try: `tollgate doctor --env ${environment.kind}`,
      });
    }
    progress.stage("a trial has failed: looking for what was lost");
    const sentences = await environment.mend(signal).catch(async (error: unknown) => {
      await keep(trial); // it is part of the record, however the run ends
      throw error;
    });
    const text = [message, ...sentences].join("\n");
    return { ...trial, outcome: { state: "failed", stage: "load", message: text } };
  }
}
