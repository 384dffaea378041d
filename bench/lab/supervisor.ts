/**
 * The supervisor's end of the pipe: turns requests into work on the lab, and whatever becomes of them into one line.
 */
import { Fault, type FaultText } from "../../loadgen/fault.js";
import { buildLab } from "./lab-build.js";
import { Lab } from "./lab.js";
import type { FromSupervisor, SupervisorRequest, ToSupervisor } from "./supervisor-protocol.js";

export class Supervisor {
  readonly #send: (message: FromSupervisor) => void;
  readonly #running = new Map<number, AbortController>();
  #lab: Lab | null = null;

  constructor(send: (message: FromSupervisor) => void) {
    this.#send = send;
  }

  /** Never throws: what goes wrong is the answer. */
  async handle(message: ToSupervisor): Promise<void> {
    if ("cancel" in message) {
      this.#running.get(message.cancel)?.abort(new Fault({ fact: "the measurement was interrupted" }));
      return;
    }
    const { id } = message;
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      this.#send({ id, answer: await this.#answer(message, controller.signal) });
    } catch (error) {
      this.#send({ id, fault: faultText(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #answer(request: SupervisorRequest, signal: AbortSignal): Promise<unknown> {
    switch (request.call) {
      case "up":
        this.#lab = new Lab(await buildLab(request.ask));
        return this.#lab.report();
      case "measure":
        return this.#standing.measure(request.ask, signal, (interval) => this.#send({ id: request.id, interval }));
      case "probe":
        return this.#standing.probe(request.ask);
      case "mend":
        return this.#standing.mend();
    }
  }

  get #standing(): Lab {
    if (this.#lab === null) throw new Error("asked before the lab was up");
    return this.#lab;
  }
}

function faultText(error: unknown): FaultText {
  if (error instanceof Fault) return error.text;
  const seen = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { fact: "a bug in the lab's supervisor, please report it with the lines below", seen };
}
