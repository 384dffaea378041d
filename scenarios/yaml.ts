/**
 * The only file that knows the YAML library. It turns text into our own small tree in which every node knows its line
 * and column, so that a linter and a configuration reader can point at what they mean. Aliases and merge keys are
 * resolved here; broken documents become Faults with a position while the readable ones beside them are still returned.
 * YAML 1.2 core schema: `yes` and `on` are words, not booleans.
 */
import {
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Node,
  type Pair,
  type Scalar,
  type YAMLError,
} from "yaml";
import { EXIT, Fault } from "../loadgen/fault.js";

/** Both count from 1; columns are UTF-16 code units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type YamlNode = YamlScalar | YamlMap | YamlList;
export interface YamlScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As written, without quotes. */
  readonly text: string;
  readonly at: Position;
}
export interface YamlMap {
  readonly kind: "map";
  readonly entries: readonly YamlEntry[];
  readonly at: Position;
}
export interface YamlEntry {
  readonly key: string;
  readonly keyAt: Position;
  readonly value: YamlNode;
}
export interface YamlList {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
  readonly at: Position;
}

export interface YamlText {
  /** The documents that could be read, empty ones left out. */
  readonly documents: readonly YamlNode[];
  /** One per place where the text is not YAML. */
  readonly faults: readonly Fault[];
}

/** Nodes one document may have once its aliases are written out: a guard against text that unfolds without end. */
const MOST_NODES = 50_000;

/** Reads every document of a text; what cannot be read is reported beside the rest. `file` names it in the faults. */
export function readYaml(text: string, file: string): YamlText {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const documents: YamlNode[] = [];
  const faults: Fault[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    faults.push(...document.errors.map((error) => yamlFault(error, file, lines)));
    if (document.errors.length > 0) continue;
    try {
      const root = new TreeBuilder(document, lines, file).node(document.contents);
      if (root.kind !== "scalar" || root.value !== null) documents.push(root);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(error);
    }
  }
  return { documents, faults };
}

/**
 * The one document of a text, e.g. a configuration file.
 * @throws Fault (usage) with file, line and column when it is not YAML, empty, or more than one document.
 */
export function parseYaml(text: string, file: string): YamlNode {
  const { documents, faults } = readYaml(text, file);
  if (faults[0] !== undefined) throw faults[0];
  const [document, second] = documents;
  if (document === undefined) throw new Fault({ fact: `${file}: the file is empty`, exitCode: EXIT.usage });
  if (second !== undefined) {
    throw new Fault({
      fact: `${file}:${place(second.at)}: a second document begins here`,
      expected: "one YAML document",
      exitCode: EXIT.usage,
    });
  }
  return document;
}

/** The plain value of a node: objects, arrays, scalars. */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plainValue);
    case "map":
      return Object.fromEntries(node.entries.map((entry) => [entry.key, plainValue(entry.value)]));
  }
}

/** Where the value at `path` stands, or the nearest node above it that exists: for errors that name a path. */
export function positionAt(root: YamlNode, path: readonly PropertyKey[]): Position {
  let node = root;
  for (const step of path) {
    const next = child(node, step);
    if (next === undefined) break;
    node = next;
  }
  return node.at;
}

/** `3:7`, as compilers write it. */
export function place(at: Position): string {
  return `${at.line}:${at.column}`;
}

/** Plain values as YAML documents, keys in the order given; `comment` stands above the first. */
export function writeYaml(values: readonly unknown[], comment = ""): string {
  const head = comment === "" ? "" : `${comment.replace(/^/gm, "# ").replace(/ +$/gm, "")}\n`;
  const bodies = values.map((value) => new Document(value).toString({ lineWidth: 0, indentSeq: false }));
  return head + bodies.join("---\n");
}

function child(node: YamlNode, step: PropertyKey): YamlNode | undefined {
  if (node.kind === "map") return node.entries.find((entry) => entry.key === step)?.value;
  if (node.kind === "list" && typeof step === "number") return node.items[step];
  return undefined;
}

/** What the library's terse messages leave out, where the slip is a common one. */
const ADVICE: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: String.raw`in double quotes a backslash is an escape: write the regex in single quotes, '/a\.B/C'`,
  TAB_AS_INDENT: "indent with spaces: YAML allows no tabs there",
  DUPLICATE_KEY: "a key may stand once in a mapping: join the two",
};

function yamlFault(error: YAMLError, file: string, lines: LineCounter): Fault {
  const { line, col } = lines.linePos(error.pos[0]);
  const advice = ADVICE[error.code];
  return new Fault({
    fact: `${file}:${place({ line, column: col })}: this is not YAML`,
    seen: error.message,
    ...(advice === undefined ? {} : { try: advice }),
    exitCode: EXIT.usage,
  });
}

class TreeBuilder {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #file: string;
  #nodes = 0;
  readonly #unfolding = new Set<unknown>();

  constructor(document: Document.Parsed, lines: LineCounter, file: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
  }

  node(source: Node | null): YamlNode {
    this.#nodes += 1;
    const at = this.#at(source?.range?.[0] ?? 0);
    if (this.#nodes > MOST_NODES) throw this.#fault(at, "the aliases of this document unfold without end");
    if (isAlias(source)) return this.#aliased(source.source, source.resolve(this.#document), at);
    if (isMap<Node, Node | null>(source)) return { kind: "map", entries: this.#entries(source.items), at };
    if (isSeq<Node>(source)) return { kind: "list", items: source.items.map((item) => this.node(item)), at };
    return isScalar(source) ? scalar(source, at) : { kind: "scalar", value: null, text: "", at };
  }

  #aliased(name: string, target: Node | undefined, at: Position): YamlNode {
    if (target === undefined) throw this.#fault(at, `the alias *${name} has no anchor before it`);
    if (this.#unfolding.has(target)) throw this.#fault(at, `the alias *${name} holds itself`);
    this.#unfolding.add(target);
    const node = this.node(target);
    this.#unfolding.delete(target);
    return { ...node, at };
  }

  #entries(pairs: readonly Pair<Node, Node | null>[]): YamlEntry[] {
    const own: YamlEntry[] = [];
    const merged: YamlEntry[] = [];
    for (const pair of pairs) {
      const key = this.node(pair.key);
      if (key.kind !== "scalar") throw this.#fault(key.at, "a mapping's key must be a plain word here");
      const value = this.node(pair.value);
      if (key.text === "<<") merged.push(...mergedEntries(value));
      else own.push({ key: key.text, keyAt: key.at, value: pair.value === null ? { ...value, at: key.at } : value });
    }
    const names = new Set(own.map((entry) => entry.key));
    return [...own, ...merged.filter((entry) => !names.has(entry.key))];
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #fault(at: Position, seen: string): Fault {
    return new Fault({ fact: `${this.#file}:${place(at)}: this YAML cannot be used`, seen, exitCode: EXIT.usage });
  }
}

/** Merge keys, https://yaml.org/type/merge.html: a mapping, or a list of mappings of which the earlier wins. */
function mergedEntries(value: YamlNode): YamlEntry[] {
  if (value.kind === "map") return [...value.entries];
  if (value.kind !== "list") return [];
  const entries = new Map<string, YamlEntry>();
  for (const entry of value.items.flatMap(mergedEntries)) {
    if (!entries.has(entry.key)) entries.set(entry.key, entry);
  }
  return [...entries.values()];
}

function scalar(source: Scalar, at: Position): YamlScalar {
  const { value } = source;
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return { kind: "scalar", value, text: source.source ?? "", at };
  }
  return { kind: "scalar", value: source.source ?? "", text: source.source ?? "", at };
}
