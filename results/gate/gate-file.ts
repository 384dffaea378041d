/**
 * The gates file: YAML, read with the place of every mistake and the nearest word that would do. All mistakes of a file
 * are told at once. docs/gate.md is its reference for people.
 */
import type { z } from "zod";
import { EXIT, Fault } from "../../loadgen/fault.js";
import { parseYaml, place, plainValue, positionAt, type Position, type YamlNode } from "../../scenarios/yaml.js";
import type { PassName } from "../trial.js";
import type { GateFile, GateRule } from "./gate-rule.js";
import { readRule } from "./read-rule.js";
import { adviceOf, gateFileSchema, ruleSchema, type Mistake, type WrittenRule } from "./written-rule.js";

/**
 * @param file names the file in faults and annotations
 * @param headline pass of the run that is judged: that of a p50 or p90 of service whose rule names no load
 * @throws Fault (usage) that tells every mistake with line and column
 */
export function readGateFile(text: string, file: string, headline: PassName = "single"): GateFile {
  const root = parseYaml(text, file);
  const parsed = gateFileSchema.safeParse(plainValue(root));
  if (!parsed.success)
    throw mistaken(
      file,
      parsed.error.issues.flatMap((issue) => mistakesOf(issue, root)),
    );
  const mistakes: Mistake[] = [];
  const rules = parsed.data.gates.flatMap((written, i): GateRule[] => {
    const at = (key?: keyof WrittenRule): Position =>
      positionAt(root, ["gates", i, ...(key === undefined ? [] : [key])]);
    const read = readRule(written, at, headline);
    if (Array.isArray(read)) mistakes.push(...read);
    return Array.isArray(read) ? [] : [read];
  });
  if (mistakes.length > 0) throw mistaken(file, mistakes);
  return { file, rules };
}

function mistakesOf(issue: z.core.$ZodIssue, root: YamlNode): Mistake[] {
  const at = positionAt(root, issue.path);
  const key = String(issue.path.at(-1) ?? "");
  const { code } = issue;
  if (code === "unrecognized_keys") return issue.keys.map((unknown) => unknownKey(unknown, root, issue.path));
  if (code === "invalid_value") {
    const seen = textAt(root, issue.path);
    return [{ at, fact: `there is no ${key} "${seen}"`, advice: adviceOf(seen, issue.values.map(String)) }];
  }
  if (code === "too_small" && key === "gates") return [{ at, fact: "the list of gates is empty", advice: EXAMPLE }];
  if (!exists(root, issue.path)) {
    if (issue.path.length < 3) return [{ at, fact: 'there is no list "gates"', advice: EXAMPLE }];
    return [{ at, fact: `the rule has no ${key}`, advice: EXAMPLE }];
  }
  return [{ at, fact: `${key === "" ? "the file" : key} is not what a gates file holds here`, advice: EXAMPLE }];
}

const EXAMPLE = "gates: [{ road: l7, metric: p99, against: baseline, max_regression: 10% }]";

function unknownKey(key: string, root: YamlNode, path: readonly PropertyKey[]): Mistake {
  const known = path.length === 0 ? ["gates"] : Object.keys(ruleSchema.shape);
  const parent = nodeAt(root, path);
  const entry = parent?.kind === "map" ? parent.entries.find((one) => one.key === key) : undefined;
  return { at: entry?.keyAt ?? positionAt(root, path), fact: `there is no key "${key}"`, advice: adviceOf(key, known) };
}

function nodeAt(root: YamlNode, path: readonly PropertyKey[]): YamlNode | undefined {
  return path.reduce<YamlNode | undefined>((node, step) => {
    if (node?.kind === "map") return node.entries.find((entry) => entry.key === step)?.value;
    return node?.kind === "list" && typeof step === "number" ? node.items[step] : undefined;
  }, root);
}

const exists = (root: YamlNode, path: readonly PropertyKey[]): boolean => nodeAt(root, path) !== undefined;

function textAt(root: YamlNode, path: readonly PropertyKey[]): string {
  const node = nodeAt(root, path);
  return node?.kind === "scalar" ? node.text : "";
}

function mistaken(file: string, mistakes: readonly Mistake[]): Fault {
  const [first, second] = mistakes;
  const where = (mistake: Mistake): string => `${file}:${place(mistake.at)}: ${mistake.fact}`;
  if (first !== undefined && second === undefined) {
    const advice = first.advice === null ? {} : { try: first.advice };
    return new Fault({ fact: where(first), ...advice, exitCode: EXIT.usage });
  }
  return new Fault({
    fact: `${file} holds ${mistakes.length} mistakes`,
    seen: mistakes.map((one) => `${where(one)}${one.advice === null ? "" : ` (${one.advice})`}`).join("\n"),
    so: "no gate was judged",
    try: "the reference of the gates file: docs/gate.md",
    exitCode: EXIT.usage,
  });
}
