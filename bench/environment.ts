/**
 * Where roads exist: the lab on one machine, a Kubernetes cluster, or a script for tests. The order of a run knows only
 * this interface.
 */
import type { LoadOrder } from "../loadgen/worker-protocol.js";
import type { CallerName, LoadPlan } from "../loadgen/load-plan.js";
import type { IntervalLine, Measurement } from "../loadgen/measurement.js";
import type { StampReading } from "../results/anatomy-record.js";
import type { StampLevel, StampWish } from "../results/anatomy-segments.js";
import type { CpuWindow } from "../results/cpu-window.js";
import type { KernelDemonstration } from "../results/kernel-demonstration.js";
import type { PathCounters } from "../results/path-counters.js";
import type { Fingerprint, Placement } from "../results/run-shape.js";
import type { PassName } from "../results/trial.js";
import type { Scenario } from "../scenarios/scenario.js";

export interface Environment extends AsyncDisposable {
  readonly kind: "lab" | "cluster" | "scripted";
  /** Builds every road at once and resolves when all of them can be measured. */
  prepare(scenarios: readonly Scenario[], signal: AbortSignal): Promise<EnvironmentFacts>;
  /**
   * Busy ns per second of the measured node(s) while every road stands and nothing is sent: the floor under CPU per call
   * (METHOD §2.9). Null where it cannot be read.
   */
  idleBusyNsPerSecond(): Promise<number | null>;
  /** One warm-up and one window on one road, with the readings around it (METHOD §2.4). */
  measure(request: WindowRequest, signal: AbortSignal): Promise<WindowReading>;
  /**
   * One window over several roads, whose calls take turns (METHOD §2.2: one call in flight): what disturbs the machine
   * meanwhile falls on all of them alike. No CPU is read: it could not be told apart. Absent where callers of different
   * roads cannot take turns; such an environment measures its roads one by one.
   * @returns by scenario name
   */
  measureInterleaved?(request: InterleavedRequest, signal: AbortSignal): Promise<ReadonlyMap<string, WindowReading>>;
  /** Loads what stamps calls, or a lower level where this kernel does not take it, with the reason. Absent: no stamps. */
  loadStamps?(asked: StampLevel): Promise<{ readonly level: StampLevel; readonly notice: string | null }>;
  /** One call by one caller: how it ended and how long that took. Not counted in any window. */
  probe(scenario: Scenario, caller: CallerName, method: string): Promise<ProbeReading>;
  /** Shows what an experimental road does to callers and how it is fooled; absent where no such road can stand. */
  demonstrate?(scenario: Scenario): Promise<KernelDemonstration>;
  /**
   * Starts anew what roads do not share, the Envoys of a preview or the agents of a cluster, and lets them change places:
   * 0 is the arrangement that `prepare` made, each further number moves every one of them on by one slot. Absent where
   * nothing can be restarted.
   * @returns whether policies had to come into force anew: the roads are then to be tried again before they are measured
   * @throws Fault when something does not come up again
   */
  rearrange?(arrangement: number, signal: AbortSignal): Promise<boolean>;
  /**
   * After a failed measure: whether every part of the environment is alive, restarting what can be (a dead Envoy, a dead
   * generator). Returns one sentence per thing that was mended; throws a Fault when the run cannot go on, the signal's
   * reason when it was aborted meanwhile.
   */
  mend(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Tells the environment whose record its trials go into, before the first of them: where a command line may be lost and
   * another take its place, that one must know. Absent where everything ends with the command line.
   */
  standFor?(record: string): Promise<void>;
  /** What the last trial was measured under, where another command line's stand was taken over; else null. */
  readonly standsAs?: StandsAs | null;
  /**
   * After the last trial: whether the set-up is still the one that the run began on. Absent where nobody else can change it.
   * @returns warnings of what could not be looked at
   * @throws Fault that lists what has changed
   */
  compareSetup?(): Promise<readonly string[]>;
  /** What each road cannot show here, e.g. L4 without CAP_BPF: scenario name → reason. Such roads are not measured. */
  readonly notMeasured: ReadonlyMap<string, string>;
}

/** What pods were made anew for (`rearrange`). */
export interface StandsAs {
  readonly pass: PassName;
  readonly arrangement: number;
}

export interface EnvironmentFacts {
  readonly fingerprint: Fingerprint;
  readonly placement: Placement;
  /** Milliseconds each stage of standing up took. */
  readonly timings: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

export interface WindowRequest {
  readonly scenario: Scenario;
  readonly plan: LoadPlan;
  readonly transport: LoadOrder["transport"];
  /** Count the policy program's run time during the window: costs time itself, so only in a pass of its own. */
  readonly programTime: boolean;
  /** Stamp the way of each call: one in flight only, and only in a pass of its own, since it costs time. */
  readonly stamps?: StampWish;
  /** Of a trial that goes into a record. */
  readonly trial?: TrialPlace;
  readonly onInterval?: (line: IntervalLine) => void;
}

/** Which trial of its run a window is: by it whoever goes on after a lost command line knows what was measured last. */
export interface TrialPlace {
  readonly index: number;
  readonly pass: PassName;
  /** Null where the design restarts nothing. */
  readonly arrangement: number | null;
  readonly startedAt: string;
}

export interface InterleavedRequest {
  readonly scenarios: readonly Scenario[];
  /** As each road alone would have it; the window is shared. */
  readonly plan: LoadPlan;
  readonly transport: LoadOrder["transport"];
  readonly onInterval?: (line: IntervalLine) => void;
}

export interface WindowReading {
  readonly measurement: Measurement;
  readonly before: PathCounters;
  readonly after: PathCounters;
  readonly cpu: CpuWindow | null;
  readonly programTime: { readonly runNs: number; readonly runs: number } | null;
  /** Where it was asked for. */
  readonly stamps?: StampReading;
  /** Of a window that a lost command line had begun: when that was. */
  readonly startedAt?: string;
}

export interface ProbeReading {
  /** gRPC status name, or `silence` when nothing came back before the deadline. */
  readonly seen: string;
  readonly serviceNs: number;
}
