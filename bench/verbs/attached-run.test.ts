import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { RunStore } from "../../results/run-store.js";
import { syntheticRun } from "../../results/synthetic-run.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { somePlan } from "../cluster/run-plan.test-helper.js";
import type { Stand } from "../cluster/stand.js";
import { recordOf } from "./attached-run.js";
import { registerRun } from "./run.js";
import { verbBench } from "./verb.test-helper.js";

const bench = verbBench(registerRun);
const run = syntheticRun({ blocks: 2, scenarios: ["no-policy", "l7"], passes: ["single"], callsPerTrial: 60 });
const { id } = run.header;

function standOfRun(record: string, roads: readonly string[]): Stand {
  const { program: _, ...plan } = somePlan({ scenarios: roads.map(scenarioByName) });
  return { record, plan, tollgate: "", programSha256: "", options: {} as Stand["options"], ownsNamespace: true };
}

async function refusal(stand: Stand): Promise<Fault["text"]> {
  const caught: unknown = await recordOf(stand, bench.folder).catch((error: unknown) => error);
  if (!(caught instanceof Fault)) throw new Error("was not refused", { cause: caught });
  return caught.text;
}

describe("the record of a run that is attached to", () => {
  test("is read as far as it was written, and can be written on", async () => {
    const store = await RunStore.create(bench.folder, run.header);
    for (const trial of run.trials.slice(0, 3)) await store.appendTrial(trial);
    await store[Symbol.asyncDispose]();
    const { trials, end } = await recordOf(standOfRun(id, ["l7", "no-policy"]), bench.folder);
    expect(trials).toHaveLength(3);
    expect(end).toBeNull();
    await (await RunStore.open(bench.folder, id))[Symbol.asyncDispose]();
  });

  test("must be in this folder", async () => {
    const { fact, try: next } = await refusal(standOfRun(id, ["l7"]));
    expect(fact).toBe(`the record of the run that stands, ${id}, is not here`);
    expect(next).toContain("--results");
  });

  test("must be of the roads that stand", async () => {
    await (await RunStore.create(bench.folder, run.header))[Symbol.asyncDispose]();
    const { fact, expected, seen } = await refusal(standOfRun(id, ["l7", "l4"]));
    expect(fact).toContain("do not belong together");
    expect([expected, seen]).toEqual(["the roads l7, no-policy", "l4, l7"]);
  });

  test("must not be complete: what stands is then left over", async () => {
    const store = await RunStore.create(bench.folder, run.header);
    await store.finish({ state: "complete", at: "2026-11-28T20:40:00.000Z", message: null, warnings: [] });
    expect((await refusal(standOfRun(id, ["l7", "no-policy"]))).try).toBe("tollgate clean --run 3f9c01ab");
  });

  test("must not be written by a process that is alive", async () => {
    await using store = await RunStore.create(bench.folder, run.header);
    expect((await refusal(standOfRun(store.header.id, ["l7", "no-policy"]))).fact).toBe(
      "the run is being written by another process",
    );
  });
});

describe("beside --attach", () => {
  test.each([
    ["--blocks", "3"],
    ["--resume"],
    ["--like", "x"],
    ["--generators", "2"],
    ["--node-selector", "a=b"],
    ["--env", "lab"],
  ])("%s is refused: what stands, stands", async (...flags) => {
    const { code, err } = await bench.tell("run", "--attach", ...flags);
    expect(code).toBe(2);
    const given = flags[0] === "--env" ? "--env lab" : flags[0];
    expect(err).toContain(`${given} and --attach do not go together`);
  });
});
