/**
 * The standing lab, inside the supervisor: measures windows, tries roads open and closed, and replaces what has died.
 *
 * A whole window runs here, in the order of METHOD §2.4, so that every reading is close to what it reads. A part that
 * dies in the middle voids the trial at once: nobody waits for calls that cannot end.
 */
import { Fault } from "../../loadgen/fault.js";
import type { IntervalLine, Measurement } from "../../loadgen/measurement.js";
import type { LoadEvent } from "../../loadgen/workers.js";
import type { StampLevel } from "../../results/anatomy-segments.js";
import type { KernelDemonstration } from "../../results/kernel-demonstration.js";
import type { PathCounters } from "../../results/path-counters.js";
import type { ProbeReading, WindowReading } from "../environment.js";
import { demonstrate } from "./kernel-demo/demonstrate.js";
import { L7_KERNEL_PROGRAM } from "./l7-kernel-map.js";
import { POLICY, type PinnedProgram } from "./policy-map.js";
import type { RoadPlan } from "./address-plan.js";
import type { KnownProcess } from "../cpu-reader.js";
import { HEADLINE_METHOD } from "../../scenarios/standard-mix.js";
import { Stamps } from "./anatomy-program.js";
import { envoyTitle, startEnvoy } from "./envoy-process.js";
import { driveGuarded, type NeededPart } from "./guarded-load.js";
import { rearranged, startGenerator, type LabParts } from "./lab-build.js";
import { readingsByRoad } from "./interleaved-readings.js";
import { interleavedOrderOf, loadOrderOf, targetOf } from "./lab-calls.js";
import { labReport } from "./lab-report.js";
import { LabServer } from "./lab-server.js";
import { readPath } from "./path-reader.js";
import { timeProgram } from "./program-time.js";
import { Prober } from "./prober.js";
import { Restarts } from "./restarts.js";
import { loadStamps, type StampLevelAnswer } from "./stamp-level.js";
import { WindowCpu } from "./window-cpu.js";
import type { InterleavedOrder, LabReport, MeasureOrder, ProbeOrder } from "./supervisor-protocol.js";

export class Lab {
  #parts: LabParts;
  readonly #prober: Prober;
  /** Numbers of the roads whose server Envoy has called before. */
  readonly #met = new Set<number>();
  readonly #stamps = new Stamps();
  readonly #restarts = new Restarts(MOST_RESTARTS);

  constructor(parts: LabParts) {
    this.#parts = parts;
    this.#prober = new Prober(parts.order.placement.generator);
  }

