import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { Fault } from "../loadgen/fault.js";
import { parseYaml, plainValue, positionAt, readYaml, writeYaml } from "./yaml.js";

function facts(text: string): string[] {
  return readYaml(text, "p.yaml").faults.map((fault) => fault.text.fact);
}

describe("reading", () => {
  test("every node knows its line and column, counted from 1", () => {
    const root = parseYaml("a:\n  b:\n  - c: 1\n    d: two\n", "p.yaml");
    expect(positionAt(root, ["a", "b", 0, "d"])).toEqual({ line: 4, column: 8 });
    expect(positionAt(root, ["a", "b"])).toEqual({ line: 3, column: 3 });
  });

  test("a path that does not exist leads to the nearest node above it", () => {
    const root = parseYaml("a:\n  b: 1\n", "p.yaml");
    expect(positionAt(root, ["a", "x", 3])).toEqual({ line: 2, column: 3 });
  });

  test("a key without a value is null and stands right behind its colon", () => {
    const root = parseYaml("a: 1\nb:\n", "p.yaml");
    expect(plainValue(root)).toEqual({ a: 1, b: null });
    expect(positionAt(root, ["b"])).toEqual({ line: 2, column: 3 });
  });

  test("aliases are written out where they are used and point to the place of use", () => {
    const root = parseYaml("a: &x\n  k: 1\nb: *x\n", "p.yaml");
    expect(plainValue(root)).toEqual({ a: { k: 1 }, b: { k: 1 } });
    expect(positionAt(root, ["b"])).toEqual({ line: 3, column: 4 });
  });

  test("merge keys give way to the mapping's own keys, and the earlier of a list wins", () => {
    const text = "x: &x {k: x, only: x}\ny: &y {k: y, m: y}\nz:\n  <<: [*x, *y]\n  m: own\n";
    expect(plainValue(parseYaml(text, "p.yaml"))).toMatchObject({ z: { k: "x", only: "x", m: "own" } });
  });

  test("an alias that holds itself is a fault, not an endless tree", () => {
    expect(facts("a: &a\n- *a\n")).toEqual(["p.yaml:2:3: this YAML cannot be used"]);
  });

  test("aliases that unfold a billion times are a fault, not a full memory", () => {
    const levels = "bcdefghij".split("").map((name, i) => {
      const from = "abcdefghij"[i] ?? "";
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`;
    });
    expect(facts(`a: &a [1, 2, 3]\n${levels.join("\n")}\n`)).toEqual([expect.stringContaining("cannot be used")]);
  });

  test("words of YAML 1.1 stay words", () => {
    expect(plainValue(parseYaml("a: yes\nb: on\nc: 50051\n", "p.yaml"))).toEqual({ a: "yes", b: "on", c: 50051 });
  });

  test("JSON is YAML", () => {
    expect(plainValue(parseYaml('{"a": [1, {"b": null}]}', "p.json"))).toEqual({ a: [1, { b: null }] });
  });
});

describe("faults", () => {
  test("name file, line and column, and leave the readable documents of the text", () => {
    const { documents, faults } = readYaml("a: 1\n---\nb: {c\n---\nd: 2\n", "p.yaml");
    expect(documents.map(plainValue)).toEqual([{ a: 1 }, { d: 2 }]);
    expect(faults[0]?.text.fact).toMatch(/^p\.yaml:[34]:\d+: this is not YAML$/);
  });

  test("a regex in double quotes gets the advice to use single quotes", () => {
    const [fault] = readYaml(String.raw`path: "/a\.B/C"`, "p.yaml").faults;
    expect(fault?.text.fact).toBe("p.yaml:1:10: this is not YAML");
    expect(fault?.text.try).toContain("single quotes");
  });

  test("a key written twice is a fault at the second place", () => {
    expect(facts("a: 1\nb: 2\na: 3\n")).toEqual(["p.yaml:3:1: this is not YAML"]);
  });

  test("an empty text and a second document are faults where one document is wanted", () => {
    expect(() => parseYaml("# nothing\n", "p.yaml")).toThrow("p.yaml: the file is empty");
    expect(() => parseYaml("a: 1\n---\nb: 1\n", "p.yaml")).toThrow("p.yaml:3:1: a second document begins here");
  });

  test("no text makes the reader throw anything but a Fault", () => {
    const soup = fc.array(
      fc.constantFrom("a", ":", " ", "\n", "-", "&x", "*x", "<<", "{", "}", "[", "]", '"', "---", "?", "!t", "|", ">"),
    );
    fc.assert(
      fc.property(soup, (parts) => {
        const { faults } = readYaml(parts.join(""), "p.yaml");
        expect(faults.every((fault) => fault instanceof Fault)).toBe(true);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});

describe("writing", () => {
  test("documents are parted by a line of their own and the comment stands above", () => {
    expect(writeYaml([{ a: [1] }, { b: "x: y" }], "first\n\nlast")).toBe(
      '# first\n#\n# last\na:\n- 1\n---\nb: "x: y"\n',
    );
  });

  test("what is written reads back the same", () => {
    const value = { path: String.raw`^/a\.B/(C|D)$`, port: "50051", list: [{}, { k: null }], yes: "true" };
    expect(plainValue(parseYaml(writeYaml([value]), "p.yaml"))).toEqual(value);
  });
});
