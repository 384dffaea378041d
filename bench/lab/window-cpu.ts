/** The CPU that was spent while a window was open: read when the generator says that it opens, and that it closes. */
import { now } from "../../loadgen/clock.js";
import type { LoadEvent } from "../../loadgen/workers.js";
import type { CpuWindow } from "../../results/cpu-window.js";
import { cpuWindow, readCpu, type CpuReading, type KnownProcess } from "../cpu-reader.js";

export class WindowCpu {
  readonly #known: readonly KnownProcess[];
  #opened: CpuReading | null = null;
  #closed: CpuReading | null = null;

  constructor(known: readonly KnownProcess[]) {
    this.#known = known;
  }

  hear(event: LoadEvent): void {
    if (event.kind === "window-opened") this.#opened = readCpu(this.#known, now());
    if (event.kind === "window-closed") this.#closed = readCpu(this.#known, now());
  }

  /** Null when the window never opened or closed. */
  window(): CpuWindow | null {
    return this.#opened === null || this.#closed === null ? null : cpuWindow(this.#opened, this.#closed);
  }
}
