/**
 * Questions and answers over a pipe of JSON lines, as seen by who asks: the command line speaks so with what measures for
 * it, the lab's supervisor or the driver in the cluster. The other end is request-answerer.ts.
 *
 *   request {id, call, ask} ─► interval {id, line}* ─► answer {id, answer} or fault {id, fault}
 *   cancel {id}: what is going on ends, its request is answered by a fault
 */
import { Fault, type FaultText } from "../loadgen/fault.js";
import type { IntervalLine } from "../loadgen/measurement.js";

/** What can be asked, and what comes back. */
export type Calls<K extends string = string> = Readonly<Record<K, { readonly ask: unknown; readonly answer: unknown }>>;

export type Request<C> = {
  readonly [K in keyof C & string]: {
    readonly id: number;
    readonly call: K;
    readonly ask: C[K] extends { readonly ask: infer Ask } ? Ask : never;
  };
}[keyof C & string];

export type ToAnswerer<C> = Request<C> | { readonly cancel: number };

export type FromAnswerer =
  | { readonly id: number; readonly interval: IntervalLine }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly fault: FaultText };

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onInterval?: ((line: IntervalLine) => void) | undefined;
}

interface Waiting<C> {
  readonly request: Request<C>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (reason: Error) => void;
  readonly onInterval: ((line: IntervalLine) => void) | undefined;
}

/** How long the other end may take to heed a cancellation. */
const HEED_MS = 2000;

export class RequestLink<C extends Calls<keyof C & string>> {
  readonly #send: (message: ToAnswerer<C>) => void;
  readonly #who: string;
  readonly #waiting = new Map<number, Waiting<C>>();
  #lost: Fault | null = null;
  #nextId = 1;

  /** @param who answers, for people: `the lab's supervisor` */
  constructor(send: (message: ToAnswerer<C>) => void, who: string) {
    this.#send = send;
    this.#who = who;
  }

  /** What the other end has said. */
  hear(message: FromAnswerer): void {
    const request = this.#waiting.get(message.id);
    if (request === undefined) return; // answered already: a line that crossed with an abort
    if ("interval" in message) request.onInterval?.(message.interval);
    else if ("fault" in message) request.reject(new Fault(message.fault));
    else request.resolve(message.answer);
  }

  /** The way to the other end broke and is there again: what was not answered yet is asked once more, under its id. */
  askAgain(): void {
    for (const { request } of this.#waiting.values()) this.#send(request);
  }

  /** The other end is gone: whatever is asked, now or later, ends with this. */
  lose(why: Fault): void {
    this.#lost = why;
    for (const request of this.#waiting.values()) request.reject(why);
  }

  /**
   * Asks and waits for the answer. @throws Fault as the other end tells it, or when it has gone; the signal's reason
   * when it was aborted.
   */
  async call<K extends keyof C & string>(
    call: K,
    ask: C[K]["ask"],
    { signal, onInterval }: CallOptions = {},
  ): Promise<C[K]["answer"]> {
    signal?.throwIfAborted();
    if (this.#lost !== null) throw this.#lost;
    const id = this.#nextId++;
    const cancel = (): void => this.#cancel(id);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const request = { id, call, ask } as Request<C>;
      const answer = new Promise<unknown>((resolve, reject) =>
        this.#waiting.set(id, { request, resolve, reject, onInterval }),
      );
      this.#send(request);
      return await answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#waiting.delete(id);
    }
  }

  /** Who does not heed it must not keep whoever interrupts: it is given up. */
  #cancel(id: number): void {
    this.#send({ cancel: id });
    const giveUp = new Fault({ fact: `${this.#who} does not answer` });
    setTimeout(() => this.#waiting.get(id)?.reject(giveUp), HEED_MS).unref();
  }
}
