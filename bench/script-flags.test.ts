import { expect, test } from "vitest";
import { count } from "./options.js";
import { readFlags } from "./script-flags.js";

const USAGE = "npm run bench:x -- [--runs N] [--pin]";
const read = (...args: readonly string[]): ReturnType<typeof readFlags> =>
  readFlags(USAGE, { runs: count("--runs"), pin: null }, args);

test("flags are read, and those that were not given are undefined", () => {
  expect(read("--runs", "20", "--pin")).toEqual({ kind: "flags", values: { runs: 20, pin: true } });
  expect(read()).toEqual({ kind: "flags", values: { runs: undefined, pin: false } });
});

test.each(["--help", "-h"])("%s tells the usage", (flag) => {
  expect(read("--pin", flag)).toEqual({ kind: "help", text: `usage: ${USAGE}\n` });
});

test.each([
  [["--rnus", "20"], /^Unknown option '--rnus'\nusage: npm run bench:x/],
  [["twenty"], /^Unexpected argument 'twenty'[^\n]*\nusage: /],
  [["--runs"], /^Option '--runs <value>' argument missing\nusage: /],
  [["--runs", "many"], /--runs[^]*many[^]*\nusage: /],
  [["--pin=yes"], /'--pin' does not take an argument\nusage: /],
])("%j is told in a line, with the usage and no stack", (args, words) => {
  const answer = read(...args);
  expect(answer).toMatchObject({ kind: "wrong", text: expect.stringMatching(words) as string });
  expect(answer).not.toMatchObject({ text: expect.stringContaining("    at ") as string });
});

test("a bug in a reader is no wrong flag", () => {
  const broken = (): never => {
    throw new TypeError("x is not a function");
  };
  expect(() => readFlags(USAGE, { runs: broken }, ["--runs", "1"])).toThrow("x is not a function");
});
