/** The line on stderr that is drawn over itself while load runs; silent where stderr is no terminal. */
import type { IntervalLine } from "../../loadgen/measurement.js";
import { count, duration } from "../../reports/quantities.js";
import type { Io } from "../io.js";

export class LiveLine {
  readonly #io: Io;
  readonly #windowNs: number;
  #calls = 0;
  #failed = 0;

  constructor(io: Io, windowNs: number) {
    this.#io = io;
    this.#windowNs = windowNs;
  }

  show(text: string): void {
    if (this.#io.live) this.#io.stderr.write(`\r\x1b[K${text}`);
  }

  interval(line: IntervalLine): void {
    this.#calls += line.sent;
    this.#failed += line.failed;
    const { p50Ns, p99Ns } = line;
    const times = p50Ns === null || p99Ns === null ? "" : `  p50 ${duration(p50Ns)}  p99 ${duration(p99Ns)}`;
    const failed = this.#failed === 0 ? "" : `  failed ${count(this.#failed)}`;
    const clock = `${(line.atNs / 1e9).toFixed(1)} of ${(this.#windowNs / 1e9).toFixed(1)} s`;
    this.show(`${clock}  sent ${count(this.#calls)}${times}  in flight ${count(line.inFlight)}${failed}`);
  }

  clear(): void {
    this.show("");
  }
}
