import { describe, expect, test } from "vitest";
import type { LoadPlan, OpenLoop } from "../../loadgen/load-plan.js";
import { perSecond, seconds } from "../../loadgen/units.js";
import type { PassDesign } from "../run-shape.js";
import { syntheticRun } from "../synthetic-run.js";
import { loadDifference, placementDifference, roadDifference } from "./same-load.js";

const { header } = syntheticRun({ scenarios: ["no-policy", "l7"], blocks: 1, callsPerTrial: 10 });
const [single, mix] = header.design.passes as [PassDesign, PassDesign];
const withPlan = (pass: PassDesign, change: Partial<LoadPlan>): PassDesign => ({
  ...pass,
  plan: { ...pass.plan, ...change },
});
const atRate = (rate: number): PassDesign =>
  withPlan(mix, {
    loop: { ...(mix.plan.loop as OpenLoop), arrivals: { kind: "poisson", rate: perSecond(rate) } },
  });

describe("two loads", () => {
  test("are the same whatever their seeds, blocks and lengths, and however their methods are ordered", () => {
    const other = withPlan(mix, {
      seed: 9,
      windowNs: seconds(9),
      warmupNs: seconds(1),
      mix: mix.plan.mix.toReversed(),
    });
    expect(loadDifference(mix, { ...other, blocks: 3 })).toBeNull();
  });

  test("are the same within 1 % of the rate, and not beyond", () => {
    expect(loadDifference(mix, atRate(1_515))).toBeNull();
    expect(loadDifference(mix, atRate(1_516))).toBe("not the same load: rate 1,500/s and 1,516/s");
    expect(loadDifference(atRate(1_516), mix)).toMatch(/rate/);
  });

  test.each<[string, PassDesign, PassDesign, RegExp]>([
    ["connections", mix, withPlan(mix, { connections: 8 }), /connections 4 and 8/],
    ["streams", mix, withPlan(mix, { streams: 10 }), /streams a connection 100 and 10/],
    ["mixes", mix, withPlan(mix, { mix: single.plan.mix }), /mix 60 ProcessPayment \+ .* and 100 ProcessPayment$/],
    ["loops", single, withPlan(single, { loop: mix.plan.loop }), /loop closed and open/],
    [
      "numbers in flight",
      single,
      withPlan(single, { loop: { kind: "closed", inFlight: 8, connectionPerCall: false } }),
      /calls in flight 1 and 8/,
    ],
    [
      "uses of connections",
      single,
      withPlan(single, { loop: { kind: "closed", inFlight: 1, connectionPerCall: true } }),
      /a connection for each call no and yes/,
    ],
    [
      "arrivals",
      mix,
      withPlan(mix, {
        loop: { kind: "open", overflow: "queue", arrivals: { kind: "constant", rate: perSecond(1_500) } },
      }),
      /arrivals poisson and constant/,
    ],
  ])("differ by their %s", (_, one, other, said) => {
    expect(loadDifference(one, other)).toMatch(said);
  });
});

test("two placements differ where any process ran elsewhere", () => {
  const { placement } = header;
  expect(placementDifference(placement, { ...placement })).toBeNull();
  expect(placementDifference(placement, { ...placement, generator: "3", envoyConcurrency: null })).toBe(
    "not placed alike: generator on CPU 1 and 3, Envoy workers 1 and none",
  );
});

test("a road whose policy was changed is another road of the same name", () => {
  const changed = header.scenarios.map((one) =>
    one.name === "l7" ? { ...one, road: { ...one.road, policy: "none" as const } } : one,
  );
  expect(roadDifference(header, { ...header, scenarios: changed }, "l7")).toMatch(/l7 is not the same road/);
  expect(roadDifference(header, { ...header, scenarios: changed }, "no-policy")).toBeNull();
});
