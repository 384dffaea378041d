/**
 * Our own garbage collections during a window, and the calls that were on their way meanwhile: their answers were read
 * late, and no road is to blame for it.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { now } from "./clock.js";

export interface Garbage {
  readonly totalNs: number;
  readonly longestNs: number;
  readonly affectedCalls: number;
}

/** One collection, in the instants of clock.ts. */
export interface Collection {
  readonly startNs: number;
  readonly endNs: number;
}

export class GarbageWatch implements Disposable {
  readonly #observer: PerformanceObserver;
  readonly #tally: GarbageTally;

  /** @param callsBetween the calls of the window that were on their way between two recent instants */
  constructor(callsBetween: (from: number, to: number) => number) {
    this.#tally = new GarbageTally(callsBetween);
    // Entries count from the process's start; this clock from the machine's.
    const offsetNs = now() - performance.now() * 1e6;
    this.#observer = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        const startNs = startTime * 1e6 + offsetNs;
        this.#tally.add({ startNs, endNs: startNs + duration * 1e6 });
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Entries arrive some turns of the loop after the collection: ask when the drain is over. */
  between(fromNs: number, toNs: number): Garbage {
    return this.#tally.between(fromNs, toNs);
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
  }
}

/** The arithmetic of it. */
export class GarbageTally {
  readonly #callsBetween: (from: number, to: number) => number;
  readonly #all: (Collection & { readonly calls: number })[] = [];

  constructor(callsBetween: (from: number, to: number) => number) {
    this.#callsBetween = callsBetween;
  }

  add(collection: Collection): void {
    this.#all.push({ ...collection, calls: this.#callsBetween(collection.startNs, collection.endNs) });
  }

  between(fromNs: number, toNs: number): Garbage {
    const inside = this.#all.filter(({ startNs }) => startNs >= fromNs && startNs < toNs);
    const lengths = inside.map(({ startNs, endNs }) => endNs - startNs);
    return {
      totalNs: lengths.reduce((sum, length) => sum + length, 0),
      longestNs: Math.max(0, ...lengths),
      affectedCalls: inside.reduce((sum, { calls }) => sum + calls, 0),
    };
  }
}
