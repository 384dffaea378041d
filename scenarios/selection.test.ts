import { expect, test } from "vitest";
import { CATALOGUE } from "./catalogue.js";
import { selectScenarios, standardRoads } from "./selection.js";

const summary = (names: readonly string[]) =>
  selectScenarios(names).map(({ name, baseline, differs }) => [name, baseline, differs]);

test("chosen roads stand in catalogue order, each once, whatever the order of the names", () => {
  expect(selectScenarios(["l7", "no-policy", "l7", "l4"]).map(({ name }) => name)).toEqual(["no-policy", "l4", "l7"]);
});

test("a road whose baseline was not chosen is held against the nearest one below, and says all that lies between", () => {
  expect(summary(["no-policy", "l7"])).toEqual([
    ["no-policy", null, "the floor"],
    ["l7", "no-policy", "the eBPF policy, the L7 policy in Envoy"],
  ]);
});

test("a road without anything below it becomes a floor", () => {
  expect(summary(["l7-tls"])).toEqual([["l7-tls", null, "the floor"]]);
});

test("a twin without its original is an ordinary road on the original's baseline", () => {
  const [, again] = selectScenarios(["l4", "l7-again"]);
  expect(again).toMatchObject({ name: "l7-again", baseline: "l4", twinOf: null, differs: "the L7 policy in Envoy" });
});

test("a twin with its original stays its control", () => {
  expect(selectScenarios(["l7", "l7-again"])[1]).toMatchObject({ baseline: "l7", twinOf: "l7" });
});

test("a preview of another Envoy may be chosen by name", () => {
  expect(selectScenarios(["l7", "l7@1.36.4"]).map(({ name }) => name)).toEqual(["l7", "l7@1.36.4"]);
});

test("a name with a plus is added to the standard roads, or to those that are named", () => {
  const standard = CATALOGUE.map(({ name }) => name);
  const names = (wanted: readonly string[]): string[] => selectScenarios(wanted).map(({ name }) => name);
  expect(names(["+l7-kernel"])).toEqual([...standard, "l7-kernel"]);
  expect(names(["+l7-kernel", "l4"])).toEqual(["l4", "l7-kernel"]);
});

test("the experimental road says so, and is held against L4", () => {
  const [, kernel] = selectScenarios(["l4", "l7-kernel"]);
  expect(kernel).toMatchObject({ baseline: "l4", differs: "L7 in eBPF (experimental)" });
});

test("a cluster shows every road but the plain TCP proxy, and its own; what stood on that proxy stands on l4", () => {
  const roads = standardRoads("cluster");
  expect(roads.map(({ name }) => name)).toEqual([
    "no-policy",
    "no-policy-again",
    "l4",
    "l7-visibility",
    "l7",
    "l7-again",
    "tls",
    "l7-tls",
    "l7-tls-ingress",
  ]);
  expect(roads.find(({ name }) => name === "l7-visibility")?.baseline).toBe("l4");
});
