/**
 * How often parts of the lab died in one run: a few deaths are mended, more are no accident but a fault of the machine.
 */
import { Fault } from "../../loadgen/fault.js";
import { howItEnded, type ProcessEnd } from "./processes.js";

export class Restarts {
  readonly #most: number;
  readonly #times = new Map<string, number>();

  /** @param most how often each part is replaced in one run */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Counts one death of a part, before it is replaced.
   * @returns the part and how it ended, as the beginning of a sentence
   * @throws Fault when it died more often than it is replaced
   */
  book(title: string, end: ProcessEnd | null): string {
    const times = (this.#times.get(title) ?? 0) + 1;
    this.#times.set(title, times);
    if (times > this.#most) {
      throw new Fault({
        fact: `${title} died ${times} times`,
        ...(end === null ? {} : { seen: `the last time it ${howItEnded(end)}` }),
        so: "the run ends here; what was measured is kept",
        try: "tollgate doctor --env lab",
      });
    }
    return `${title} ${end === null ? "was gone" : howItEnded(end)}`;
  }
}
