import { describe, expect, test } from "vitest";
import { CATALOGUE, scenarioByName } from "../scenarios/catalogue.js";
import { envoyArms } from "../scenarios/envoy-arms.js";
import { STYLE } from "./html-style.js";
import { envoyColours, roadColour } from "./road-paint.js";

describe("the two Envoys of a preview", () => {
  const arms = envoyArms(CATALOGUE, ["1.36.4", "1.37.0"]);
  const style = envoyColours(arms);
  /** What a browser makes of it: the page's own value of the property, else the fallback. */
  const shown = (name: string): string => {
    const value = roadColour(arms.find((scenario) => scenario.name === name)!);
    const [, own, fallback] = /^var\((--[^,]+),var\((--[a-z0-9-]+)\)\)$/.exec(value) ?? [];
    return new RegExp(`${own}:var\\((--[a-z-]+)\\)`).exec(style)?.[1] ?? fallback ?? value;
  };

  test("never share a colour, on whichever road, light or dark", () => {
    for (const road of ["l4-proxy", "l7-visibility", "l7", "l7-tls"]) {
      const [one, other] = [shown(`${road}@1.36.4`), shown(`${road}@1.37.0`)];
      expect([one, other]).toEqual([one, `${one}-later`]);
      const values = (property: string): string[] =>
        [...STYLE.matchAll(new RegExp(`${property}:(#[0-9a-f]{3,6})`, "g"))].map(([, hex]) => hex!);
      expect(values(one)).toHaveLength(2);
      expect(values(other)).toHaveLength(2);
      values(one).forEach((hex, i) => expect(hex).not.toBe(values(other)[i]));
    }
  });

  test("need no style of their own where a run has one", () => {
    expect(envoyColours(CATALOGUE)).toBe("");
    expect(roadColour(scenarioByName("l7"))).toBe("var(--l7)");
    expect(roadColour(scenarioByName("l4"))).toBe("var(--kernel)");
  });
});
