import { describe, expect, test } from "vitest";
import { ms, perSecond, seconds } from "../../loadgen/units.js";
import type { Design } from "../../results/run-shape.js";
import { CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import { envoyArms } from "../../scenarios/envoy-arms.js";
import {
  armsOfBlock,
  designRun,
  FULL_PASSES,
  plannedNs,
  planOfArm,
  QUICK_BLOCKS,
  QUICK_PASSES,
  windowsPerBlock,
  type DesignRequest,
} from "./design.js";

const REQUEST: DesignRequest = {
  scenarios: CATALOGUE,
  passes: FULL_PASSES,
  blocks: 10,
  seed: 7,
  windowNs: null,
  warmupNs: null,
  rate: perSecond(900),
  connections: 4,
  streams: 100,
  idle: "auto",
  timeoutNs: seconds(2),
};
const passNamed = (name: string, request: DesignRequest = REQUEST) => {
  const found = designRun(request).passes.find((pass) => pass.name === name);
  if (found === undefined) throw new Error(`no pass ${name}`);
  return found;
};

const windowsOf = ({ passes }: Design): number =>
  passes.reduce((sum, pass) => sum + pass.blocks * windowsPerBlock(pass), 0);

describe("the standard design", () => {
  test("measures every road at 1 in flight and under the standard mix", () => {
    for (const name of ["interleaved", "single", "mix"])
      expect(passNamed(name).scenarios).toEqual(CATALOGUE.map(({ name }) => name));
  });

  test("keeps the trials of a full run under five minutes, with the overhead that the lab is allowed", () => {
    const design = designRun(REQUEST);
    expect(plannedNs(design) + windowsOf(design) * ms(200)).toBeLessThan(seconds(300));
  });

  test("keeps a quick run under 75 seconds", () => {
    const design = designRun({ ...REQUEST, passes: QUICK_PASSES, blocks: QUICK_BLOCKS });
    expect(plannedNs(design) + windowsOf(design) * ms(200)).toBeLessThan(seconds(75));
  });

  test("lets roads take turns in one window a block, which lasts the longer the more they are", () => {
    const two = passNamed("interleaved", { ...REQUEST, scenarios: CATALOGUE.slice(0, 2) });
    expect([windowsPerBlock(two), windowsPerBlock(passNamed("interleaved"))]).toEqual([1, 1]);
    expect(passNamed("interleaved").plan.windowNs / two.plan.windowNs).toBe(CATALOGUE.length / 2);
  });

  test("has no turns for a single road to take", () => {
    const { passes } = designRun({ ...REQUEST, scenarios: [scenarioByName("l7")] });
    expect(passes.map(({ name }) => name)).not.toContain("interleaved");
  });

  test("asks refusals only of roads that answer them, and not of their twins", () => {
    expect(passNamed("refused").scenarios).toEqual(["l7", "l7-tls"]);
  });

  test("opens a connection per call on both TLS roads and on what they are held against", () => {
    expect(passNamed("reconnect").scenarios).toEqual(["no-policy", "l7", "tls", "l7-tls"]);
    expect(passNamed("reconnect").plan.loop).toEqual({ kind: "closed", inFlight: 1, connectionPerCall: true });
  });

  test("leaves out a pass that none of the chosen roads can answer", () => {
    const design = designRun({ ...REQUEST, scenarios: [scenarioByName("no-policy")] });
    expect(design.passes.map((pass) => pass.name)).toEqual(["single", "mix", "reconnect"]);
  });

  test("takes windows from the flags where they are given", () => {
    expect(passNamed("single", { ...REQUEST, windowNs: seconds(5) }).plan.windowNs).toBe(seconds(5));
  });

  test("gives each road the time that was asked for, also where roads share a window", () => {
    const asked = { ...REQUEST, windowNs: ms(200), warmupNs: ms(80) };
    const { plan, scenarios } = passNamed("interleaved", asked);
    expect(plan.windowNs / scenarios.length).toBe(ms(200));
    expect(plan.warmupNs).toBe(ms(80));
  });
});

describe("restarts", () => {
  const preview = envoyArms(CATALOGUE, ["1.36.4", "1.37.0"]);

  test("are part of the design where roads lead through several Envoys, before every block", () => {
    expect(designRun(REQUEST).restarts).toBeUndefined();
    expect(designRun({ ...REQUEST, scenarios: preview }).restarts).toEqual({ everyBlocks: 1 });
    const mixed = ["l7", "l7@1.36.4"].map(scenarioByName);
    expect(designRun({ ...REQUEST, scenarios: mixed }).restarts).toEqual({ everyBlocks: 1 });
  });

  test("are there for one Envoy too where they are asked for, as a cluster does", () => {
    expect(designRun({ ...REQUEST, restartEveryBlocks: 3 }).restarts).toEqual({ everyBlocks: 3 });
  });

  test("give each group of blocks an arrangement of its own, which every arm of the block names", () => {
    const design = designRun({ ...REQUEST, scenarios: preview, restartEveryBlocks: 2 });
    const pass = passNamed("single", { ...REQUEST, scenarios: preview });
    const arrangements = [0, 1, 2, 3, 4].map((block) => [
      ...new Set(armsOfBlock(design, pass, block).map((arm) => arm.arrangement)),
    ]);
    expect(arrangements).toEqual([[0], [0], [1], [1], [2]]);
    expect(armsOfBlock(designRun(REQUEST), pass, 0)[0]).not.toHaveProperty("arrangement");
  });

  test("leave every pass to the arms of a preview that it would give to the roads themselves", () => {
    expect(passNamed("refused", { ...REQUEST, scenarios: preview }).scenarios).toEqual([
      "l7@1.36.4",
      "l7@1.37.0",
      "l7-tls@1.36.4",
      "l7-tls@1.37.0",
    ]);
    expect(passNamed("reconnect", { ...REQUEST, scenarios: preview }).scenarios).toContain("l7@1.37.0");
  });
});

describe("blocks", () => {
  test("hold every arm once, in an order that depends on the block and is the same for the same seed", () => {
    const design = designRun(REQUEST);
    const pass = passNamed("single");
    const orders = [0, 1, 2, 3].map((block) => armsOfBlock(design, pass, block).map((arm) => arm.scenario));
    for (const order of orders) expect([...order].sort()).toEqual([...pass.scenarios].sort());
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
    expect(armsOfBlock(design, pass, 2).map((arm) => arm.scenario)).toEqual(orders[2]);
  });

  test("give all of their arms one schedule, and each block another", () => {
    const design = designRun(REQUEST);
    const pass = passNamed("mix");
    const seeds = (block: number) =>
      new Set(armsOfBlock(design, pass, block).map((arm) => planOfArm(design, arm).seed));
    expect(seeds(0).size).toBe(1);
    expect([...seeds(1)]).not.toEqual([...seeds(0)]);
  });
});
