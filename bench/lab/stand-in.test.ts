import { expect, test } from "vitest";
import { standInFor } from "./stand-in.js";

test.each([
  ["1.19.3", { envoy: "1.36.4", cilium: "1.19.3", ships: "1.36.6" }],
  ["1.20.0", { envoy: "1.37.0", cilium: "1.20.0", ships: "1.37.5" }],
  ["v1.20", { envoy: "1.37.0", cilium: "1.20.0", ships: "1.37.5" }],
  ["1.17.18", { envoy: "1.36.4", cilium: "1.17.18", ships: "1.36.9" }],
])("Cilium %s is stood in for by the nearest patch of the minor that it ships", (release, standIn) => {
  expect(standInFor(release)).toEqual(standIn);
});

test("the nearest patch is taken, above or below", () => {
  expect(standInFor("1.20.0", ["1.37.1", "1.37.4", "1.37.9", "1.38.5"]).envoy).toBe("1.37.4");
  expect(standInFor("1.20.0", ["1.37.0", "1.37.6"]).envoy).toBe("1.37.6");
});

test.each(["1.18.4", "1.19.0", "1.14.0"])("Cilium %s has no preview: its Envoy's minor cannot be had", (release) => {
  expect(() => standInFor(release)).toThrow(`Cilium ${release} has no preview`);
});

test("a release that nobody knows is refused, never guessed", () => {
  expect(() => standInFor("1.20.7")).toThrow("which Envoy Cilium 1.20.7 ships is not known");
  expect(() => standInFor("1.99")).toThrow('"1.99" is not a Cilium release');
});
