/**
 * The supervisor's end of the pipe: what each request does to the lab.
 */
import type { IntervalLine } from "../../loadgen/measurement.js";
import { RequestAnswerer } from "../request-answerer.js";
import { buildLab } from "./lab-build.js";
import { Lab } from "./lab.js";
import type { FromSupervisor, SupervisorCalls, SupervisorRequest, ToSupervisor } from "./supervisor-protocol.js";

export class Supervisor {
  readonly #answerer: RequestAnswerer<SupervisorCalls>;
  #lab: Lab | null = null;

  constructor(send: (message: FromSupervisor) => void) {
    this.#answerer = new RequestAnswerer(send, this.#answer, "the lab's supervisor");
  }

  /** Never throws: what goes wrong is the answer. */
  handle(message: ToSupervisor): Promise<void> {
    return this.#answerer.handle(message);
  }

  readonly #answer = async (
    request: SupervisorRequest,
    signal: AbortSignal,
    onInterval: (line: IntervalLine) => void,
  ): Promise<unknown> => {
    switch (request.call) {
      case "up":
        this.#lab = new Lab(await buildLab(request.ask));
        return this.#lab.report();
      case "settle":
        await this.#standing.settle();
        return null;
      case "measure":
        return this.#standing.measure(request.ask, signal, onInterval);
      case "measure-interleaved":
        return this.#standing.measureInterleaved(request.ask, signal, onInterval);
      case "probe":
        return this.#standing.probe(request.ask);
      case "load-stamps":
        return this.#standing.loadStamps(request.ask.asked);
      case "demonstrate":
        return this.#standing.demonstrate(request.ask.scenario);
      case "rearrange":
        await this.#standing.rearrange(request.ask.arrangement);
        return null;
      case "mend":
        return this.#standing.mend();
    }
  };

  get #standing(): Lab {
    if (this.#lab === null) throw new Error("asked before the lab was up");
    return this.#lab;
  }
}
