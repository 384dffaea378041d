/**
 * The lab as an Environment: one Linux machine, roads between private namespaces, a tc-eBPF policy and a real Envoy. This
 * side finds an Envoy, launches the supervisor and passes on what is asked; everything that is measured happens inside
 * the supervisor (supervisor.ts), where readings are close to what they read.
 */
import { readFile } from "node:fs/promises";
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { CallerName } from "../../loadgen/load-plan.js";
import type { StampLevel } from "../../results/anatomy-segments.js";
import type { KernelDemonstration } from "../../results/kernel-demonstration.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type {
  Environment,
  EnvironmentFacts,
  InterleavedRequest,
  ProbeReading,
  WindowReading,
  WindowRequest,
} from "../environment.js";
import { now } from "../../loadgen/clock.js";
import { cpuWindow, readCpu } from "../cpu-reader.js";
import { readIdleBusyNsPerSecond } from "../idle-reading.js";
import { notMeasuredLines } from "../not-measured.js";
import { readFingerprint } from "./fingerprint.js";
import { provisionEnvoys } from "./lab-envoys.js";
import { holdLabName, standingLabs, type HeldName } from "./lab-name.js";
import { allowedCpus, cpuList, placeOn, recordedPlacement } from "./placement.js";
import { runProgram } from "./processes.js";
import { Restarts } from "./restarts.js";
import type { StampLevelAnswer } from "./stamp-level.js";
import { standUp, type StandingLab } from "./standing-lab.js";
import type { SupervisorLink } from "./supervisor-link.js";

export interface LabOptions {
  /** `--lab-id`: two labs may stand side by side under different names. */
  readonly labId: string;
  /** `--envoy`: a path, a version, or null for the default. */
  readonly envoy: string | null;
  /** `--envoy` given more than once: paths by the version that scenarios name. */
  readonly envoyPaths: ReadonlyMap<string, string>;
  /** `--rootless`: in a user namespace, without eBPF. */
  readonly rootless: boolean;
  /** `--original-source`: Envoy opens upstream connections from the client's address. */
  readonly originalSource: boolean;
  /** `--proxy-alpn`: Envoy negotiates h2 on intercepted TLS, which Cilium's does not. */
  readonly proxyAlpn: boolean;
  /** `--let-cpus-halt`: CPUs with nothing to do halt, as they would without us (cpu-idle.ts). */
  readonly letCpusHalt: boolean;
  /** A known delay in the server: to try an instrument with. */
  readonly serverDelayNs: number;
  readonly env: NodeJS.ProcessEnv;
  /** Progress for people, one line at a time. */
  readonly say: (line: string) => void;
}

/** A lab with no wishes of its own; `env` and `say` have no default. */
export const LAB_DEFAULTS: Omit<LabOptions, "env" | "say"> = {
  labId: "default",
  envoy: null,
  rootless: false,
  originalSource: false,
  proxyAlpn: false,
  letCpusHalt: false,
  serverDelayNs: 0,
  envoyPaths: new Map(),
};

/**
 * Takes the lab's name. Nothing stands before `prepare`; dispose of it in any case.
 * @throws Fault without root, or when a lab of that name stands already.
 */
export async function startLab(options: LabOptions): Promise<LabEnvironment> {
  requireRoot(process.getuid?.() ?? 0, options.rootless);
  return new LabEnvironment(options, await holdLabName(options.labId), await ownCpus());
}

/** @throws Fault when the lab was asked for in a way that this user cannot have it. */
export function requireRoot(uid: number, rootless: boolean): void {
  if (uid === 0 || rootless) return;
  throw new Fault({
    fact: "the lab needs root",
    expected: "root: it makes network namespaces and loads an eBPF program",
    seen: `user id ${uid}`,
    so: "nothing was started",
    try: "sudo, or --rootless: every road but l4, in a user namespace without eBPF",
    exitCode: EXIT.usage,
  });
}

function nothingToMeasure(reasons: ReadonlyMap<string, string>): Fault {
  return new Fault({
    fact: "none of the asked roads can be measured on this machine",
    seen: notMeasuredLines(reasons),
    so: "nothing was measured",
    try: "tollgate doctor --env lab; no-policy and l7 need no eBPF program",
  });
}

/** How often a run builds the whole lab anew after its supervisor died. */
const MOST_REBUILDS = 2;

export class LabEnvironment implements Environment {
  readonly kind = "lab";
  readonly #options: LabOptions;
  readonly #name: HeldName;
  /** What this process may use when no lab stands. */
  readonly #cpus: readonly number[];
  #standing: StandingLab | null = null;
  readonly #rebuilds = new Restarts(MOST_REBUILDS);

  constructor(options: LabOptions, name: HeldName, cpus: readonly number[]) {
    this.#options = options;
    this.#name = name;
    this.#cpus = cpus;
  }

