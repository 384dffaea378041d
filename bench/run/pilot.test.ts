import { expect, test } from "vitest";
import type { LoadPlan } from "../../loadgen/load-plan.js";
import { randomStream } from "../../loadgen/random.js";
import { ms, perSecond, seconds } from "../../loadgen/units.js";
import { syntheticOutcome } from "../../results/synthetic-trial.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { STANDARD_MIX } from "../../scenarios/standard-mix.js";
import type { Environment, WindowReading, WindowRequest } from "../environment.js";
import { designRun } from "./design.js";
import { pilotRate } from "./pilot.js";

const SCENARIOS = ["no-policy", "no-policy-again", "l7"].map(scenarioByName);

function mixPlan(): LoadPlan {
  const design = designRun({
    scenarios: SCENARIOS,
    passes: ["mix"],
    ...{ blocks: 2, seed: 1, windowNs: null, warmupNs: null, rate: perSecond(0), connections: 1, streams: 100 },
    idle: "auto",
    timeoutNs: seconds(1),
  });
  return design.passes[0]!.plan;
}

/** l7 takes four times as long as the others. */
function reading({ scenario, plan }: WindowRequest): WindowReading {
  const calls = scenario.name === "l7" ? 500 : 2_000;
  const outcome = syntheticOutcome({ scenario, plan, serviceNs: ms(0.3), calls, random: randomStream(1) });
  if (outcome.state !== "measured") throw new Error("a synthetic trial is measured");
  const { measurement, cpu, path } = outcome;
  return { measurement, cpu, before: path.before, after: path.after, programTime: null };
}

test("each road's throughput is that of one caller's closed loop, and the slowest is tried with the whole mix", async () => {
  const asked: WindowRequest[] = [];
  const measure = (request: WindowRequest): Promise<WindowReading> => {
    asked.push(request);
    return Promise.resolve(reading(request));
  };
  const environment = { kind: "scripted", measure } as unknown as Environment;
  const pilot = await pilotRate(environment, SCENARIOS, mixPlan(), "lean", new AbortController().signal);
  expect(pilot.slowest).toBe("l7");
  const closed = asked.filter(({ plan }) => plan.loop.kind === "closed");
  expect(closed.map(({ scenario }) => scenario.name)).toEqual(["no-policy", "l7"]);
  for (const { plan } of closed)
    expect(new Set(plan.mix.map(({ caller }) => caller))).toEqual(new Set(["api-gateway"]));
  const open = asked.filter(({ plan }) => plan.loop.kind === "open");
  expect(open.length).toBeGreaterThan(0);
  for (const { scenario, plan } of open) expect([scenario.name, plan.mix]).toEqual(["l7", STANDARD_MIX]);
});
