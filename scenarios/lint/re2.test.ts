import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { Re2Error } from "./re2-error.js";
import { exampleOf, matchesWhole, mayBeginWith } from "./re2-match.js";
import { parseRe2 } from "./re2-syntax.js";

const matches = (pattern: string, text: string): boolean => matchesWhole(parseRe2(pattern), text);
const whyNot = (pattern: string): string => {
  try {
    parseRe2(pattern);
    return "accepted";
  } catch (error) {
    if (!(error instanceof Re2Error)) throw error;
    return `${error.at}: ${error.message}`;
  }
};

describe("matching", () => {
  test("the whole text must match, with or without anchors", () => {
    expect(matches(String.raw`/a\.B/(C|D)`, "/a.B/D")).toBe(true);
    expect(matches(String.raw`^/a\.B/(C|D)$`, "/a.B/D")).toBe(true);
    expect(matches(String.raw`/a\.B/(C|D)`, "/a.B/DX")).toBe(false);
    expect(matches("B/C", "/a.B/C")).toBe(false);
  });

  test("an unescaped dot is any character", () => {
    expect(matches("/a.B/C", "/aXB/C")).toBe(true);
    expect(matches(String.raw`/a\.B/C`, "/aXB/C")).toBe(false);
  });

  test.each([
    [String.raw`\d{2,3}`, "12", "1234"],
    ["[^/]+", "abc", "a/c"],
    ["[[:alpha:]_-]+", "a_-Z", "a1"],
    ["[]a]+", "]a", "b"],
    ["[a-c]x*?", "bxx", "dxx"],
    ["(?i)post", "POST", "PUT"],
    ["a(?i:b)c", "aBc", "ABC"],
    [String.raw`\Qa.b\E+`, "a.bb", "axb"],
    [String.raw`\x41\x{2f}\101`, "A/A", "A/B"],
    [String.raw`\pL+\PL`, "éa1", "1"],
    [String.raw`\p{Greek}+`, "αβ", "ab"],
    ["(?P<name>a|b)(?:c)?", "bc", "cc"],
    ["x{,2}", "x{,2}", "xx"],
    [String.raw`\bab\b`, "ab", "a"],
    ["(a*)*", "aaa", "b"],
    ["", "", "a"],
  ])("%s matches %s and not %s", (pattern, yes, no) => {
    expect(matches(pattern, yes)).toBe(true);
    expect(matches(pattern, no)).toBe(false);
  });

  test("a pattern that makes backtracking engines hang is answered at once", () => {
    expect(matches("(a|a|a*)*b", "a".repeat(200))).toBe(false);
  });

  test("agrees with JavaScript on the syntax they share", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      ".",
      "[ab]",
      "[^a]",
      "(a|b)",
      "(?:ab)",
      "a*",
      "b+",
      "(ab)?",
      "a{2}",
      "|",
      "^",
      "$",
    );
    const text = fc.string({ maxLength: 6, unit: fc.constantFrom("a", "b", "c") });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), text, (pieces, candidate) => {
        const pattern = pieces.join("");
        expect(matches(pattern, candidate), pattern).toBe(new RegExp(`^(?:${pattern})$`).test(candidate));
      }),
      { seed: 11, numRuns: 3000 },
    );
  });
});

describe("refusing what RE2 refuses, at the offset where it stands", () => {
  test.each([
    ["/a(?=b)", "2: (?… looks ahead or behind, which RE2 cannot"],
    ["/a(?<!b)c", "2: (?<… looks ahead or behind, which RE2 cannot"],
    ["(?>a)", "0: (?>…) is an atomic group, which RE2 does not have"],
    [String.raw`(a)\1`, String.raw`3: \1 refers back to a group, which RE2 cannot`],
    [String.raw`a\Z`, String.raw`1: \Z is no escape that RE2 knows`],
    ["a++", "1: ++: a repetition of a repetition"],
    ["*a", "0: nothing before * to repeat"],
    ["a|+", "2: nothing before + to repeat"],
    ["a{1001}", "1: {1001} is no repetition that RE2 can count"],
    ["a{3,2}", "1: {3,2} is no repetition that RE2 can count"],
    ["(a", "0: a ( without its )"],
    ["a)", "1: a ) without its ("],
    ["[a", "0: a [ without its ]"],
    ["[z-a]", "1: z-a is a range that runs backwards"],
    ["[[:letter:]]", "1: [:letter:] is no character class"],
    ["a\\", "1: a backslash at the end escapes nothing"],
    [String.raw`\p{Klingon}`, String.raw`0: \p{Klingon} is no Unicode class`],
  ])("%s", (pattern, why) => {
    expect(whyNot(pattern)).toBe(why);
  });

  test("groups nested beyond RE2's depth are refused, not a full stack", () => {
    expect(whyNot("(".repeat(5000))).toContain("groups nest too deep");
  });

  test("no text makes the parser throw anything but Re2Error", () => {
    const soup = fc.string({ maxLength: 12, unit: fc.constantFrom(..."ab.*+?|()[]{}^$\\-:<=!PQEdwpx19,é") });
    fc.assert(
      fc.property(soup, (pattern) => {
        whyNot(pattern);
      }),
      { seed: 3, numRuns: 5000 },
    );
  });
});

describe("questions about a pattern", () => {
  test("an example belongs to the language", () => {
    for (const pattern of [String.raw`^/a\.B/(C|D)$`, "/[^/]+/x{3}", String.raw`\d+[[:upper:]]`, "(?i)q|r"]) {
      const node = parseRe2(pattern);
      const text = exampleOf(node, { any: "x", times: 1 });
      expect(matchesWhole(node, text), `${pattern} ~ ${text}`).toBe(true);
    }
  });

  test("what a match may begin with is found through anchors, options and branches", () => {
    expect(mayBeginWith(parseRe2("^a?/b"), "/")).toBe(true);
    expect(mayBeginWith(parseRe2("(a|/b)c"), "/")).toBe(true);
    expect(mayBeginWith(parseRe2(".*b"), "/")).toBe(true);
    expect(mayBeginWith(parseRe2("a/b"), "/")).toBe(false);
  });
});