  get notMeasured(): ReadonlyMap<string, string> {
    return new Map(this.#standing?.report.notMeasured ?? []);
  }

  async prepare(scenarios: readonly Scenario[], signal: AbortSignal): Promise<EnvironmentFacts> {
    await this.#takeDown();
    const begun = performance.now();
    const placement = placeOn(this.#cpus);
    const { rootless, originalSource, proxyAlpn, letCpusHalt, serverDelayNs } = this.#options;
    const provisioned = provisionEnvoys(scenarios, this.#options);
    const ordered = provisioned.then((envoys) => ({
      scenarios,
      envoys: envoys.map(({ name, version, path }) => ({ name, version, path })),
      placement,
      rootless,
      originalSource,
      proxyAlpn,
      letCpusHalt,
      serverDelayNs,
      arrangement: 0,
    }));
    this.#standing = await standUp({ rootless, placement, ordered, signal });
    if (scenarios.every(({ name }) => this.notMeasured.has(name))) throw nothingToMeasure(this.notMeasured);
    await moveTo(placement.rest); // from here on, not even this process shares the generator's CPU
    const envoys = await provisioned;
    return {
      fingerprint: readFingerprint({
        envoys,
        options: this.#options,
        placement,
        judgedInKernel: scenarios.some(({ road }) => isExperimental(road)),
        cpuIdle: this.#standing.report.cpuIdle,
      }),
      placement: recordedPlacement(placement),
      timings: { ...this.#standing.report.timings, total: performance.now() - begun },
      warnings: [...this.#standing.report.warnings, ...(await this.#neighbours())],
    };
  }

  async idleBusyNsPerSecond(): Promise<number> {
    await this.#link.call("settle", null);
    return readIdleBusyNsPerSecond(() => readCpu([], now()), cpuWindow);
  }

  async measure(request: WindowRequest, signal: AbortSignal): Promise<WindowReading> {
    const { scenario, plan, transport, programTime, stamps = null, onInterval } = request;
    const ask = { scenario: scenario.name, plan, transport, programTime, stamps };
    const reading = await this.#link.call("measure", ask, { signal, onInterval });
    signal.throwIfAborted(); // a window that was cut short is no window of the design
    return reading;
  }

  async measureInterleaved(
    { scenarios, plan, transport, onInterval }: InterleavedRequest,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, WindowReading>> {
    const ask = { scenarios: scenarios.map(({ name }) => name), plan, transport };
    const readings = await this.#link.call("measure-interleaved", ask, { signal, onInterval });
    signal.throwIfAborted();
    return new Map(readings);
  }

  async loadStamps(asked: StampLevel): Promise<StampLevelAnswer> {
    return this.#link.call("load-stamps", { asked });
  }

  async probe(scenario: Scenario, caller: CallerName, method: string): Promise<ProbeReading> {
    return this.#link.call("probe", { scenario: scenario.name, caller, method });
  }

  async demonstrate(scenario: Scenario): Promise<KernelDemonstration> {
    return this.#link.call("demonstrate", { scenario: scenario.name });
  }

  async rearrange(arrangement: number, signal: AbortSignal): Promise<boolean> {
    const standing = this.#required();
    await standing.link.call("rearrange", { arrangement }, { signal });
    this.#standing = { ...standing, order: { ...standing.order, arrangement } }; // a lab built anew stands likewise
    return false;
  }

  async mend(): Promise<readonly string[]> {
    const { order, link } = this.#required();
    if (link.end === null) return link.call("mend", null);
    const died = this.#rebuilds.book("the lab", link.end);
    const signal = new AbortController().signal;
    const { rootless, placement } = order;
    this.#standing = await standUp({ rootless, placement, ordered: Promise.resolve(order), signal });
    await this.rearrange(order.arrangement, signal); // so that its Envoys have met the server
    return [`${died} and was built anew`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#takeDown();
    await moveTo(this.#cpus);
    await this.#name[Symbol.asyncDispose]();
  }

  async #takeDown(): Promise<void> {
    await this.#standing?.link.close();
    this.#standing = null;
  }

  async #neighbours(): Promise<string[]> {
    const others = (await standingLabs()).filter((labId) => labId !== this.#name.labId);
    return others.map((labId) => `another lab ("${labId}") stands on this machine: both take CPU time from each other`);
  }

  #required(): StandingLab {
    if (this.#standing === null) throw new Error("the lab is measured before it is prepared");
    return this.#standing;
  }

  get #link(): SupervisorLink {
    return this.#required().link;
  }
}

async function ownCpus(): Promise<number[]> {
  return allowedCpus(await readFile("/proc/self/status", "utf8"));
}

/** Moves this process, with all of its threads. */
async function moveTo(cpus: readonly number[]): Promise<void> {
  await runProgram(["taskset", "--all-tasks", "--cpu-list", "--pid", cpuList(cpus), String(process.pid)]);
}
