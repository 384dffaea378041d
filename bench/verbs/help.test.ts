/**
 * What the help of each verb says is true of the verb, and every command that help, README and docs show can be read by
 * the program itself.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import { tollgateProgram, verbsOf } from "../program.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const io = { stdout: nowhere, stderr: nowhere, env: {}, colour: false, live: false };

const everyVerb = await verbsOf();

function program(registered = everyVerb): Command {
  const refuse = (code: number): never => {
    throw new Error(`the command line was refused with exit code ${code}`);
  };
  return tollgateProgram(io, refuse, registered);
}

/** Every verb, and the verbs of verbs, under the words that call it. */
function verbs(command: Command, words: readonly string[] = []): [string, Command][] {
  return command.commands.flatMap((verb) => {
    const name = [...words, verb.name()];
    const own: [string, Command][] = verb.name() === "scenarios" ? [] : [[name.join(" "), verb]];
    return [...own, ...verbs(verb, name)];
  });
}

/** The help as it is printed, examples included. */
function helpOf(verb: Command): string {
  let text = "";
  verb.configureOutput({ writeOut: (part) => void (text += part) });
  verb.outputHelp();
  return text;
}

/** `tollgate …` at the start of a line or in backticks, without remarks and pipes behind it. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/^(?:\s*run:)?\s*(tollgate .+)$|`(tollgate [^`]+)`/gm)]
    .map(([, line, quoted]) => (line ?? quoted ?? "").replace(/ \| .*$|\s+#.*$|(?<=\S) {2,}\S.*$/, ""))
    .filter((command) => !/\[|…|\.\.\./.test(command));
}

/** As a shell splits it; what a workflow puts in its place is one word. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|\$\{\{.*?\}\}|\S)+/g)].map(([word]) => word.replace(/['"]/g, ""));
}

/** Reads the flags of a command without doing what it says. @throws as the program itself would */
function read(command: string): void {
  const [, ...words] = wordsOf(command);
  let verb = program();
  for (let next = named(verb, words[0]); next !== undefined; next = named(verb, words[0])) {
    verb = next;
    words.shift();
  }
  const { unknown } = verb.parseOptions(words);
  if (unknown.some((word) => word.startsWith("-"))) throw new Error(`${verb.name()} has no ${unknown.join(" ")}`);
}

const named = (verb: Command, word: string | undefined): Command | undefined =>
  verb.commands.find((sub) => sub.name() === word);

const ALL = verbs(program());

test("a command line that begins with a verb reads that verb's code alone, under its own name", async () => {
  for (const name of program().commands.map((verb) => verb.name())) {
    expect(program(await verbsOf(name)).commands.map((verb) => verb.name())).toEqual([name]);
  }
  expect(await verbsOf("histroy")).toHaveLength(everyVerb.length);
});

describe.each(ALL)("the help of %s", (_name, verb) => {
  test("shows an example that the verb can read", () => {
    const help = helpOf(verb);
    expect(help).toMatch(/^Examples?:$/m);
    const examples = commandsIn(help.slice(help.search(/^Examples?:$/m)));
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(() => read(example), example).not.toThrow();
  });

  test("shows each default as a person would write it", () => {
    for (const option of verb.options) {
      const shown = option.defaultValueDescription ?? JSON.stringify(option.defaultValue ?? null);
      expect(shown, option.flags).not.toMatch(/(?<![:\d])\d{5}|[{[]/);
    }
  });

  test("says of each flag what it does", () => {
    for (const option of verb.options) expect(option.description, option.flags).not.toBe("");
  });
});

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

describe.each(PAGES)("%s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");

  test("shows commands that can be read", () => {
    for (const command of commandsIn(text)) expect(() => read(command), command).not.toThrow();
  });

  test("names no flag that no verb has", () => {
    const flags = new Set(ALL.flatMap(([, verb]) => verb.options.map(({ long }) => long)));
    for (const [, flag] of text.matchAll(/`(--[a-z][a-z-]+)[^`]*`/g))
      expect([...flags, "--help"], page).toContain(flag);
  });
});

test("flags of which there are several ways to be wrong are refused by name", () => {
  expect(() => read("tollgate run --timeout 2parsecs")).toThrow(Fault);
  expect(() => read("tollgate run --blokcs 3")).toThrow("--blokcs");
});
