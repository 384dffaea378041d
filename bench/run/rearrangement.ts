/**
 * Restarts between blocks, as the design asks for them: before the first block of each pass and after every so many,
 * each time with all slots changed (METHOD §4.5). A block that a resumed run measured in full is passed over.
 */
import { Fault } from "../../loadgen/fault.js";
import type { Design, PassDesign } from "../../results/run-shape.js";
import type { Environment } from "../environment.js";
import { arrangementOf } from "./design.js";
import type { RunProgress } from "./run-progress.js";

export interface RearrangementRequest {
  readonly environment: Environment;
  readonly design: Design;
  readonly progress: Pick<RunProgress, "stage">;
  readonly signal: AbortSignal;
}

export class Rearrangement {
  readonly #request: RearrangementRequest;
  /** Pass and arrangement that stand now. */
  #standing: string | null = null;

  /** @throws Fault when the design asks for restarts and the environment has none to offer */
  constructor(request: RearrangementRequest) {
    const { design, environment } = request;
    if (design.restarts !== undefined && environment.rearrange === undefined) throw cannotRestart(environment);
    this.#request = request;
  }

  /** To be called before the first trial of a block. */
  async before(pass: PassDesign, block: number): Promise<void> {
    const { design, environment, progress, signal } = this.#request;
    const arrangement = arrangementOf(design, block);
    if (arrangement === null) return;
    const wanted = `${pass.name}/${arrangement}`;
    if (wanted === this.#standing) return;
    signal.throwIfAborted();
    progress.stage("restarting what arms do not share, slots changed");
    await environment.rearrange?.(arrangement, signal);
    this.#standing = wanted;
  }
}

function cannotRestart({ kind }: Environment): Fault {
  return new Fault({
    fact: `the design asks for restarts between blocks, which the environment "${kind}" does not know`,
    so: "the luck of single processes would be taken for a difference of roads",
    try: "tollgate run without --like or --resume, for a design of its own",
  });
}
