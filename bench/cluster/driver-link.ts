/**
 * The command line's end of the way to the driver: questions and answers over one stream, which is opened again when it
 * breaks. What was asked and not answered is asked again under its number: the driver has gone on meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "../../loadgen/fault.js";
import { RequestLink, type CallOptions } from "../request-link.js";
import { DriverHeld, holdDriver, type DriverPlace, type HeldStream } from "./held-stream.js";
import { failedBecause } from "./kubectl-fault.js";
import type { DriverCalls, FromDriver } from "./pod-protocol.js";

/** Longer, and what was asked is void; a laptop that wakes up, or a control plane that rolls, takes its time. */
const REOPENED_WITHIN_MS = 60_000;
const TRY_AGAIN_MS = 1_000;

export class DriverLink {
  readonly #place: DriverPlace;
  readonly #requests: RequestLink<DriverCalls>;
  #stream: HeldStream;
  #breaks = 0;
  #isClosed = false;

  private constructor(place: DriverPlace, requests: RequestLink<DriverCalls>, stream: HeldStream) {
    this.#place = place;
    this.#requests = requests;
    this.#stream = stream;
  }

  /** @throws DriverHeld when another command line holds it; KubectlFault when the pod cannot be entered */
  static async open(place: DriverPlace): Promise<DriverLink> {
    const requests = new RequestLink<DriverCalls>((message) => link.#stream.send(message), "the driver in the cluster");
    const link = new DriverLink(place, requests, await holdDriver(place, answersOf(requests)));
    link.#watch();
    return link;
  }

  /** How often its stream broke. */
  get breaks(): number {
    return this.#breaks;
  }

  /** @throws Fault as the driver tells it, or when the stream has ended and could not be opened again */
  call<K extends keyof DriverCalls>(
    call: K,
    ask: DriverCalls[K]["ask"],
    options: CallOptions = {},
  ): Promise<DriverCalls[K]["answer"]> {
    return this.#requests.call(call, ask, options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stream.close();
  }

  #watch(): void {
    void this.#stream.ended.then((how) => this.#reopen(how));
  }

  async #reopen(broken: Fault): Promise<void> {
    this.#breaks++;
    const giveUpAt = performance.now() + REOPENED_WITHIN_MS;
    while (!this.#isClosed) {
      try {
        const stream = await holdDriver(this.#place, answersOf(this.#requests));
        if (stream.driver !== this.#stream.driver || this.#isClosed) {
          await stream.close();
          return this.#requests.lose(driverReplaced());
        }
        this.#stream = stream;
        this.#watch();
        return this.#requests.askAgain();
      } catch (error) {
        if (error instanceof DriverHeld) return this.#requests.lose(error);
        if (!mayPass(error) || performance.now() >= giveUpAt) return this.#requests.lose(broken);
        await sleep(TRY_AGAIN_MS);
      }
    }
    this.#requests.lose(broken);
  }
}

function answersOf(requests: RequestLink<DriverCalls>): (message: FromDriver) => void {
  return (message) => {
    if ("id" in message) requests.hear(message);
  };
}

/** A pod that is gone comes back under its name only when somebody makes it: that is not waited for. */
function mayPass(error: unknown): boolean {
  return error instanceof Fault && !failedBecause(error, "not-found", "no-kubectl", "no-context", "forbidden");
}

function driverReplaced(): Fault {
  return new Fault({
    fact: "the driver in the cluster was started anew",
    expected: "the one that was asked",
    so: "whatever was being measured is void",
  });
}
