/**
 * A run: blocks of trials under one design, seed and environment. `run-record.ts` holds the schema that reads and writes
 * these shapes; `run-store.ts` the folder they lie in.
 */
import type { Scenario } from "../scenarios/scenario.js";
import type { LoadPlan } from "../loadgen/load-plan.js";
import type { TransportName } from "../loadgen/transport.js";
import type { KernelDemonstration } from "./kernel-demonstration.js";
import type { PassName, Trial } from "./trial.js";

export interface RunHeader {
  readonly schema: 1;
  readonly id: string;
  readonly createdAt: string;
  readonly tollgate: string;
  readonly environment: "lab" | "cluster" | "scripted";
  /** Enough to run it again. */
  readonly command: readonly string[];
  readonly tags: readonly string[];
  readonly design: Design;
  readonly scenarios: readonly Scenario[];
  /** Envoys that were taken for those of Cilium releases; absent where none was. */
  readonly standIns?: readonly StandIn[];
  readonly fingerprint: Fingerprint;
  readonly placement: Placement;
  /** Busy ns per second of the whole node while nothing is measured: the floor under CPU per call (METHOD §2.9). Absent
   *  where it was not read; it then counts as zero, and the comparison says so. */
  readonly idleBusyNsPerSecond?: number;
  /** Id of the calibration record of the same machine and settings, null when there is no fresh one. */
  readonly calibration: string | null;
}

export interface Design {
  readonly seed: number;
  readonly blocks: number;
  readonly passes: readonly PassDesign[];
  /** Processes and pods that arms do not share are started anew on the way; absent: all live as long as the run. */
  readonly restarts?: Restarts;
  /** What the calls go over; absent: lean. */
  readonly transport?: TransportName;
}

/**
 * Two processes of one binary may differ for as long as they live (METHOD §4.5). Started anew between blocks, in slots
 * that change places, they differ anew each time: their luck becomes part of what blocks vary by.
 */
export interface Restarts {
  /** Before the first block of each pass, and then after every so many. */
  readonly everyBlocks: number;
}

/** The Envoy that was had in the place of the one that a Cilium release ships: same minor, nearest patch. */
export interface StandIn {
  readonly envoy: string;
  /** The release, with its patch. */
  readonly cilium: string;
  /** The version that it ships. */
  readonly ships: string;
}

export interface PassDesign {
  readonly name: PassName;
  /** Scenario names in catalogue order; each block shuffles them by the seed. */
  readonly scenarios: readonly string[];
  readonly blocks: number;
  /** The plan of each trial; its seed is replaced by one derived from design seed, pass, block and scenario. */
  readonly plan: LoadPlan;
  /** capacity only: what is searched for. Its `blocks` are then the rounds that the search may take at most. */
  readonly search?: SearchDesign;
}

/** What a capacity search asks of each road, and how far it looks (METHOD §5). */
export interface SearchDesign {
  readonly slo: Slo;
  /** Share of the sent calls that may fail or stay without an answer. */
  readonly failureBudget: number;
  /** Calls per second: the first rate, the lowest that the search may go down to, and the highest. */
  readonly startRate: number;
  readonly leastRate: number;
  readonly maxRate: number;
  /** The search is over when the smallest missed rate lies within this fraction above the largest held one. */
  readonly precision: number;
  /** A window is made longer than the plan's where the rate is low, so that the quantile can be said; up to this. */
  readonly longestWindowNs: number;
}

/** Service level objective: this quantile of ProcessPayment's response time is at most the limit. */
export interface Slo {
  /** 0.99 is p99. */
  readonly quantile: number;
  readonly limitNs: number;
}

/** Facts that must agree before two runs' difference may be blamed on one thing. Flat keys, values as text. */
export type Fingerprint = Readonly<Record<string, string>>;

export interface Placement {
  readonly cpus: number;
  readonly generator: string;
  readonly server: string;
  readonly proxy: string;
  readonly envoyConcurrency: number | null;
}

export interface Run {
  readonly header: RunHeader;
  readonly trials: readonly Trial[];
  /** The probes before the first block: what was refused and what was allowed. */
  readonly probes: readonly Probe[];
  /** What the experimental roads among them were seen to do; absent where there is none. */
  readonly demonstrations?: readonly KernelDemonstration[];
  readonly end: RunEnd | null;
  /** What the reader had to step over: a torn last line, a trial that would not parse. */
  readonly warnings: readonly string[];
}

export interface Probe {
  /** After which restart of the road's pods; absent: before the first block. */
  readonly restart?: { readonly pass: PassName; readonly arrangement: number };
  readonly scenario: string;
  readonly caller: string;
  readonly method: string;
  readonly promised: string;
  /** gRPC status name, or `silence` when nothing came back before the deadline. */
  readonly seen: string;
  readonly serviceNs: number;
}

export interface RunEnd {
  readonly state: "complete" | "interrupted" | "failed";
  readonly at: string;
  readonly message: string | null;
  readonly warnings: readonly string[];
}
