import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { ms, perSecond, seconds } from "../../loadgen/units.js";
import { randomStream } from "../../loadgen/random.js";
import type { Design, Probe } from "../../results/run-shape.js";
import { syntheticOutcome } from "../../results/synthetic-trial.js";
import type { Trial } from "../../results/trial.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { Environment, WindowReading, WindowRequest } from "../environment.js";
import { designRun } from "./design.js";
import { runBlocks } from "./run-blocks.js";
import type { RunProgress } from "./run-progress.js";

const SCENARIOS = ["no-policy", "l4", "l7"].map(scenarioByName);
const DESIGN: Design = designRun({
  scenarios: SCENARIOS,
  passes: ["single"],
  blocks: 3,
  seed: 5,
  windowNs: ms(100),
  warmupNs: ms(10),
  rate: perSecond(100),
  connections: 1,
  streams: 10,
  idle: "sleep",
  timeoutNs: seconds(1),
});

const SILENT: RunProgress = { stage() {}, trialStarts() {}, interval() {}, trialEnds() {}, end() {} };

/** What the n-th window of a script yields: a good reading, one whose path is contradicted, or a fault. */
type Script = (window: number, request: WindowRequest) => "good" | "void" | Fault;

function goodReading({ scenario, plan }: WindowRequest): WindowReading {
  const outcome = syntheticOutcome({ scenario, plan, serviceNs: 80_000, calls: 500, random: randomStream(1) });
  if (outcome.state !== "measured") throw new Error("a synthetic trial is measured");
  const { measurement, cpu, path } = outcome;
  return { measurement, cpu, before: path.before, after: path.after, programTime: null };
}

interface Scripted {
  readonly environment: Environment;
  readonly mends: () => number;
  /** Windows by their road, and restarts as `> arrangement`. */
  readonly log: readonly string[];
}

