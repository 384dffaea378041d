/**
 * What the command line and the lab's supervisor say to each other: one JSON object per line, over the supervisor's
 * stdin and stdout. The supervisor lives in namespaces of its own, so this pipe is the only thing the two share; when it
 * closes, the lab is gone. The supervisor says hello; from then on it answers requests (request-link.ts).
 */
import type { CallerName, LoadPlan } from "../../loadgen/load-plan.js";
import type { TransportName } from "../../loadgen/transport.js";
import type { StampLevel, StampWish } from "../../results/anatomy-segments.js";
import type { KernelDemonstration } from "../../results/kernel-demonstration.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { CpuIdle } from "../cpu-idle.js";
import type { ProbeReading, WindowReading } from "../environment.js";
import type { FromAnswerer, Request, ToAnswerer } from "../request-link.js";
import type { LabPlacement } from "./placement.js";
import type { StampLevelAnswer } from "./stamp-level.js";

export interface SupervisorCalls {
  /** Stands every road up at once. The first call, once. */
  readonly up: { readonly ask: LabOrder; readonly answer: LabReport };
  /** Answered when nothing of the lab makes itself ready any more: from then on it is idle while nothing is asked. */
  readonly settle: { readonly ask: null; readonly answer: null };
  readonly measure: { readonly ask: MeasureOrder; readonly answer: WindowReading };
  readonly "measure-interleaved": {
    readonly ask: InterleavedOrder;
    /** By scenario name. */
    readonly answer: readonly (readonly [scenario: string, reading: WindowReading])[];
  };
  readonly probe: { readonly ask: ProbeOrder; readonly answer: ProbeReading };
  /** Loads what stamps calls, at that level or a lower one. */
  readonly "load-stamps": { readonly ask: { readonly asked: StampLevel }; readonly answer: StampLevelAnswer };
  /** Shows what the program in the kernel does on an experimental road. */
  readonly demonstrate: { readonly ask: { readonly scenario: string }; readonly answer: KernelDemonstration };
  /** Restarts every Envoy, each in the slot that the arrangement gives it. */
  readonly rearrange: { readonly ask: { readonly arrangement: number }; readonly answer: null };
  /** Restarts what has died; one sentence per thing that was mended. */
  readonly mend: { readonly ask: null; readonly answer: readonly string[] };
}

export interface LabOrder {
  readonly scenarios: readonly Scenario[];
  /** Started in this order in arrangement 0. */
  readonly envoys: readonly EnvoyOrder[];
  readonly placement: LabPlacement;
  /** In a user namespace: no eBPF program can be loaded. */
  readonly rootless: boolean;
  /** Put into the server's handling of every call, as code that computes would. */
  readonly serverDelayNs: number;
  /** Envoy opens upstream connections from the client's address. */
  readonly originalSource: boolean;
  /** Envoy negotiates h2 on intercepted TLS; Cilium's does not. */
  readonly proxyAlpn: boolean;
  /** CPUs may halt while they wait: their waking is then part of every call (cpu-idle.ts). */
  readonly letCpusHalt: boolean;
  /** How many places the arms of each road, and the Envoys, have moved on (arrangement.ts). */
  readonly arrangement: number;
}

export interface EnvoyOrder {
  /** As scenarios name it; null: the one for all scenarios that name none. */
  readonly name: string | null;
  readonly version: string;
  readonly path: string;
}

export interface LabReport {
  /** Milliseconds each stage of standing up took. */
  readonly timings: Readonly<Record<string, number>>;
  readonly cpuIdle: CpuIdle;
  readonly warnings: readonly string[];
  /** Scenario name and reason, for roads that this machine cannot show. */
  readonly notMeasured: readonly (readonly [scenario: string, reason: string])[];
}

export interface MeasureOrder {
  readonly scenario: string;
  readonly plan: LoadPlan;
  readonly transport: TransportName;
  readonly programTime: boolean;
  readonly stamps: StampWish | null;
}

export interface InterleavedOrder {
  readonly scenarios: readonly string[];
  readonly plan: LoadPlan;
  readonly transport: TransportName;
}

export interface ProbeOrder {
  readonly scenario: string;
  readonly caller: CallerName;
  readonly method: string;
}

export type ToSupervisor = ToAnswerer<SupervisorCalls>;
export type SupervisorRequest = Request<SupervisorCalls>;
export type FromSupervisor = { readonly hello: { readonly pid: number } } | FromAnswerer;
