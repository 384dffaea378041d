/**
 * The time a service takes for its work, drawn anew for each call from a seeded distribution.
 *
 * Idle waiting gives the loop back, so that calls overlap, and is exact to a turn of the loop (due-queue.ts; it keeps
 * the core busy for the last two milliseconds). Busy waiting holds the loop, as code that computes does: calls queue
 * behind each other, which is what real service time does to a single-threaded server.
 */
import type { DueQueue } from "./due-queue.js";
import { deriveSeed, randomStream } from "./random.js";
import type { ServiceTime } from "./server-protocol.js";
import type { UnaryMethod } from "./unary-service.js";
import type { Nanoseconds } from "./units.js";

export interface ServiceTimeOptions {
  readonly serviceTime: ServiceTime;
  readonly waiting: "busy" | "idle";
  readonly seed: number;
}

/** The method, answering as late as its service time says. */
export function withServiceTime(
  method: UnaryMethod,
  options: ServiceTimeOptions,
  queue: DueQueue,
  clock: () => Nanoseconds,
): UnaryMethod {
  if (options.serviceTime.kind === "none") return method;
  const draw = drawerOf(options.serviceTime, deriveSeed(options.seed, "service-time", method.name));
  return options.waiting === "busy" ? busy(method, draw, clock) : idle(method, draw, queue, clock);
}

function busy(method: UnaryMethod, draw: () => number, clock: () => Nanoseconds): UnaryMethod {
  return {
    name: method.name,
    handle: (request, start, end, call) => {
      const until = clock() + draw();
      const outcome = method.handle(request, start, end, call);
      while (clock() < until);
      return outcome;
    },
  };
}

function idle(method: UnaryMethod, draw: () => number, queue: DueQueue, clock: () => Nanoseconds): UnaryMethod {
  return {
    name: method.name,
    handle: (request, start, end, call) => {
      const until = clock() + draw();
      const outcome = method.handle(request, start, end, call);
      if (outcome === null) return null;
      const complete = call.defer();
      queue.add(until, () => complete(outcome));
      return null;
    },
  };
}

/** Nanoseconds, one draw per call. */
function drawerOf(serviceTime: Exclude<ServiceTime, { kind: "none" }>, seed: number): () => number {
  const random = randomStream(seed);
  switch (serviceTime.kind) {
    case "fixed":
      return () => serviceTime.ns;
    case "exponential":
      return () => random.exponential(serviceTime.meanNs);
    case "lognormal":
      return () => random.lognormal(serviceTime.medianNs, serviceTime.sigma);
  }
}
