/**
 * JSON that a person wrote, checked against a message's shape before it is encoded. Follows the proto3 JSON mapping
 * (https://protobuf.dev/programming-guides/json/): either spelling of a field's name, 64-bit integers as strings or
 * numbers, enums by name or number, bytes as base64, Timestamp and Duration as text, wrapper types as the bare value.
 * Struct, Value and Any are taken in their long form only.
 */
import { EXIT, Fault } from "./fault.js";
import type { FieldShape, MessageShape, Scalar } from "./message-shape.js";
import { nearestWord } from "./nearest-word.js";

/**
 * The object that the codec takes. `source` names the flag or file in faults: `--data`.
 * @throws Fault that names the field, what it holds and what it should hold.
 */
export function messageFromJson(shape: MessageShape, json: unknown, source: string): object {
  return new Reader(source).message(shape, json, "");
}

class Reader {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  message(shape: MessageShape, json: unknown, at: string): object {
    const special = specialForm(shape.name, json);
    if (special !== null) return special;
    if (!isObject(json)) throw this.#wrong(at, `an object: ${shape.name}`, json);
    const fields = Object.entries(json).filter(([, value]) => value !== null);
    return Object.fromEntries(
      fields.map(([key, value]) => {
        const field = shape.fields.find(({ name, jsonName }) => name === key || jsonName === key);
        const path = at === "" ? key : `${at}.${key}`;
        if (field === undefined) throw this.#unknownField(shape, key, path);
        return [field.name, this.#field(field, value, path)];
      }),
    );
  }

  #field(field: FieldShape, value: unknown, at: string): unknown {
    switch (field.cardinality) {
      case "single":
        return this.#value(field, value, at);
      case "repeated":
        if (!Array.isArray(value)) throw this.#wrong(at, "an array", value);
        return value.map((item, index) => this.#value(field, item, `${at}[${index}]`));
      case "map":
        if (!isObject(value)) throw this.#wrong(at, "an object with the map's keys", value);
        return Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key, this.#value(field, item, `${at}["${key}"]`)]),
        );
    }
  }

  #value({ kind }: FieldShape, value: unknown, at: string): unknown {
    switch (kind.kind) {
      case "message":
        return this.message(kind.shape(), value, at);
      case "enum":
        if (Number.isInteger(value) || (typeof value === "string" && kind.values.includes(value))) return value;
        throw this.#wrong(at, `one of ${kind.values.join(", ")}`, value);
      case "scalar": {
        const expected = SCALARS[kind.scalar];
        if (expected.accepts(value)) return value;
        throw this.#wrong(at, expected.words, value);
      }
    }
  }

  #wrong(at: string, expected: string, value: unknown): Fault {
    const fact = at === "" ? `${this.#source} is not a message` : `${this.#source}: the field ${at} does not fit`;
    return new Fault({ fact, expected, seen: shorten(JSON.stringify(value)), exitCode: EXIT.usage });
  }

  #unknownField(shape: MessageShape, key: string, at: string): Fault {
    const names = shape.fields.map(({ name }) => name);
    const nearest = nearestWord(key, names);
    return new Fault({
      fact: `${this.#source}: ${shape.name} has no field ${at}`,
      expected: names.length === 0 ? "no fields at all" : names.join(", "),
      ...(nearest === null ? {} : { try: `"${nearest}"` }),
      exitCode: EXIT.usage,
    });
  }
}

interface Expectation {
  readonly words: string;
  accepts(value: unknown): boolean;
}

const text: Expectation = { words: "a string", accepts: (value) => typeof value === "string" };
const bool: Expectation = { words: "true or false", accepts: (value) => typeof value === "boolean" };
const base64: Expectation = {
  words: "bytes in base64",
  accepts: (value) => typeof value === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value),
};
const real: Expectation = {
  words: "a number",
  accepts: (value) => typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity",
};
const SCALARS: Readonly<Record<Scalar, Expectation>> = {
  string: text,
  bytes: base64,
  bool,
  double: real,
  float: real,
  int32: integer(32, true),
  sint32: integer(32, true),
  sfixed32: integer(32, true),
  uint32: integer(32, false),
  fixed32: integer(32, false),
  int64: integer(64, true),
  sint64: integer(64, true),
  sfixed64: integer(64, true),
  uint64: integer(64, false),
  fixed64: integer(64, false),
};

/** A JSON number beyond 2^53 has lost digits already, so it must come as a string. */
function integer(bits: 32 | 64, signed: boolean): Expectation {
  const low = signed ? -(2n ** BigInt(bits - 1)) : 0n;
  const high = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
  return {
    words: `a whole number from ${low} to ${high}${bits === 64 ? ", as a string beyond 2^53" : ""}`,
    accepts: (value) => {
      const whole = typeof value === "number" ? Number.isSafeInteger(value) : /^-?\d+$/.test(String(value));
      if (!whole || (typeof value !== "number" && typeof value !== "string")) return false;
      return BigInt(value) >= low && BigInt(value) <= high;
    },
  };
}

/** Messages that have a form of their own in JSON; null where the long form stands. */
function specialForm(name: string, json: unknown): object | null {
  if (name === "google.protobuf.Timestamp" && typeof json === "string") return timestamp(json);
  if (name === "google.protobuf.Duration" && typeof json === "string") return duration(json);
  if (/^google\.protobuf\.\w+Value$/.test(name) && !isObject(json) && name !== "google.protobuf.ListValue") {
    return { value: json };
  }
  return null;
}

/** RFC 3339, UTC or with an offset; digits below a millisecond are kept. */
function timestamp(text: string): object | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i.exec(text);
  const millis = match === null ? NaN : Date.parse(`${match[1]}${match[3]}`);
  if (match === null || Number.isNaN(millis)) return null;
  return { seconds: String(millis / 1000), nanos: nanos(match[2]) };
}

function duration(text: string): object | null {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(text);
  if (match === null) return null;
  const sign = match[1] === "-" ? -1 : 1;
  return { seconds: `${match[1]}${match[2]}`, nanos: sign * nanos(match[3]) };
}

function nanos(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.padEnd(9, "0"));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}
