import { expect, test } from "vitest";
import { randomStream } from "../../loadgen/random.js";
import { ms } from "../../loadgen/units.js";
import type { AnatomyTrial } from "../../results/anatomy-record.js";
import { syntheticTrial } from "../../results/synthetic-anatomy.js";
import { syntheticOutcome } from "../../results/synthetic-trial.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { Environment, WindowReading, WindowRequest } from "../environment.js";
import { measureAnatomy } from "./anatomy.js";

/** Whether the n-th window of a road with stamps books what was sent. */
type Script = (road: string, window: number) => boolean;

async function trialsOf(roads: readonly string[], blocks: number, books: Script): Promise<AnatomyTrial[]> {
  const windows = new Map<string, number>();
  const measure = (request: WindowRequest): Promise<WindowReading> => {
    const { scenario } = request;
    if (request.stamps === undefined) return Promise.resolve(plainReading(request));
    const window = windows.get(scenario.name) ?? 0;
    windows.set(scenario.name, window + 1);
    return Promise.resolve(stampedReading(request, books(scenario.name, window)));
  };
  const environment = { measure } as unknown as Environment;
  const trials: AnatomyTrial[] = [];
  const stamps = { level: "tc", wakeUps: false } as const;
  const design = { scenarios: roads.map(scenarioByName), stamps, blocks, windowNs: ms(100), seed: 3 };
  await measureAnatomy(environment, design, new AbortController().signal, (trial) => trials.push(trial));
  return trials;
}

function plainReading({ scenario, plan }: WindowRequest): WindowReading {
  const outcome = syntheticOutcome({ scenario, plan, serviceNs: 80_000, calls: 500, random: randomStream(1) });
  if (outcome.state !== "measured") throw new Error("a synthetic trial is measured");
  const { measurement, cpu, path } = outcome;
  return { measurement, cpu, before: path.before, after: path.after, programTime: null };
}

function stampedReading(request: WindowRequest, booksAll: boolean): WindowReading {
  const reading = plainReading(request);
  const { stamps } = syntheticTrial(request.scenario.name, 0, true);
  if (stamps === null) throw new Error("a stamped trial has stamps");
  const { books, connections } = reading.measurement;
  return { ...reading, stamps: { ...stamps, booked: books.totalSent - connections.opened - (booksAll ? 0 : 1) } };
}

test("each road is measured once with and once without stamps in a block, where nothing is void", async () => {
  const trials = await trialsOf(["no-policy", "l4"], 2, () => true);
  expect(trials).toHaveLength(8);
  expect(trials.every(({ voidBecause, attempt }) => voidBecause.length === 0 && attempt === undefined)).toBe(true);
});

test("a void trial is kept with its reason and repeated at its block's end", async () => {
  const trials = await trialsOf(["no-policy", "l4"], 1, (road, window) => road !== "l4" || window > 0);
  expect(trials).toHaveLength(5);
  expect(trials.at(-1)).toMatchObject({ scenario: "l4", block: 0, attempt: 1, voidBecause: [] });
  const [broken, ...others] = trials.filter(({ voidBecause }) => voidBecause.length > 0);
  expect(broken?.voidBecause).toEqual([expect.stringContaining("calls were booked of")]);
  expect(others).toEqual([]);
});

test("what is void each time is repeated twice, no more, and the next block begins", async () => {
  const trials = await trialsOf(["l4"], 2, () => false);
  const stamped = trials.filter(({ stamps }) => stamps !== null);
  expect(stamped.map(({ block, attempt = 0 }) => [block, attempt])).toEqual([
    ...[0, 1, 2].map((attempt) => [0, attempt]),
    ...[0, 1, 2].map((attempt) => [1, attempt]),
  ]);
});
