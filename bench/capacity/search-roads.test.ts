import { describe, expect, test } from "vitest";
import { ms, perSecond } from "../../loadgen/units.js";
import { outcomeAt, SYNTHETIC_ROADS, SYNTHETIC_SEARCH } from "../../results/capacity/capacity-run.test-helper.js";
import { rateOf } from "../../results/capacity/point.js";
import { roadCapacities } from "../../results/capacity/road-capacity.js";
import type { Trial } from "../../results/trial.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { Environment, WindowRequest } from "../environment.js";
import type { ArmsRequest } from "../run/arm-runner.js";
import type { RunProgress } from "../run/run-progress.js";
import { capacityPassOf, leastRateOf, passAtRate, searchDesign, usualNs, type SearchWishes } from "./search-design.js";
import { searchRoads } from "./search-roads.js";

const NAMES = ["no-policy", "l7"];
const SCENARIOS = NAMES.map(scenarioByName);
const WISHES: SearchWishes = {
  slo: SYNTHETIC_SEARCH.slo,
  failureBudget: 0.001,
  maxRate: 100_000,
  windowNs: ms(300),
  warmupNs: ms(100),
  connections: 4,
  streams: 100,
  idle: "auto",
  seed: 7,
};
const DESIGN = searchDesign(SCENARIOS, WISHES);

const SILENT: RunProgress = { stage() {}, trialStarts() {}, interval() {}, trialEnds() {}, end() {} };

/** An environment whose roads answer as the synthetic ones do. */
function scripted(): Environment {
  return {
    kind: "scripted",
    notMeasured: new Map(),
    prepare: () => Promise.reject(new Error("not part of this test")),
    idleBusyNsPerSecond: () => Promise.resolve(null),
    probe: () => Promise.reject(new Error("not part of this test")),
    measure({ scenario, plan }: WindowRequest) {
      const road = SYNTHETIC_ROADS[scenario.name];
      if (road === undefined) return Promise.reject(new Error(`no road ${scenario.name}`));
      const outcome = outcomeAt(scenario.name, road, plan, plan.seed);
      const { measurement, cpu, path } = outcome;
      return Promise.resolve({ measurement, cpu, before: path.before, after: path.after, programTime: null });
    },
    mend: () => Promise.resolve([]),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function search(done: readonly Trial[] = [], onKeep: (trial: Trial, stop: () => void) => void = () => undefined) {
  const kept: Trial[] = [];
  const controller = new AbortController();
  const arms: ArmsRequest = {
    environment: scripted(),
    design: DESIGN,
    scenarios: new Map(SCENARIOS.map((scenario) => [scenario.name, scenario])),
    transport: "lean",
    done,
    keep: (trial) => {
      kept.push(trial);
      onKeep(trial, () => {
        controller.abort();
      });
      return Promise.resolve();
    },
    progress: SILENT,
    signal: controller.signal,
    keepProbe: () => Promise.reject(new Error("a search restarts nothing")),
    instant: () => "2026-11-23T18:30:00.000Z",
  };
  return { kept, finished: searchRoads(arms) };
}

describe("a search over two roads", () => {
  test("finds each road's end within two per cent, from trials that are kept in order", async () => {
    const { kept, finished } = search();
    await finished;
    expect(kept.map(({ index }) => index)).toEqual(kept.map((_, i) => i));
    const header = { ...({} as Parameters<typeof roadCapacities>[0]["header"]), scenarios: SCENARIOS };
    const [bare, l7] = roadCapacities({ header, trials: kept }, SYNTHETIC_SEARCH);
    expect(bare).toMatchObject({ end: "server-limited", capacity: { isConfirmed: true } });
    expect(bare?.capacity?.rate).toBeGreaterThan(10_540 / 1.021);
    expect(bare?.capacity?.rate).toBeLessThanOrEqual(10_540);
    expect(l7).toMatchObject({ end: "machine-limited", capacity: null });
    expect(l7?.lines.road).not.toBeNull();
  });

  test("takes the roads in turn, a point each, until one is done", async () => {
    const { kept, finished } = search();
    await finished;
    const both = Math.min(...NAMES.map((name) => kept.filter(({ scenario }) => scenario === name).length));
    for (let round = 0; round < both; round++) {
      const roads = kept.filter(({ block }) => block === round).map(({ scenario }) => scenario);
      expect(roads.sort()).toEqual(["l7", "no-policy"]);
    }
  });

  test("goes on where it was cut short, and measures nothing twice", async () => {
    const whole = search();
    await whole.finished;
    const half = search([], ({ index }, stop) => {
      if (index === 9) stop();
    });
    await expect(half.finished).rejects.toThrow();
    expect(half.kept).toHaveLength(10);
    const rest = search(half.kept);
    await rest.finished;
    const ratesOf = (trials: readonly Trial[], name: string) =>
      trials.filter(({ scenario }) => scenario === name).map((trial) => rateOf(trial));
    for (const name of NAMES) {
      expect([...ratesOf(half.kept, name), ...ratesOf(rest.kept, name)]).toEqual(ratesOf(whole.kept, name));
    }
    expect(rest.kept[0]?.index).toBe(10);
  });
});

describe("the plan of a point", () => {
  const pass = capacityPassOf(DESIGN)!;

  test("has a window that holds ten calls beyond the quantile, and no longer one than is allowed", () => {
    for (const rate of [400, 1_000, 2_000, 50_000]) {
      const { plan } = passAtRate(pass, rate);
      expect((rate * 0.6 * plan.windowNs) / 1e9).toBeGreaterThanOrEqual(1_190);
      expect(plan.windowNs).toBeLessThanOrEqual(5e9);
      expect(plan.loop).toMatchObject({ arrivals: { kind: "poisson", rate: perSecond(rate) } });
    }
    expect(passAtRate(pass, 50_000).plan.windowNs).toBe(ms(300));
  });

  test("is short below the rate at which no window would do: it is for the CPU line then", () => {
    expect(leastRateOf(SYNTHETIC_SEARCH.slo, ms(300))).toBe(400);
    expect(passAtRate(pass, 200).plan.windowNs).toBe(ms(300));
  });
});

test("with the windows of the command line a road takes about half a minute at most", () => {
  const pass = capacityPassOf(searchDesign(SCENARIOS, { ...WISHES, windowNs: ms(700), warmupNs: ms(200) }))!;
  expect(usualNs(pass) / NAMES.length).toBeLessThan(30e9);
});
