/**
 * What people write behind flags, read once: lengths of time, rates, counts, shares, choices, addresses. Every reader
 * knows its flag, so that the fault it throws can name it and say what would do.
 *
 * Each function takes the flag's name and returns the reader that the command line library calls with the text.
 */
import { EXIT, Fault } from "../loadgen/fault.js";
import { nearestWord } from "../loadgen/nearest-word.js";
import { ns, perSecond, type CallsPerSecond, type Nanoseconds } from "../loadgen/units.js";

export type Reader<T> = (text: string) => T;

const TIME_UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const TIME_WORDS = "a number with ns, us, ms, s, m or h, e.g. 5s or 1.5ms";

/** `5s`, `200us`, `1.5ms`: above zero. @throws Fault that names the flag and the nearest unit */
export function duration(flag: string): Reader<Nanoseconds> {
  const read = durationOrZero(flag);
  return (text) => {
    const value = read(text);
    if (value > 0) return value;
    throw usage(`${flag} ${text}: no time at all`, "more than zero");
  };
}

/** As `duration`, and `0` as well: for what may be left out. */
export function durationOrZero(flag: string): Reader<Nanoseconds> {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-zµ]*)$/i.exec(text.trim());
    if (match === null) throw usage(`${flag} ${text}: not a length of time`, TIME_WORDS);
    const [, number, unit] = match as unknown as [string, string, string];
    if (Number(number) === 0 && unit === "") return ns(0);
    const factor = TIME_UNITS[unit];
    if (factor !== undefined) return ns(Number(number) * factor);
    const nearest = unit === "" ? "s" : (LONG_NAMES[unit.toLowerCase()] ?? nearestWord(unit, Object.keys(TIME_UNITS)));
    const fact = unit === "" ? `${flag} ${text}: the unit is missing` : `${flag} ${text}: there is no unit "${unit}"`;
    throw usage(fact, TIME_WORDS, nearest === null ? undefined : `${flag} ${number}${nearest}`);
  };
}

const LONG_NAMES: Readonly<Record<string, string>> = {
  nsec: "ns",
  usec: "us",
  msec: "ms",
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  min: "m",
  mins: "m",
  minute: "m",
  minutes: "m",
  hour: "h",
  hours: "h",
};

/** One call in 100 ns: less than it costs to record one, so no generator could keep to such a schedule. */
const HIGHEST_RATE = 10_000_000;

/** Calls per second: `1000`, `1000/s`, `2.5k`, `90/m`. @throws Fault, also for rates no schedule can hold */
export function rate(flag: string): Reader<CallsPerSecond> {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)(k?)(?:\/([a-z]*))?$/i.exec(text.trim());
    if (match === null) throw usage(`${flag} ${text}: not a rate`, "calls per second, e.g. 1000, 2.5k or 90/m");
    const [, number, thousands, per = "s"] = match;
    const seconds = TIME_UNITS[per] ?? NaN;
    if (!["s", "m", "h"].includes(per)) {
      throw usage(`${flag} ${text}: there is no unit "/${per}"`, "per /s, /m or /h", `${flag} ${number}${thousands}/s`);
    }
    const value = (Number(number) * (thousands === "" ? 1 : 1000) * 1e9) / seconds;
    if (value <= 0) throw usage(`${flag} ${text}: no calls at all`, "more than zero");
    if (value > HIGHEST_RATE) {
      throw usage(
        `${flag} ${text}: more than a schedule can hold`,
        `at most ${HIGHEST_RATE.toLocaleString("en-US")}/s`,
      );
    }
    return perSecond(value);
  };
}

/** A whole number from `least` on. */
export function count(flag: string, least = 1): Reader<number> {
  return (text) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (value >= least && Number.isSafeInteger(value)) return value;
    throw usage(`${flag} ${text}: not a count`, `a whole number from ${least} on`);
  };
}

/** A share: `2%` or `0.02`. */
export function fraction(flag: string): Reader<number> {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim());
    if (match !== null) return Number(match[1]) / (match[2] === "%" ? 100 : 1);
    throw usage(`${flag} ${text}: not a share`, "a percentage or a fraction, e.g. 2% or 0.02");
  };
}

/** A number above zero: money. */
export function positive(flag: string): Reader<number> {
  return (text) => {
    const value = /^(\d+(?:\.\d+)?|\.\d+)$/.test(text.trim()) ? Number(text) : NaN;
    if (value > 0 && Number.isFinite(value)) return value;
    throw usage(`${flag} ${text}: not a number above zero`, "digits with a point, e.g. 0.04");
  };
}

/** One of some words. */
export function choice<T extends string>(flag: string, words: readonly T[]): Reader<T> {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const nearest = nearestWord(text, words);
    throw usage(
      `${flag} ${text}: there is no such choice`,
      words.join(", "),
      nearest === null ? undefined : `${flag} ${nearest}`,
    );
  };
}

/** Comma-separated words; empty ones are left out. */
export function list(text: string): readonly string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with an IPv6 address in brackets. @param lowest 0 where the system may choose the port */
export function hostPort(flag: string, lowest: 0 | 1 = 1): Reader<HostPort> {
  return (text) => {
    const match = /^(?:\[([0-9a-f:.%]+)\]|([^:[\]\s/]+)):(\d{1,5})$/i.exec(text.trim());
    const host = match?.[1] ?? match?.[2];
    const port = Number(match?.[3]);
    if (host !== undefined && port >= lowest && port <= 65_535) return { host, port };
    throw usage(`${flag} ${text}: not an address`, addressWords(lowest), addressAdvice(flag, text));
  };
}

function addressWords(lowest: 0 | 1): string {
  return `host:port with a port from ${lowest} to 65535, e.g. 127.0.0.1:50051 or [::1]:50051`;
}

function addressAdvice(flag: string, text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/\/.*$/, "");
  if (/^[^:[\]\s]+$/.test(bare)) return `${flag} ${bare}:50051`;
  if (bare !== text.trim() && bare !== "") return `${flag} ${bare}`;
  return undefined;
}

function usage(fact: string, expected: string, advice?: string): Fault {
  return new Fault({ fact, expected, ...(advice === undefined ? {} : { try: advice }), exitCode: EXIT.usage });
}
