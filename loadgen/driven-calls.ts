/** The half of a load source that is the same for all calls that a driver puts on lanes. */
import type { LoadDriver } from "./driver.js";
import { Fault } from "./fault.js";
import type { Lane, Line } from "./lane.js";
import type { LoadSource } from "./load-source.js";
import type { Outside } from "./outside.js";
import { awaitPriming, takesNoCall } from "./priming.js";
import type { Nanoseconds } from "./units.js";

export interface Driven {
  readonly driver: LoadDriver;
  /** One per caller. */
  readonly lanes: readonly Lane[];
  readonly outside: Outside;
  /** Wait after each caller's first call. */
  readonly primeSettleNs: Nanoseconds;
}

export abstract class DrivenCalls implements LoadSource {
  protected readonly driver: LoadDriver;
  readonly #driven: Driven;

  constructor(driven: Driven) {
    this.#driven = driven;
    this.driver = driven.driver;
  }

  abstract begin(at: Nanoseconds): void;
  abstract sendDue(at: Nanoseconds): number;
  abstract enterWindow(): void;
  abstract readonly exhausted: boolean;
  abstract stop(): void;

  get worked(): boolean {
    return this.driver.worked;
  }

  set worked(worked: boolean) {
    this.driver.worked = worked;
  }

  get inFlight(): number {
    return this.driver.inFlight;
  }

  get windowInFlight(): number {
    return this.driver.windowInFlight;
  }

  inFlightBetween(from: number, to: number): number {
    return this.driver.inFlightBetween(from, to);
  }

  async prepare(): Promise<void> {
    const { lanes, outside, primeSettleNs } = this.#driven;
    for (const lane of lanes) {
      let isFirst = true;
      await lane.open(async (line) => {
        await this.#prime(line);
        if (isFirst && primeSettleNs > 0) await outside.wait(primeSettleNs);
        isFirst = false;
      });
    }
  }

  expire(at: Nanoseconds): void {
    for (const lane of this.#driven.lanes) lane.expire(at);
  }

  async close(): Promise<void> {
    this.driver.close();
    await Promise.all(this.#driven.lanes.map((lane) => lane.close()));
  }

  async #prime(line: Line): Promise<void> {
    const { outside } = this.#driven;
    if (line.connection?.freeStreams === 0) throw takesNoCall(line.lane.target);
    const answer = this.driver.prime(line, outside.clock());
    await awaitPriming(answer, (at) => line.connection?.expire(at), line.lane.target, outside);
    if (line.connection !== null) return;
    const { host, port } = line.lane.target;
    throw new Fault({
      fact: `${host}:${port} closed a connection upon its first call`,
      so: "nothing can be measured there",
    });
  }
}
