/**
 * What the driver had measured last when a command line took the place of a lost one: a whole trial, if it is the very one
 * that the run asks for next, and nothing was sent to any road since.
 */
import { isDeepStrictEqual } from "node:util";
import type { StandsAs, TrialPlace, WindowRequest } from "../environment.js";
import type { KeptMeasurement } from "./pod-protocol.js";

export class KeptTrial {
  readonly measured: KeptMeasurement;
  readonly #place: TrialPlace | null;
  #isOfUse = true;

  constructor(measured: KeptMeasurement) {
    this.measured = measured;
    this.#place = measured.ask.mark?.place ?? null;
  }

  /** Null where nothing is restarted. */
  get standsAs(): StandsAs | null {
    if (this.#place === null || this.#place.arrangement === null) return null;
    return { pass: this.#place.pass, arrangement: this.#place.arrangement };
  }

  /** Something was sent to a road: the agents' next reading closes no trial. */
  spoil(): void {
    this.#isOfUse = false;
  }

  /** What becomes of it, for the first window that is asked for. `recorded`: it was in the record before. */
  fateAt(request: WindowRequest): "taken" | "measured again" | "recorded" {
    if (this.#place === null || this.#place.index !== request.trial?.index) return "recorded";
    return this.#isOfUse && isAskedFor(this.measured, request) ? "taken" : "measured again";
  }
}

function isAskedFor({ ask }: KeptMeasurement, { scenario, plan, transport, trial }: WindowRequest): boolean {
  const then = { scenario: ask.scenario, transport: ask.transport, plan: ask.plan, place: timeless(ask.mark?.place) };
  const now = { scenario: scenario.name, transport, plan: throughJson(plan), place: timeless(trial) };
  return isDeepStrictEqual(then, now);
}

function timeless(place: TrialPlace | undefined): object | null {
  if (place === undefined) return null;
  const { startedAt: _, ...rest } = place;
  return rest;
}

/** As what was asked came to the driver. */
function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
