import { describe, expect, test } from "vitest";
import { bracketOf } from "./bracket.js";

/** `4000+` met, `4000-` missed with a full core, `4000?` missed without one, `4000.` void. */
function points(...texts: readonly string[]) {
  return texts.map((text) => ({
    rate: Number.parseInt(text, 10),
    outcome: text.endsWith("+") ? ("met" as const) : text.endsWith(".") ? ("void" as const) : ("missed" as const),
    isCertain: text.endsWith("-"),
  }));
}

const between = (...texts: readonly string[]) => {
  const { low, high } = bracketOf(points(...texts));
  return [low?.rate ?? null, high?.rate ?? null];
};

describe("the capacity lies between", () => {
  test("the largest held and the smallest missed rate", () => {
    expect(between("1000+", "2000+", "4000-", "2800+")).toEqual([2800, 4000]);
  });

  test("nothing and the smallest missed rate, when none was held", () => {
    expect(between("1000-", "500-")).toEqual([null, 500]);
  });

  test("rates that are held above a missed one do not count: they were luck", () => {
    expect(between("1000+", "2000-", "3000+")).toEqual([1000, 2000]);
  });

  test("nothing and nothing without a judged point", () => {
    expect(between("1000.", "1000.")).toEqual([null, null]);
  });
});

describe("a rate", () => {
  test.each([
    [["4000+"], "held"],
    [["4000-"], "missed"],
    [["4000?"], "open"],
    [["4000?", "4000?"], "missed"],
    [["4000?", "4000+"], "open"],
    [["4000?", "4000+", "4000+"], "held"],
    [["4000+", "4000-"], "open"],
    [["4000+", "4000?", "4000?"], "missed"],
    [["4000+", "4000?", "4000+", "4000?"], "missed"],
    [["4000+", "4000+", "4000+", "4000?"], "held"],
  ] as const)("with the trials %j is %s", (texts, standing) => {
    expect(bracketOf(points(...texts)).rates).toMatchObject([{ rate: 4000, standing }]);
  });
});
