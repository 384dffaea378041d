/**
 * What a parsed pattern matches. Sets of positions instead of backtracking, so that a user's pattern costs at most the
 * square of the text's length.
 */
import type { Re2Node } from "./re2-syntax.js";

/** Whether the pattern matches the whole text, as Envoy's `safe_regex` asks. */
export function matchesWhole(node: Re2Node, text: string): boolean {
  const chars = [...text];
  return ends(node, chars, new Set([0])).has(chars.length);
}

/** Whether any match could begin with this character. */
export function mayBeginWith(node: Re2Node, char: string): boolean {
  return beginning(node, char).accepts;
}

/** A text of the pattern's language: first branches, and every unbounded repetition filled as `fill` says. */
export function exampleOf(node: Re2Node, fill: { readonly any: string; readonly times: number }): string {
  switch (node.kind) {
    case "chars":
      return node.example;
    case "any":
      return fill.any;
    case "assertion":
      return "";
    case "concat":
      return node.parts.map((part) => exampleOf(part, fill)).join("");
    case "alternate":
      return node.branches[0] === undefined ? "" : exampleOf(node.branches[0], fill);
    case "repeat":
      return exampleOf(node.of, fill).repeat(Math.min(Math.max(node.min, fill.times), node.max));
  }
}

function ends(node: Re2Node, chars: readonly string[], starts: ReadonlySet<number>): Set<number> {
  switch (node.kind) {
    case "chars":
      return step(chars, starts, node.test);
    case "any":
      return step(chars, starts, (char) => char !== "\n");
    case "assertion":
      return new Set([...starts].filter((at) => holds(node.which, chars, at)));
    case "concat":
      return node.parts.reduce((at, part) => ends(part, chars, at), new Set(starts));
    case "alternate":
      return new Set(node.branches.flatMap((branch) => [...ends(branch, chars, starts)]));
    case "repeat":
      return repeated(node, chars, starts);
  }
}

function repeated(
  node: Re2Node & { kind: "repeat" },
  chars: readonly string[],
  starts: ReadonlySet<number>,
): Set<number> {
  let at = new Set(starts);
  for (let turn = 0; turn < node.min && at.size > 0; turn += 1) at = ends(node.of, chars, at);
  const reached = new Set(at);
  for (let turn = node.min; turn < node.max && at.size > 0; turn += 1) {
    at = new Set([...ends(node.of, chars, at)].filter((end) => !reached.has(end)));
    for (const end of at) reached.add(end);
  }
  return reached;
}

function step(chars: readonly string[], starts: ReadonlySet<number>, test: (char: string) => boolean): Set<number> {
  const next = new Set<number>();
  for (const at of starts) {
    const char = chars[at];
    if (char !== undefined && test(char)) next.add(at + 1);
  }
  return next;
}

function holds(which: "start" | "end" | "word" | "not-word", chars: readonly string[], at: number): boolean {
  if (which === "start") return at === 0;
  if (which === "end") return at === chars.length;
  const boundary = /\w/.test(chars[at - 1] ?? "") !== /\w/.test(chars[at] ?? "");
  return boundary === (which === "word");
}

interface Beginning {
  readonly accepts: boolean;
  /** The node can match nothing, so that what follows it may begin the match. */
  readonly nullable: boolean;
}

function beginning(node: Re2Node, char: string): Beginning {
  switch (node.kind) {
    case "chars":
      return { accepts: node.test(char), nullable: false };
    case "any":
      return { accepts: true, nullable: false };
    case "assertion":
      return { accepts: false, nullable: true };
    case "repeat": {
      const inner = beginning(node.of, char);
      return { accepts: node.max > 0 && inner.accepts, nullable: node.min === 0 || inner.nullable };
    }
    case "alternate": {
      const branches = node.branches.map((branch) => beginning(branch, char));
      return { accepts: branches.some((one) => one.accepts), nullable: branches.some((one) => one.nullable) };
    }
    case "concat": {
      for (const part of node.parts) {
        const first = beginning(part, char);
        if (first.accepts || !first.nullable) return { accepts: first.accepts, nullable: false };
      }
      return { accepts: false, nullable: true };
    }
  }
}
