import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { Interrupted, interruption } from "./interruption.js";

/** A process that only hears signals, and remembers what it was ended with. */
class SomeProcess extends EventEmitter {
  readonly ended: number[] = [];

  exit(code: number): never {
    this.ended.push(code);
    return undefined as never;
  }
}

function listening(outlivesTerminal = false): {
  process: SomeProcess;
  signal: AbortSignal;
  at: (ms: number, name: string) => void;
} {
  const process = new SomeProcess();
  let now = 0;
  const { signal } = interruption(process as unknown as NodeJS.Process, { outlivesTerminal, clock: () => now });
  const at = (ms: number, name: string): void => {
    now = ms;
    process.emit(name);
  };
  return { process, signal, at };
}

describe("Ctrl-C", () => {
  test("is told to the run, which ends in good order", () => {
    const { process, signal, at } = listening();
    at(1_000, "SIGINT");
    expect(signal.reason).toBeInstanceOf(Interrupted);
    expect(process.ended).toEqual([]);
  });

  test("that npm or timeout passes on once more is still the first", () => {
    const { process, signal, at } = listening();
    at(1_000, "SIGINT");
    at(1_002, "SIGINT");
    at(1_400, "SIGTERM");
    expect(signal.aborted).toBe(true);
    expect(process.ended).toEqual([]);
  });

  test("a second time waits for nothing", () => {
    const { process, at } = listening();
    at(1_000, "SIGINT");
    at(3_000, "SIGINT");
    expect(process.ended).toEqual([130]);
  });
});

test("a terminal that is gone ends a run, but not one that can be attached to", () => {
  const [mortal, survivor] = [listening(), listening(true)];
  for (const { at } of [mortal, survivor]) at(0, "SIGHUP");
  expect([mortal.signal.aborted, survivor.signal.aborted]).toEqual([true, false]);
});
