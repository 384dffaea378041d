/** What people write behind `--slo`: `p99<10ms`. */
import { EXIT, Fault } from "../../loadgen/fault.js";
import { nearestWord } from "../../loadgen/nearest-word.js";
import type { Slo } from "../../results/run-shape.js";
import { duration, type Reader } from "../options.js";

const QUANTILES: ReadonlyMap<string, number> = new Map([
  ["p50", 0.5],
  ["p90", 0.9],
  ["p95", 0.95],
  ["p99", 0.99],
  ["p99.9", 0.999],
]);

/** A quantile, `<` or `<=`, a length of time. @throws Fault that names the flag and what was probably meant */
export function slo(flag: string): Reader<Slo> {
  const limit = duration(flag);
  return (text) => {
    const match = /^\s*([a-z]*[\d.]*)\s*(<=?|>=?|=|:)?\s*(.*)$/i.exec(text);
    const [, word = "", sign, rest = ""] = match ?? [];
    // `99<10ms` means p99; a length of time alone names none.
    const name = word.toLowerCase().replace(/^(?=\d)/, sign === undefined ? "" : "p");
    const quantile = QUANTILES.get(name);
    if (quantile === undefined) throw unknownQuantile(flag, text, name, sign === undefined ? "" : rest);
    if (rest === "") throw wrong(flag, text, "a limit is missing", `${name}<10ms`);
    if (sign !== "<" && sign !== "<=")
      throw wrong(flag, text, "an objective is kept below its limit", `${name}<${rest}`);
    return { quantile, limitNs: limit(rest) };
  };
}

function unknownQuantile(flag: string, text: string, name: string, limit: string): Fault {
  const isNone = !/[a-z]/.test(name);
  const nearest = isNone ? null : (NEAR.get(name) ?? nearestWord(name, QUANTILES.keys()));
  const fact = isNone ? "it names no quantile" : `there is no quantile "${name}"`;
  return wrong(flag, text, fact, `${nearest ?? "p99"}<${limit === "" ? "10ms" : limit}`);
}

/** Other ways to write the same. */
const NEAR: ReadonlyMap<string, string> = new Map([
  ["p999", "p99.9"],
  ["p0.99", "p99"],
  ["p0.9", "p90"],
  ["p0.5", "p50"],
  ["median", "p50"],
]);

function wrong(flag: string, text: string, why: string, meant: string): Fault {
  return new Fault({
    fact: `${flag} ${text}: ${why}`,
    expected: `a quantile (${[...QUANTILES.keys()].join(", ")}), < and a length of time, e.g. p99<10ms`,
    try: `${flag} '${meant}'`,
    exitCode: EXIT.usage,
  });
}
