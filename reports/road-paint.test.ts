import { describe, expect, test } from "vitest";
import { CATALOGUE, scenarioByName } from "../scenarios/catalogue.js";
import { envoyArms } from "../scenarios/envoy-arms.js";
import { STYLE } from "./html-style.js";
import { envoyColours, roadColour } from "./road-paint.js";

describe("the Envoys of a preview", () => {
  const arms = envoyArms(CATALOGUE, ["1.36.4", "1.37.0", "1.38.3"]);
  const style = envoyColours(arms);
  /** What a browser makes of it: the page's own value of the property, else the fallback. */
  const shown = (name: string): string => {
    const value = roadColour(arms.find((scenario) => scenario.name === name)!);
    const [, own, fallback] = /^var\((--[^,]+),var\((--[a-z0-9-]+)\)\)$/.exec(value) ?? [];
    return new RegExp(`${own}:var\\((--[a-z-]+)\\)`).exec(style)?.[1] ?? fallback ?? value;
  };

  test("never share a colour, on whichever road, light or dark", () => {
    for (const road of ["l4-proxy", "l7-visibility", "l7", "l7-tls"]) {
      const colours = ["1.36.4", "1.37.0", "1.38.3"].map((envoy) => shown(`${road}@${envoy}`));
      const [first = ""] = colours;
      expect(colours).toEqual([first, `${first}-later`, `${first}-third`]);
      const values = (property: string): string[] =>
        [...STYLE.matchAll(new RegExp(`${property}:(#[0-9a-f]{3,6})`, "g"))].map(([, hex]) => hex!);
      const [light, dark] = [0, 1].map((scheme) => colours.map((colour) => values(colour)[scheme]));
      for (const seen of [light!, dark!]) expect(new Set(seen.filter((hex) => hex !== undefined)).size).toBe(3);
    }
  });

  test("need no style of their own where a run has one", () => {
    expect(envoyColours(CATALOGUE)).toBe("");
    expect(roadColour(scenarioByName("l7"))).toBe("var(--l7)");
    expect(roadColour(scenarioByName("l4"))).toBe("var(--kernel)");
  });
});
