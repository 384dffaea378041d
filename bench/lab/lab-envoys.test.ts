import { describe, expect, test } from "vitest";
import { CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import { envoysOf } from "../../scenarios/envoy-arms.js";
import { refuseTwins, type NamedEnvoy } from "./lab-envoys.js";

describe("the Envoys of a run", () => {
  test("are one for the whole catalogue, and one more for each version that a preview names", () => {
    expect(envoysOf(CATALOGUE)).toEqual([null]);
    expect(envoysOf([...CATALOGUE, scenarioByName("l7@1.36.4"), scenarioByName("l7@1.40.0")])).toEqual([
      null,
      "1.36.4",
      "1.40.0",
    ]);
  });

  test("are none when no road has a proxy", () => {
    expect(envoysOf([scenarioByName("no-policy"), scenarioByName("l4")])).toEqual([]);
  });

  test("must differ: two arms on one binary would compare a program with itself", () => {
    const envoy = (name: string | null, sha256: string): NamedEnvoy => ({
      name,
      sha256,
      version: "1.37.0",
      path: `/envoys/${name ?? "own"}`,
    });
    expect(() => refuseTwins([envoy(null, "aa"), envoy("1.36.4", "bb")])).not.toThrow();
    expect(() => refuseTwins([envoy(null, "aa"), envoy("1.37.0", "aa")])).toThrow(
      "the run's own Envoy and Envoy 1.37.0 are the same program",
    );
  });
});
