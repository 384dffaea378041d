/**
 * The answering end of request-link.ts: turns requests into work, and whatever becomes of them into one line.
 */
import { Fault, type FaultText } from "../loadgen/fault.js";
import type { IntervalLine } from "../loadgen/measurement.js";
import type { FromAnswerer, Request, ToAnswerer } from "./request-link.js";

/** Does what is asked. The signal is aborted when the answer is not wanted any more. */
export type Answer<C> = (
  request: Request<C>,
  signal: AbortSignal,
  onInterval: (line: IntervalLine) => void,
) => Promise<unknown>;

export class RequestAnswerer<C> {
  readonly #send: (message: FromAnswerer) => void;
  readonly #answer: Answer<C>;
  readonly #who: string;
  readonly #running = new Map<number, AbortController>();

  /** @param who we are, for people: `the lab's supervisor` */
  constructor(send: (message: FromAnswerer) => void, answer: Answer<C>, who: string) {
    this.#send = send;
    this.#answer = answer;
    this.#who = who;
  }

  /** Never throws: what goes wrong is the answer. */
  async handle(message: ToAnswerer<C>): Promise<void> {
    if ("cancel" in message) {
      this.#running.get(message.cancel)?.abort(new Fault({ fact: "the measurement was interrupted" }));
      return;
    }
    const { id } = message;
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const answer = await this.#answer(message, controller.signal, (interval) => this.#send({ id, interval }));
      this.#send({ id, answer });
    } catch (error) {
      this.#send({ id, fault: this.#faultText(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #faultText(error: unknown): FaultText {
    if (error instanceof Fault) return error.text;
    const seen = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { fact: `a bug in ${this.#who}, please report it with the lines below`, seen };
  }
}
