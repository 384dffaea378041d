/**
 * Escapes and character classes of RE2: `\d`, `\pL`, `\x{2f}`, `[^/]`, `[[:alpha:]_-]` … Used by the parser alone.
 */
import { Re2Error } from "./re2-error.js";

export type CharacterTest = (char: string) => boolean;

export interface CharacterClass {
  readonly test: CharacterTest;
  /** A character of the class, as readable as the class has one. */
  readonly example: string;
  /** The one character that an escape stands for; null for classes. */
  readonly literal: string | null;
  /** Offset behind the class. */
  readonly end: number;
}

/**
 * Reads the escape or bracket that begins at `at`.
 * @throws Re2Error for what RE2 does not know.
 */
export function characterClass(text: string, at: number): CharacterClass {
  return text[at] === "[" ? bracket(text, at) : escape(text, at);
}

const PERL: Readonly<Record<string, RegExp>> = {
  d: /\d/,
  D: /\D/,
  s: /[\t\n\f\r ]/,
  S: /[^\t\n\f\r ]/,
  w: /\w/,
  W: /\W/,
};
const CONTROLS: Readonly<Record<string, string>> = { a: "\x07", f: "\f", t: "\t", n: "\n", r: "\r", v: "\v" };

function escape(text: string, at: number): CharacterClass {
  const letter = text[at + 1];
  if (letter === undefined) throw new Re2Error("a backslash at the end escapes nothing", at);
  const perl = PERL[letter];
  if (perl !== undefined) return set((char) => perl.test(char), at + 2);
  const control = CONTROLS[letter];
  if (control !== undefined) return literal(control, at + 2);
  if (letter === "p" || letter === "P") return unicode(text, at);
  const numbered = /^\\(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/.exec(
    text.slice(at, at + 12),
  );
  if (numbered !== null) {
    const hex = numbered[1] ?? numbered[2];
    const code = hex === undefined ? parseInt(numbered[3] ?? "0", 8) : parseInt(hex, 16);
    if (code > 0x10ffff) throw new Re2Error(`${numbered[0]} is no character`, at);
    return literal(String.fromCodePoint(code), at + numbered[0].length);
  }
  if (/[1-9]/.test(letter)) throw new Re2Error(`\\${letter} refers back to a group, which RE2 cannot`, at);
  if (/[A-Za-z0-9]/.test(letter) || letter > "\x7f") throw new Re2Error(`\\${letter} is no escape that RE2 knows`, at);
  return literal(letter, at + 2);
}

/** `\pL`, `\PN`, `\p{Greek}`, `\p{^Lu}`. */
function unicode(text: string, at: number): CharacterClass {
  const read = /^\\([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/.exec(text.slice(at, at + 40));
  if (read === null) throw new Re2Error("\\p needs a Unicode class, as in \\p{L}", at);
  const name = read[3] ?? read[4] ?? "";
  const pattern = [`\\p{${name}}`, `\\p{Script=${name}}`].map(unicodePattern).find((known) => known !== null);
  if (pattern === undefined || pattern === null) throw new Re2Error(`\\p{${name}} is no Unicode class`, at);
  const negated = (read[1] === "P") !== (read[2] === "^");
  return set((char) => pattern.test(char) !== negated, at + read[0].length);
}

function unicodePattern(source: string): RegExp | null {
  try {
    return new RegExp(`^${source}$`, "u");
  } catch {
    return null;
  }
}

const POSIX: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  ascii: /[\x00-\x7f]/,
  blank: /[\t ]/,
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t\n\v\f\r ]/,
  upper: /[A-Z]/,
  word: /\w/,
  xdigit: /[0-9A-Fa-f]/,
};

function bracket(text: string, from: number): CharacterClass {
  const tests: CharacterTest[] = [];
  const negated = text[from + 1] === "^";
  let at = from + (negated ? 2 : 1);
  for (let first = true; first || text[at] !== "]"; first = false) {
    if (at >= text.length) throw new Re2Error("a [ without its ]", from);
    const member = posix(text, at) ?? range(text, at);
    tests.push(member.test);
    at = member.end;
  }
  return set((char) => tests.some((test) => test(char)) !== negated, at + 1);
}

function posix(text: string, at: number): CharacterClass | null {
  const read = /^\[:(\^?)(\w+):\]/.exec(text.slice(at, at + 16));
  if (read === null) return null;
  const pattern = POSIX[read[2] ?? ""];
  if (pattern === undefined) throw new Re2Error(`${read[0]} is no character class`, at);
  return set((char) => pattern.test(char) !== (read[1] === "^"), at + read[0].length);
}

/** `a`, `\d` or `a-z`. */
function range(text: string, at: number): CharacterClass {
  const low = member(text, at);
  if (low.literal === null || text[low.end] !== "-" || text[low.end + 1] === "]" || low.end + 1 >= text.length)
    return low;
  const high = member(text, low.end + 1);
  const [first, last] = [low.literal, high.literal].map((char) => char?.codePointAt(0) ?? NaN);
  if (first === undefined || last === undefined || !(first <= last)) {
    throw new Re2Error(`${text.slice(at, high.end)} is a range that runs backwards`, at);
  }
  return set((char) => first <= (char.codePointAt(0) ?? -1) && (char.codePointAt(0) ?? -1) <= last, high.end);
}

function member(text: string, at: number): CharacterClass {
  if (text[at] === "\\") return escape(text, at);
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return literal(char, at + char.length);
}

function literal(char: string, end: number): CharacterClass {
  return { test: (other) => other === char, example: char, literal: char, end };
}

/** Characters tried, in this order, as a class's example: what names are made of first. */
const EXAMPLES = [..."xXa0_./- "];

function set(test: CharacterTest, end: number): CharacterClass {
  return { test, example: EXAMPLES.find(test) ?? anyOf(test), literal: null, end };
}

function anyOf(test: CharacterTest): string {
  for (let code = 33; code < 0x3000; code += 1) {
    const char = String.fromCodePoint(code);
    if (test(char)) return char;
  }
  return "";
}
