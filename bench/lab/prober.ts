/**
 * Tries one call in the client's namespace: a process that lives from the first probe to the next window, so that
 * nothing but the generator runs there while a window is measured.
 */
import { Fault } from "../../loadgen/fault.js";
import type { Target } from "../../loadgen/transport.js";
import { PAYMENTS_SERVICE } from "../../proto/payments.js";
import { programPath } from "../../proto/package-root.js";
import type { ProbeReading } from "../environment.js";
import { orKilled } from "../or-killed.js";
import { CLIENT_NAMESPACE, inNamespace } from "./network.js";
import { cpuList } from "./placement.js";
import { howItEnded, startProcess, type LineProcess, type ProcessEnd } from "./processes.js";

/** What probe-main.ts reads, one JSON object per line; it answers each with a ProbeReading. */
export interface ProbeRequest {
  readonly target: Target;
  /** `/package.Service/Method` */
  readonly path: string;
}

/** How many probing processes one probe may take: more deaths are no accident. */
const MOST_TRIES = 3;
/** Starting and a probe's own deadline (probe-main.ts) take less than half of it, on a busy machine too. */
const LIMIT_MS = 5000;

export class Prober {
  readonly #cpus: readonly number[];
  #process: LineProcess | null = null;
  #answer: ((reading: ProbeReading) => void) | null = null;

  constructor(cpus: readonly number[]) {
    this.#cpus = cpus;
  }

  /**
   * One after the other. A probing process that dies is replaced, and what it was at is tried again; one that does not
   * answer in time, because somebody stopped it, is killed and counts as dead.
   * @throws Fault when it dies again and again
   */
  async probe(target: Target, method: string): Promise<ProbeReading> {
    const request: ProbeRequest = { target, path: `/${PAYMENTS_SERVICE}/${method}` };
    let end: ProcessEnd | null = null;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const child = await this.#running();
      const answer = new Promise<ProbeReading>((resolve) => (this.#answer = resolve));
      child.send(request);
      const reading = await orKilled(child, LIMIT_MS, Promise.race([answer, child.ended.then(() => null)]));
      if (reading !== null) return reading;
      end = child.end;
    }
    throw new Fault({
      fact: `the probing process died ${MOST_TRIES} times in one probe`,
      expected: `an answer within ${LIMIT_MS / 1000} s: it is killed after that`,
      ...(end === null ? {} : { seen: `the last time it ${howItEnded(end)}` }),
      so: "whether the road is open to whom it should be is not known",
      try: "tollgate doctor --env lab",
    });
  }

  /** Nothing probes any more. */
  async end(): Promise<void> {
    if (this.#process === null) return;
    this.#process.closeInput();
    await orKilled(this.#process, LIMIT_MS, this.#process.ended);
    this.#process = null;
  }

  async #running(): Promise<LineProcess> {
    if (this.#process !== null && this.#process.end !== null) this.#process = null; // it died while nobody asked
    this.#process ??= await startProcess({
      name: "prober",
      command: inNamespace(CLIENT_NAMESPACE, [
        ...["taskset", "--cpu-list", cpuList(this.#cpus)],
        ...[process.execPath, programPath("bench/lab/probe-main")],
      ]),
      onMessage: (reading) => this.#answer?.(reading as ProbeReading),
    });
    return this.#process;
  }
}