  async measure(
    order: MeasureOrder,
    signal: AbortSignal,
    onInterval: (line: IntervalLine) => void,
  ): Promise<WindowReading> {
    const road = this.#road(order.scenario);
    await this.#prober.end();
    if (order.stamps !== null) await this.#stamps.attach(road, order.plan, order.stamps);
    const before = await readPath(road, this.#parts);
    const load = loadOrderOf(road, order, { ...this.#context, met: this.#met.has(road.number) });
    const cpu = new WindowCpu(this.#processes());
    const hear = (event: LoadEvent): void => {
      cpu.hear(event);
      if (order.stamps !== null && event.kind === "ready") this.#stamps.arm();
      if (event.kind === "interval") onInterval(event.line);
    };
    const program = order.programTime ? programOf(road, this.#parts) : null;
    const { generator } = this.#parts;
    const needed = [...this.#needed(), ...(order.stamps !== null ? this.#stamps.holders : [])];
    const drive = (...more: readonly NeededPart[]): Promise<Measurement> =>
      driveGuarded(load, { generator, needed: [...needed, ...more], signal, onEvent: hear });
    const { result, programTime } =
      program === null ? { result: await drive(), programTime: null } : await timeProgram(program, drive);
    this.#met.add(road.number);
    const after = await readPath(road, this.#parts);
    const stamped = order.stamps !== null ? { stamps: await this.#stamps.detach() } : {};
    return { measurement: result, before, after, cpu: cpu.window(), programTime, ...stamped };
  }

  async measureInterleaved(
    { scenarios, plan, transport }: InterleavedOrder,
    signal: AbortSignal,
    onInterval: (line: IntervalLine) => void,
  ): Promise<readonly (readonly [scenario: string, reading: WindowReading])[]> {
    const roads = scenarios.map((name) => this.#road(name));
    await this.#prober.end();
    const readAll = (): Promise<PathCounters[]> => Promise.all(roads.map((road) => readPath(road, this.#parts)));
    const before = await readAll();
    const met = roads.every(({ number }) => this.#met.has(number));
    const load = interleavedOrderOf(roads, { plan, transport }, { ...this.#context, met });
    const onEvent = (event: LoadEvent): void => {
      if (event.kind === "interval") onInterval(event.line);
    };
    const { generator } = this.#parts;
    const measurement = await driveGuarded(load, { generator, needed: this.#needed(), signal, onEvent });
    for (const { number } of roads) this.#met.add(number);
    return readingsByRoad({ measurement, mix: load.plan.mix, before, after: await readAll() });
  }

  /** Generator and server rehearse once they stand (loadgen/rehearsal.ts). */
  async settle(): Promise<void> {
    const { generator, server } = this.#parts;
    await Promise.all([generator.rehearsed(), server.rehearsed()]);
  }

  loadStamps(asked: StampLevel): Promise<StampLevelAnswer> {
    return loadStamps(this.#stamps, asked);
  }

  async probe({ scenario, caller, method }: ProbeOrder): Promise<ProbeReading> {
    const road = this.#road(scenario);
    return this.#prober.probe(targetOf(road, caller, this.#context), method);
  }

  async demonstrate(scenario: string): Promise<KernelDemonstration> {
    await this.#prober.end();
    const road = this.#road(scenario);
    const { server, order } = this.#parts;
    const target = targetOf(road, "api-gateway", this.#context);
    return demonstrate({ road, target, server, cpus: order.placement.generator });
  }

  /** Every Envoy ends and starts anew, in the slots of that arrangement. */
  async rearrange(arrangement: number): Promise<void> {
    await this.#prober.end();
    this.#parts = await rearranged(this.#parts, arrangement);
    await this.#introduceAnew(this.#parts.roads);
  }

  /** To whatever is behind roads whose Envoy is a new one. */
  async #introduceAnew(roads: readonly RoadPlan[]): Promise<void> {
    if (this.#parts.redirects.kind === "unavailable") return; // nothing leads to any Envoy
    if (roads.length > 0) await this.#prober.end();
    for (const road of roads.filter(({ redirect }) => redirect !== null)) {
      this.#met.delete(road.number);
      await this.#introduce(road);
    }
  }

  /**
   * One call that is allowed, so that a new Envoy has met the server: where every call is refused nothing goes upstream,
   * and the path could not be proven.
   */
  async #introduce(road: RoadPlan): Promise<void> {
    const { seen } = await this.#prober.probe(targetOf(road, "api-gateway", this.#context), HEADLINE_METHOD);
    if (seen === "OK") return;
    throw new Fault({
      fact: `the road "${road.scenario.name}" does not lead to the server after a restart`,
      expected: `${HEADLINE_METHOD} by api-gateway ends with OK`,
      seen,
      try: "tollgate doctor --env lab",
    });
  }

  /** One sentence per thing that was mended. @throws Fault when something died too often. */
  async mend(): Promise<readonly string[]> {
    const mended: string[] = [];
    const strangers: RoadPlan[] = [];
    const { placement } = this.#parts.order;
    for (const [index, envoy] of this.#parts.envoys.entries()) {
      if (envoy.process.end === null) continue;
      mended.push(`${this.#restarts.book(envoyTitle(envoy.launch.envoy), envoy.process.end)} ${ANEW}`);
      envoy.admin.close();
      const envoys = this.#parts.envoys.with(index, await startEnvoy(envoy.launch));
      this.#parts = { ...this.#parts, envoys };
      strangers.push(...envoy.launch.roads);
    }
    if (this.#parts.server.process.end !== null) {
      mended.push(`${this.#restarts.book("the payments server", this.#parts.server.process.end)} ${ANEW}`);
      const { roads, certificates } = this.#parts;
      const launch = { roads, certificate: certificates.server, cpus: placement.server };
      const server = await LabServer.start({ ...launch, delayNs: this.#parts.order.serverDelayNs });
      this.#parts = { ...this.#parts, server };
    }
    if (!this.#parts.generator.alive) {
      mended.push(`${this.#restarts.book("the generator", null)} ${ANEW}`);
      await this.#parts.generator.close();
      this.#parts = { ...this.#parts, generator: await startGenerator(placement.generator) };
    }
    await this.#introduceAnew(strangers);
    return mended;
  }

  /** What the environment tells of itself once it stands. */
  report(): LabReport {
    return labReport(this.#parts);
  }

  get #context(): Parameters<typeof targetOf>[2] {
    return { certificates: this.#parts.certificates, proxyAlpn: this.#parts.order.proxyAlpn };
  }

  #road(name: string): RoadPlan {
    const road = this.#parts.roads.find(({ scenario }) => scenario.name === name);
    const reason = this.report().notMeasured.find(([scenario]) => scenario === name)?.[1];
    if (reason !== undefined) throw new Fault({ fact: `the road "${name}" cannot be measured here`, seen: reason });
    if (road !== undefined) return road;
    throw new Fault({ fact: `the lab has no road "${name}"`, so: "it was not among the scenarios it was built for" });
  }

  #processes(): KnownProcess[] {
    const { generator, server, envoys } = this.#parts;
    return [
      ...generator.pids.map((pid, index) => ({ role: "generator" as const, name: `worker ${index}`, pid })),
      { role: "server", name: "payments server", pid: server.process.pid },
      ...envoys.map(({ launch, process }) => ({
        role: "envoy" as const,
        name: envoyTitle(launch.envoy),
        pid: process.pid,
      })),
      { role: "other", name: "supervisor", pid: process.pid },
    ];
  }

  /** What no window can do without. */
  #needed(): NeededPart[] {
    const { server, envoys } = this.#parts;
    return [
      { name: "the payments server", ended: server.process.ended },
      ...envoys.map(({ launch, process }) => ({ name: envoyTitle(launch.envoy), ended: process.ended })),
    ];
  }
}

/** How often each part is replaced in one run: more is no accident but a fault of the machine. */
const MOST_RESTARTS = 5;
const ANEW = "and was started anew";

/** The program that judges a road; null where none does. */
function programOf({ scenario }: RoadPlan, { policy, l7Kernel }: LabParts): PinnedProgram | null {
  switch (scenario.road.policy) {
    case "none":
      return null;
    case "l4":
      return policy.kind === "loaded" ? POLICY : null;
    case "l7-kernel":
      return l7Kernel.kind === "loaded" ? L7_KERNEL_PROGRAM : null;
  }
}
