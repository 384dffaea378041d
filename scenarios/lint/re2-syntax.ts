/**
 * The regular expressions of Cilium's HTTP rules, read as RE2 reads them (Go's regexp/syntax in the agent, RE2 in Envoy;
 * https://github.com/google/re2/wiki/Syntax). JavaScript's own engine is no stand-in: it accepts look-aheads and
 * back-references, which RE2 refuses, and can take exponential time on what a user wrote.
 */
import { characterClass, type CharacterTest } from "./re2-classes.js";
import { Re2Error } from "./re2-error.js";

export type Re2Node =
  | { readonly kind: "chars"; readonly test: CharacterTest; readonly example: string; readonly literal: boolean }
  /** An unescaped dot; `at` is its offset in the pattern. */
  | { readonly kind: "any"; readonly at: number }
  | { readonly kind: "assertion"; readonly which: "start" | "end" | "word" | "not-word" }
  | { readonly kind: "concat"; readonly parts: readonly Re2Node[] }
  | { readonly kind: "alternate"; readonly branches: readonly Re2Node[] }
  /** `max` Infinity: no bound. */
  | { readonly kind: "repeat"; readonly of: Re2Node; readonly min: number; readonly max: number };

/** @throws Re2Error where RE2 would refuse the pattern. */
export function parseRe2(pattern: string): Re2Node {
  const parser = new Re2Parser(pattern);
  const node = parser.alternation(0);
  if (!parser.ended) throw new Re2Error("a ) without its (", parser.position);
  return node;
}

/** RE2's own bounds: repetition counts, and how deep groups may nest. */
const MOST_REPEATS = 1000;
const DEEPEST = 1000;

class Re2Parser {
  readonly #text: string;
  #at = 0;
  #ignoreCase = false;

  constructor(text: string) {
    this.#text = text;
  }

  get position(): number {
    return this.#at;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  alternation(depth: number): Re2Node {
    if (depth > DEEPEST) throw new Re2Error("groups nest too deep", this.#at);
    const ignoreCase = this.#ignoreCase;
    const branches = [this.#sequence(depth)];
    while (this.#take("|")) branches.push(this.#sequence(depth));
    this.#ignoreCase = ignoreCase;
    return branches.length === 1 && branches[0] !== undefined ? branches[0] : { kind: "alternate", branches };
  }

  #sequence(depth: number): Re2Node {
    const parts: Re2Node[] = [];
    while (!this.ended && this.#peek() !== "|" && this.#peek() !== ")") {
      parts.push(...this.#repeated(depth));
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "concat", parts };
  }

  /** One atom with its quantifier; a quoted text \Q…\E is several, of which the last is quantified. */
  #repeated(depth: number): Re2Node[] {
    const from = this.#at;
    const bounds = this.#quantifier();
    if (bounds !== null) throw new Re2Error(`nothing before ${this.#text.slice(from, this.#at)} to repeat`, from);
    if (this.#flagsAlone()) return [];
    const atoms = this.#text.startsWith("\\Q", this.#at) ? this.#quoted() : [this.#atom(depth)];
    const last = atoms.pop();
    if (last === undefined) return [];
    return [...atoms, this.#quantified(last)];
  }

  #quantified(atom: Re2Node): Re2Node {
    const bounds = this.#quantifier();
    if (bounds === null) return atom;
    this.#take("?");
    const from = this.#at;
    if (this.#quantifier() !== null) {
      throw new Re2Error(`${this.#text.slice(from - 1, this.#at)}: a repetition of a repetition`, from - 1);
    }
    return { kind: "repeat", of: atom, ...bounds };
  }

  /** Reads `*`, `+`, `?` or `{n,m}`; null, and nothing read, when there is none. A `{` that counts nothing is a letter. */
  #quantifier(): { min: number; max: number } | null {
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    if (this.#take("?")) return { min: 0, max: 1 };
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 16));
    if (counted === null) return null;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === "" ? Infinity : Number(counted[3]);
    if (min > MOST_REPEATS || (max !== Infinity && max > MOST_REPEATS) || min > max) {
      throw new Re2Error(`${counted[0]} is no repetition that RE2 can count`, this.#at);
    }
    this.#at += counted[0].length;
    return { min, max };
  }

  #atom(depth: number): Re2Node {
    const at = this.#at;
    const char = this.#next();
    switch (char) {
      case "^":
        return { kind: "assertion", which: "start" };
      case "$":
        return { kind: "assertion", which: "end" };
      case ".":
        return { kind: "any", at };
      case "(":
        return this.#group(at, depth);
      case "[":
      case "\\":
        return this.#classOrEscape(at);
      default:
        return this.#literal(char);
    }
  }

  /** `(?i)`: holds to the end of the group it stands in, and is nothing that could be repeated. */
  #flagsAlone(): boolean {
    const flags = /^\(\?([imsU]*)(-?[imsU]*)\)/.exec(this.#text.slice(this.#at, this.#at + 16));
    if (flags === null) return false;
    this.#at += flags[0].length;
    this.#setFlags(flags);
    return true;
  }

  #setFlags([, on = "", off = ""]: readonly string[]): void {
    if (on.includes("i")) this.#ignoreCase = true;
    if (off.includes("i")) this.#ignoreCase = false;
  }

  #group(at: number, depth: number): Re2Node {
    const rest = this.#text.slice(this.#at);
    const opening = /^\?(?:P?<[A-Za-z_]\w*>|([imsU]*)(-[imsU]+)?:)/.exec(rest);
    if (this.#peek() === "?" && opening === null) throw new Re2Error(notInRe2(rest), at);
    const before = this.#ignoreCase;
    this.#setFlags(opening ?? []);
    this.#at += opening?.[0].length ?? 0;
    const inner = this.alternation(depth + 1);
    if (!this.#take(")")) throw new Re2Error("a ( without its )", at);
    this.#ignoreCase = before;
    return inner;
  }

  #classOrEscape(at: number): Re2Node {
    const assertion = { A: "start", z: "end", b: "word", B: "not-word" } as const;
    const letter = this.#text[at] === "\\" ? this.#text[at + 1] : undefined;
    if (letter !== undefined && letter in assertion) {
      this.#at += 1;
      return { kind: "assertion", which: assertion[letter as keyof typeof assertion] };
    }
    const read = characterClass(this.#text, at);
    this.#at = read.end;
    if (read.literal !== null) return this.#literal(read.literal);
    return { kind: "chars", test: this.#folded(read.test), example: read.example, literal: false };
  }

  #quoted(): Re2Node[] {
    const end = this.#text.indexOf("\\E", this.#at);
    const quoted = this.#text.slice(this.#at + 2, end === -1 ? undefined : end);
    this.#at = end === -1 ? this.#text.length : end + 2;
    return [...quoted].map((char) => this.#literal(char));
  }

  #literal(char: string): Re2Node {
    return { kind: "chars", test: this.#folded((other) => other === char), example: char, literal: true };
  }

  #folded(test: CharacterTest): CharacterTest {
    if (!this.#ignoreCase) return test;
    return (char) => test(char) || test(char.toLowerCase()) || test(char.toUpperCase());
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at += 1;
    return true;
  }

  /** The next code point. */
  #next(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }
}

function notInRe2(rest: string): string {
  if (/^\?<?[=!]/.test(rest)) return `(${rest.startsWith("?<") ? "?<" : "?"}… looks ahead or behind, which RE2 cannot`;
  if (rest.startsWith("?>")) return "(?>…) is an atomic group, which RE2 does not have";
  return `(${rest.slice(0, 2)} begins a group that RE2 does not have`;
}
