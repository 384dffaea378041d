/**
 * Restarts between blocks, as the design asks for them: before the first block of each pass and after every so many,
 * each time with all slots changed (METHOD §4.5). A block that a resumed run measured in full is passed over. Where
 * policies had to come into force anew, every road is tried open and closed again.
 */
import { Fault } from "../../loadgen/fault.js";
import type { PassDesign } from "../../results/run-shape.js";
import type { PassName } from "../../results/trial.js";
import type { Environment } from "../environment.js";
import type { ArmsRequest } from "./arm-runner.js";
import { arrangementOf } from "./design.js";
import { probeRoads } from "./probes.js";

export class Rearrangement {
  readonly #request: ArmsRequest;
  /** Pass and arrangement that stand now. */
  #standing: string | null = null;

  /** @throws Fault when the design asks for restarts and the environment has none to offer */
  constructor(request: ArmsRequest) {
    const { design, environment } = request;
    if (design.restarts !== undefined && environment.rearrange === undefined) throw cannotRestart(environment);
    this.#request = request;
    const { standsAs = null } = environment;
    if (standsAs !== null) this.#standing = keyOf(standsAs.pass, standsAs.arrangement);
  }

  /** To be called before the first trial of a block. */
  async before(pass: PassDesign, block: number): Promise<void> {
    const { design, environment, scenarios, keepProbe, progress, signal } = this.#request;
    const arrangement = arrangementOf(design, block);
    if (arrangement === null) return;
    const wanted = keyOf(pass.name, arrangement);
    if (wanted === this.#standing) return;
    signal.throwIfAborted();
    progress.stage("restarting what arms do not share, slots changed");
    const areAnew = await environment.rearrange?.(arrangement, signal);
    if (areAnew === true) {
      const restart = { pass: pass.name, arrangement };
      const roads = [...scenarios.values()];
      await probeRoads(environment, roads, [], (probe) => keepProbe({ restart, ...probe }), signal);
    }
    this.#standing = wanted;
  }
}

const keyOf = (pass: PassName, arrangement: number): string => `${pass}/${arrangement}`;

function cannotRestart({ kind }: Environment): Fault {
  return new Fault({
    fact: `the design asks for restarts between blocks, which the environment "${kind}" does not know`,
    so: "the luck of single processes would be taken for a difference of roads",
    try: "tollgate run without --like or --resume, for a design of its own",
  });
}