function scripted(script: Script): Scripted {
  let windows = 0;
  let mends = 0;
  const log: string[] = [];
  const environment: Environment = {
    kind: "scripted",
    notMeasured: new Map(),
    prepare: () => Promise.reject(new Error("not part of this test")),
    idleBusyNsPerSecond: () => Promise.resolve(null),
    probe: () => Promise.reject(new Error("not part of this test")),
    rearrange(arrangement) {
      log.push(`> ${arrangement}`);
      return Promise.resolve(false);
    },
    measure(request) {
      log.push(request.scenario.name);
      const what = script(windows++, request);
      if (what instanceof Fault) return Promise.reject(what);
      const reading = goodReading(request);
      // A server that saw no call at all contradicts every promise.
      return Promise.resolve(what === "good" ? reading : { ...reading, after: reading.before });
    },
    mend: () => Promise.resolve([`mended ${++mends} times`]),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { environment, mends: () => mends, log };
}

function withoutRestarts({ rearrange: _, ...rest }: Environment): Environment {
  return rest;
}

interface Extra {
  readonly done?: Trial[];
  readonly signal?: AbortSignal;
  readonly onKeep?: (trial: Trial) => void;
  readonly design?: Design;
  readonly restartsNothing?: true;
  readonly environment?: Partial<Environment>;
}

function run(script: Script, extra: Extra = {}) {
  const kept: Trial[] = [];
  const probes: Probe[] = [];
  const { environment: whole, mends, log } = scripted(script);
  const environment = { ...whole, ...extra.environment };
  const finished = runBlocks({
    environment: extra.restartsNothing === true ? withoutRestarts(environment) : environment,
    design: extra.design ?? DESIGN,
    scenarios: new Map(SCENARIOS.map((scenario) => [scenario.name, scenario])),
    transport: "lean",
    done: extra.done ?? [],
    keep: (trial) => {
      kept.push(trial);
      extra.onKeep?.(trial);
      return Promise.resolve();
    },
    keepProbe: (probe) => {
      probes.push(probe);
      return Promise.resolve();
    },
    progress: SILENT,
    signal: extra.signal ?? new AbortController().signal,
    instant: () => "2026-11-23T18:30:00.000Z",
  });
  return { kept, probes, mends, finished, log };
}

/** Roads that take turns: what a window yields for each of them. */
function runTurns(script: (window: number, scenario: string) => "good" | "void" | Fault, done: Trial[] = []) {
  const kept: Trial[] = [];
  const windows: string[][] = [];
  const { environment, mends } = scripted(() => new Fault({ fact: "no road has a window of its own here" }));
  const design = { ...DESIGN, passes: [{ ...DESIGN.passes[0]!, name: "interleaved" as const }] };
  const measureInterleaved: Environment["measureInterleaved"] = ({ scenarios, plan }) => {
    windows.push(scenarios.map(({ name }) => name));
    const readings = scenarios.map((scenario) => {
      const what = script(windows.length - 1, scenario.name);
      if (what instanceof Fault) throw what;
      const reading = goodReading({ scenario, plan, transport: "lean", programTime: false });
      return [scenario.name, what === "good" ? reading : { ...reading, after: reading.before }] as const;
    });
    return Promise.resolve(new Map(readings));
  };
  const finished = runBlocks({
    environment: { ...environment, measureInterleaved },
    ...{ design, done, transport: "lean", progress: SILENT, signal: new AbortController().signal },
    scenarios: new Map(SCENARIOS.map((scenario) => [scenario.name, scenario])),
    keep: (trial) => Promise.resolve(void kept.push(trial)),
    keepProbe: () => Promise.reject(new Error("nothing is tried again here")),
    instant: () => "2026-11-23T18:30:00.000Z",
  });
  return { kept, windows, mends, finished };
}

describe("a pass in which roads take turns", () => {
  test("makes one window a block, and a trial of each road from it", async () => {
    const { kept, windows, finished } = runTurns(() => "good");
    await finished;
    expect(windows.map((names) => [...names].sort())).toEqual(Array(3).fill(["l4", "l7", "no-policy"]));
    expect(kept.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(kept.map(({ block }) => block)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(new Set(kept.map(armOf)).size).toBe(9);
    expect(kept.every(({ pass }) => pass === "interleaved")).toBe(true);
  });

  test("measures all roads again when one of them came out void, twice at most", async () => {
    const { kept, windows, finished } = runTurns((window, scenario) =>
      window < 3 && scenario === "l4" ? "void" : "good",
    );
    await finished;
    expect(windows).toHaveLength(5);
    expect(kept.filter(({ block }) => block === 0).map(({ attempt }) => attempt)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  });

  test("fails for all roads at once, mends once, and goes on", async () => {
    const fault = new Fault({ fact: "Envoy died in the middle of the window" });
    const { kept, mends, finished } = runTurns((window) => (window === 0 ? fault : "good"));
    await finished;
    expect(mends()).toBe(1);
    expect(kept.slice(0, 3).map(({ outcome }) => outcome.state)).toEqual(["failed", "failed", "failed"]);
    expect(kept.slice(3).every(({ outcome }) => outcome.state === "measured")).toBe(true);
  });

  test("goes on, when resumed, with the first block that is not whole", async () => {
    const first = runTurns(() => "good");
    await first.finished;
    const { kept, windows, finished } = runTurns(() => "good", first.kept.slice(0, 5));
    await finished;
    expect(windows).toHaveLength(2);
    expect(kept.map(({ block }) => block)).toEqual([1, 1, 1, 2, 2, 2]);
  });
});

const armOf = (trial: Trial) => `${trial.block}/${trial.scenario}`;

describe("the order of a run", () => {
  test("measures each road once in each block and keeps the trials in the order of their indices", async () => {
    const { kept, finished } = run(() => "good");
    await finished;
    expect(kept.map((trial) => trial.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(kept.map(armOf)).size).toBe(9);
    expect(kept.map((trial) => trial.block)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  });

  test("tries a void arm again at its block's end, twice at most, and keeps every attempt", async () => {
    let spoilt: string | null = null;
    const { kept, finished } = run((_, { scenario }) => {
      spoilt ??= scenario.name;
      return scenario.name === spoilt ? "void" : "good";
    });
    await finished;
    const attempts = kept
      .filter((trial) => trial.block === 0)
      .map((trial) => [trial.scenario === spoilt, trial.attempt]);
    expect(attempts).toEqual([
      [true, 0],
      [false, 0],
      [false, 0],
      [true, 1],
      [true, 2],
    ]);
  });

  test("mends the environment after a failed trial, says so in the trial, and goes on", async () => {
    const fault = new Fault({ fact: "Envoy died in the middle of the window" });
    const { kept, mends, finished } = run((window) => (window === 1 ? fault : "good"));
    await finished;
    expect(mends()).toBe(1);
    expect(kept[1]?.outcome).toMatchObject({
      state: "failed",
      message: expect.stringMatching(/^Envoy died in the middle of the window\nmended 1 times$/),
    });
    expect(kept.filter((trial) => trial.outcome.state === "measured")).toHaveLength(9);
  });

  test("keeps the failed trial when nothing could be mended, and ends with the reason", async () => {
    const lost = (): Promise<never> => Promise.reject(new Fault({ fact: "the node does not come back" }));
    const { kept, finished } = run(() => new Fault({ fact: "the server is gone" }), { environment: { mend: lost } });
    await expect(finished).rejects.toThrow("the node does not come back");
    expect(kept.map(({ outcome }) => outcome)).toMatchObject([{ state: "failed", message: "the server is gone" }]);
  });

  test("gives up after six failures in a row, with every attempt kept", async () => {
    const { kept, finished } = run(() => new Fault({ fact: "Envoy died" }));
    await expect(finished).rejects.toThrow("6 trials in a row have failed");
    expect(kept).toHaveLength(6);
  });

  test("measures only what a resumed run lacks, and numbers its trials on", async () => {
    const first = run(() => "good");
    await first.finished;
    const done = first.kept.slice(0, 5);
    const second = run(() => "good", { done });
    await second.finished;
    expect(second.kept.map(armOf)).toEqual(first.kept.slice(5).map(armOf));
    expect(second.kept[0]?.index).toBe(5);
  });

  test("repeats what was void where the run that was cut short would have, at its block's end", async () => {
    const script: Script = (window) => (window === 0 ? "void" : "good");
    const whole = run(script);
    await whole.finished;
    const second = run(() => "good", { done: whole.kept.slice(0, 2) });
    await second.finished;
    const order = (kept: readonly Trial[]): string[] => kept.map((trial) => `${armOf(trial)} ${trial.attempt}`);
    expect(order(second.kept)).toEqual(order(whole.kept).slice(2));
  });

  test("names each window's trial, and dates one by its own beginning that was begun before", async () => {
    const asked: WindowRequest["trial"][] = [];
    const startedAt = "2026-11-23T18:12:00.000Z";
    const environment: Partial<Environment> = {
      measure: (request) => {
        asked.push(request.trial);
        return Promise.resolve({ ...goodReading(request), ...(asked.length === 1 ? { startedAt } : {}) });
      },
    };
    const { kept, finished } = run(() => "good", { environment });
    await finished;
    const now = "2026-11-23T18:30:00.000Z";
    expect(asked.slice(0, 2)).toEqual(
      [0, 1].map((index) => ({ index, pass: "single", arrangement: null, startedAt: now })),
    );
    expect(kept.slice(0, 2).map((trial) => trial.startedAt)).toEqual([startedAt, now]);
  });

  test("stops before the next trial once the user has interrupted it", async () => {
    const controller = new AbortController();
    const { kept, finished } = run(() => "good", {
      signal: controller.signal,
      onKeep: (trial) => {
        if (trial.index === 3) controller.abort();
      },
    });
    await expect(finished).rejects.toThrow();
    expect(kept).toHaveLength(4);
  });
});

describe("a design with restarts", () => {
  const restarting = (everyBlocks: number): Design => ({ ...DESIGN, restarts: { everyBlocks } });
  /** The roads of a block are in random order: only how many windows lie between two restarts is looked at. */
  const shape = (log: readonly string[]) => log.map((entry) => (entry.startsWith(">") ? entry : ".")).join("");

  test("rearranges the environment before each block, and each trial says under which arrangement it was measured", async () => {
    const { log, kept, finished } = run(() => "good", { design: restarting(1) });
    await finished;
    expect(shape(log)).toBe("> 0...> 1...> 2...");
    expect(kept.map((trial) => trial.arrangement)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  });

  test("keeps an arrangement for as many blocks as it says, and begins anew with each pass", async () => {
    const [single] = DESIGN.passes;
    if (single === undefined) throw new Error("the design has a pass");
    const design = { ...restarting(2), passes: [single, { ...single, name: "mix" as const }] };
    const { log, finished } = run(() => "good", { design });
    await finished;
    expect(shape(log)).toBe("> 0......> 1...> 0......> 1...");
  });

  test("repeats a void arm under the arrangement of its block", async () => {
    const { log, kept, finished } = run((window) => (window === 1 ? "void" : "good"), { design: restarting(1) });
    await finished;
    expect(shape(log)).toBe("> 0....> 1...> 2...");
    expect(kept[3]).toMatchObject({ attempt: 1, arrangement: 0 });
  });

  test("takes a resumed run up in the arrangement that its next block needs", async () => {
    const design = restarting(1);
    const first = run(() => "good", { design });
    await first.finished;
    const second = run(() => "good", { design, done: first.kept.slice(0, 4) });
    await second.finished;
    expect(shape(second.log)).toBe("> 1..> 2...");
    expect(second.kept.map((trial) => trial.arrangement)).toEqual([1, 1, 2, 2, 2]);
  });

  test("restarts nothing for a block whose pods still stand, which a lost command line had begun", async () => {
    const design = restarting(1);
    const first = run(() => "good", { design });
    await first.finished;
    const done = first.kept.slice(0, 4);
    const standsAs = { pass: "single", arrangement: 1 } as const;
    const second = run(() => "good", { design, done, environment: { standsAs } });
    await second.finished;
    expect(shape(second.log)).toBe("..> 2...");
  });

  test("tries every road open and closed again where policies had to come into force anew", async () => {
    const answers = (answer: string): Partial<Environment> => ({
      rearrange: () => Promise.resolve(true),
      probe: ({ name }, caller, method) => {
        const isRefused = method === "IssueRefund" || caller !== "api-gateway";
        const refusal = name === "l7" ? "PERMISSION_DENIED" : name === "l4" && caller === "anyone" ? answer : "OK";
        return Promise.resolve({ seen: isRefused ? refusal : "OK", serviceNs: 1 });
      },
    });
    const design = restarting(2);
    const { probes, kept, finished } = run(() => "good", { design, environment: answers("silence") });
    await finished;
    const tried = new Set(
      probes.map(({ scenario, restart }) => `${restart?.pass}/${restart?.arrangement} ${scenario}`),
    );
    const roads = ["no-policy", "l4", "l7"];
    expect([...tried]).toEqual([0, 1].flatMap((arrangement) => roads.map((road) => `single/${arrangement} ${road}`)));
    expect(kept).toHaveLength(9);

    const open = run(() => "good", { design, environment: answers("OK") });
    await expect(open.finished).rejects.toThrow('the road "l4" does not keep its promise');
    expect(open.kept).toEqual([]);
  });

  test("is refused by an environment that can restart nothing, before any window", async () => {
    const { log, finished } = run(() => "good", { design: restarting(1), restartsNothing: true });
    await expect(finished).rejects.toThrow("the design asks for restarts between blocks");
    expect(log).toEqual([]);
  });

  test("never restarts anything where the design does not ask for it", async () => {
    const { log, kept, finished } = run(() => "good");
    await finished;
    expect(shape(log)).toBe(".........");
    expect(kept[0]).not.toHaveProperty("arrangement");
  });
});
