import { describe, expect, test } from "vitest";
import { CATALOGUE, CHAINS, EXPERIMENTAL_CHAINS, scenarioByName } from "./catalogue.js";
import { comparedChains, declaredChains, upgradeChains } from "./chains.js";
import { compareVersions, envoyArms, envoyOf, envoysOf, isPreview, throughEnvoy } from "./envoy-arms.js";
import { selectScenarios } from "./selection.js";

const arms = (roads: readonly string[], ...versions: string[]) => envoyArms(selectScenarios(roads), versions);
const summary = (roads: readonly string[], ...versions: string[]) =>
  arms(roads, ...versions).map(({ name, baseline, differs }) => [name, baseline, differs]);
const told = (chains: readonly { candidate: string; baseline: string }[]) =>
  chains.map(({ candidate, baseline }) => `${candidate}/${baseline}`);

describe("a road through another Envoy", () => {
  test("differs in its name, its baseline and its Envoy only", () => {
    for (const road of ["l4-proxy", "l7-visibility", "l7", "l7-tls"].map(scenarioByName)) {
      const other = throughEnvoy(road, "1.36.4");
      expect(other).toMatchObject({ name: `${road.name}@1.36.4`, baseline: road.name, promise: road.promise });
      expect(envoyOf(other)).toBe("1.36.4");
      expect(other.road).toEqual({ ...road.road, proxy: { ...road.road.proxy, envoy: "1.36.4" } });
    }
  });

  test("is the road itself where nothing leads through Envoy", () => {
    expect(throughEnvoy(scenarioByName("l4"), "1.36.4")).toBe(scenarioByName("l4"));
  });
});

describe("the arms of a preview", () => {
  test("are one per Envoy of each road that has one, the earlier version on the road's own baseline", () => {
    expect(summary(["l4", "l4-proxy", "l7-visibility"], "1.37.0", "1.36.4")).toEqual([
      ["l4", null, "the floor"],
      ["l4-proxy@1.36.4", "l4", "Envoy as TCP proxy"],
      ["l4-proxy@1.37.0", "l4-proxy@1.36.4", "Envoy 1.37.0"],
      ["l7-visibility@1.36.4", "l4-proxy@1.36.4", "HTTP/2 parsing"],
      ["l7-visibility@1.37.0", "l7-visibility@1.36.4", "Envoy 1.37.0"],
    ]);
  });

  test("have a control in each Envoy", () => {
    const controls = arms(["l4", "l7", "l7-again"], "1.36.4", "1.37.0").filter(({ twinOf }) => twinOf !== null);
    expect(controls.map(({ name, twinOf, baseline }) => [name, twinOf, baseline])).toEqual([
      ["l7-again@1.36.4", "l7@1.36.4", "l7@1.36.4"],
      ["l7-again@1.37.0", "l7@1.37.0", "l7@1.37.0"],
    ]);
  });

  test("may be more than two, all of them against the earliest", () => {
    expect(summary(["l4", "l7"], "1.40.0", "1.9.1", "1.36.4").map(([name, baseline]) => [name, baseline])).toEqual([
      ["l4", null],
      ["l7@1.9.1", "l4"],
      ["l7@1.36.4", "l7@1.9.1"],
      ["l7@1.40.0", "l7@1.9.1"],
    ]);
  });

  test("are not made of a road that names its Envoy already", () => {
    expect(() => arms(["l4", "l7@1.36.4"], "1.36.4", "1.37.0")).toThrow('the road "l7@1.36.4" names an Envoy already');
  });

  test("are no preview where one Envoy, or the run's own among them, takes the roads", () => {
    expect(isPreview(arms(["l4", "l7"], "1.36.4", "1.37.0"))).toBe(true);
    expect(isPreview(CATALOGUE)).toBe(false);
    expect(isPreview(selectScenarios(["l4", "l7", "l7@1.36.4"]))).toBe(false);
    expect(envoysOf(arms(["no-policy", "l7"], "1.36.4", "1.37.0"))).toEqual(["1.36.4", "1.37.0"]);
  });
});

describe("the chains", () => {
  const whole = envoyArms(CATALOGUE, ["1.36.4", "1.37.0"]);

  test("of an ordinary run are those of METHOD 4.6", () => {
    expect(declaredChains(CATALOGUE)).toBe(CHAINS);
    expect(comparedChains(CATALOGUE)).toEqual([...CHAINS, ...EXPERIMENTAL_CHAINS]);
    expect(upgradeChains(CATALOGUE)).toEqual([]);
  });

  test("of a preview declare what the upgrade changes on each road and what L7 costs with either Envoy: six at most", () => {
    expect(told(declaredChains(whole))).toEqual([
      "l4-proxy@1.37.0/l4-proxy@1.36.4",
      "l7-visibility@1.37.0/l7-visibility@1.36.4",
      "l7@1.37.0/l7@1.36.4",
      "l7-tls@1.37.0/l7-tls@1.36.4",
      "l7@1.36.4/l4",
      "l7@1.37.0/l4",
    ]);
  });

  test("of a preview compare every road's own toll over l4 as well, through one Envoy on both sides", () => {
    const compared = told(comparedChains(whole));
    for (const road of ["l4-proxy", "l7-visibility", "l7", "l7-tls"]) {
      expect(compared).toContain(`${road}@1.36.4/l4`);
      expect(compared).toContain(`${road}@1.37.0/l4`);
    }
    expect(compared).toContain("l7-tls@1.37.0/l7@1.37.0");
    expect(new Set(compared).size).toBe(compared.length);
    const mixed = comparedChains(whole).filter(
      ({ candidate, baseline }) =>
        candidate.includes("@") && baseline.includes("@") && candidate.split("@")[1] !== baseline.split("@")[1],
    );
    expect(told(mixed)).toEqual(told(upgradeChains(whole)));
  });
});

test("versions stand in the order of their numbers, not of their letters", () => {
  expect(["1.40.0", "1.9.2", "1.36.10", "1.36.4"].sort(compareVersions)).toEqual([
    "1.9.2",
    "1.36.4",
    "1.36.10",
    "1.40.0",
  ]);
  expect(compareVersions("1.36.4", "1.36.4")).toBe(0);
});
