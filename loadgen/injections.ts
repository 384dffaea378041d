/**
 * Disturbances on demand: chosen calls of a method fail, come late, break the protocol, or find the whole process
 * standing still. For tests of clients and proxies, and for calibration's known delays; a healthy server has none.
 */
import type { DueQueue } from "./due-queue.js";
import type { Effect, Injection } from "./server-protocol.js";
import { errorAnswer, type Outcome, type UnaryCall, type UnaryMethod } from "./unary-service.js";
import type { Nanoseconds } from "./units.js";

/** What a disturbance needs of the world. */
export interface InjectionWorld {
  readonly queue: DueQueue;
  readonly clock: () => Nanoseconds;
  /** Stops the process for so long: nothing is read or answered. */
  readonly standStill: (ns: Nanoseconds) => void;
}

/** The method with the disturbances that are meant for it; where two hit one call, the first of the list. */
export function withInjections(
  method: UnaryMethod,
  injections: readonly Injection[],
  world: InjectionWorld,
): UnaryMethod {
  const meant = injections.filter((injection) => injection.method === null || injection.method === method.name);
  if (meant.length === 0) return method;
  let calls = 0;
  return {
    name: method.name,
    handle: (request, start, end, call) => {
      const number = calls++;
      const effect = meant.find((injection) => hits(injection, number))?.effect;
      if (effect === undefined) return method.handle(request, start, end, call);
      return disturb(effect, () => method.handle(request, start, end, call), call, world);
    },
  };
}

/** Really still: no timer, no read, no write. */
export function standStill(ns: Nanoseconds): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ns / 1e6);
}

function hits({ from, every, times }: Injection, call: number): boolean {
  if (call < from || (call - from) % every !== 0) return false;
  return times === null || (call - from) / every < times;
}

function disturb(
  effect: Effect,
  answer: () => Outcome | null,
  call: UnaryCall,
  { queue, clock, standStill: stop }: InjectionWorld,
): Outcome | null {
  switch (effect.kind) {
    case "status":
      return errorAnswer(effect.status, effect.detail);
    case "stall":
      stop(effect.ns);
      return answer();
    case "delay": {
      const until = clock() + effect.ns;
      const outcome = answer();
      // A method that defers itself is late already.
      if (outcome === null) return null;
      const complete = call.defer();
      queue.add(until, () => complete(outcome));
      return null;
    }
    case "reset":
    case "garbage":
    case "disconnect":
    case "silence":
      return effect;
  }
}
