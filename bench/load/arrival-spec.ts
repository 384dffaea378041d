/**
 * How `--arrival` is written: `poisson`, `constant`, `ramp:100..5000`, `step:100..5000/10`, `replay:FILE`.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { Arrivals } from "../../loadgen/load-plan.js";
import { ns, perSecond, type CallsPerSecond, type Nanoseconds } from "../../loadgen/units.js";
import { choice, count, durationOrZero, rate, type Reader } from "../options.js";

export type ArrivalSpec =
  | { readonly kind: "poisson" | "constant" }
  | { readonly kind: "ramp"; readonly from: CallsPerSecond; readonly to: CallsPerSecond }
  | { readonly kind: "step"; readonly from: CallsPerSecond; readonly to: CallsPerSecond; readonly steps: number }
  | { readonly kind: "replay"; readonly file: string };

const KINDS = ["poisson", "constant", "ramp", "step", "replay"] as const;

/** @throws Fault that shows how the asked kind is written */
export function arrivalSpec(flag: string): Reader<ArrivalSpec> {
  return (text) => {
    const [name = "", ...rest] = text.split(":");
    const kind = choice(flag, KINDS)(name);
    const value = rest.join(":");
    switch (kind) {
      case "poisson":
      case "constant":
        if (value !== "") throw written(flag, text, `${kind}, with --rate beside it`);
        return { kind };
      case "ramp":
        return { kind, ...fromTo(flag, text, value, "ramp:FROM..TO, e.g. ramp:100..5000") };
      case "step": {
        const words = "step:FROM..TO/STEPS, e.g. step:100..5000/10";
        const [rates = "", steps] = value.split("/");
        if (steps === undefined) throw written(flag, text, words);
        return { kind, ...fromTo(flag, text, rates, words), steps: count(`${flag} …/`, 2)(steps) };
      }
      case "replay":
        if (value === "") throw written(flag, text, "replay:FILE, one instant a line, e.g. 1.5ms");
        return { kind, file: value };
    }
  };
}

/** A ramp may begin or end at nothing. */
function fromTo(
  flag: string,
  text: string,
  value: string,
  words: string,
): { from: CallsPerSecond; to: CallsPerSecond } {
  const match = /^([^.]+(?:\.\d+)?k?)\.\.(.+)$/.exec(value);
  if (match === null) throw written(flag, text, words);
  const [from, to] = [match[1]!, match[2]!].map((one) => (Number(one) === 0 ? perSecond(0) : rate(flag)(one)));
  if (from === to) throw written(flag, text, "two different rates");
  return { from: from!, to: to! };
}

function written(flag: string, text: string, words: string): Fault {
  return new Fault({ fact: `${flag} ${text}: cannot be read`, expected: words, exitCode: EXIT.usage });
}

/** The arrivals of a window. @param replayed instants of a replay's file, else not looked at */
export function arrivalsOf(spec: ArrivalSpec, rate: CallsPerSecond | null, replayed: readonly Nanoseconds[]): Arrivals {
  switch (spec.kind) {
    case "poisson":
    case "constant":
      if (rate !== null) return { kind: spec.kind, rate };
      throw new Fault({
        fact: `--arrival ${spec.kind} does not say how many calls`,
        try: `--arrival ${spec.kind} --rate 1000`,
        exitCode: EXIT.usage,
      });
    case "ramp":
    case "step":
    case "replay": {
      if (rate !== null) {
        const expected = `either --rate, or --arrival ${spec.kind}, which brings its own`;
        throw new Fault({
          fact: `--arrival ${spec.kind} and --rate contradict each other`,
          expected,
          exitCode: EXIT.usage,
        });
      }
      return spec.kind === "replay" ? { kind: "replay", offsetsNs: replayed } : spec;
    }
  }
}

/** It goes to each worker whole, as JSON. */
const MOST_REPLAYED = 1_000_000;

/**
 * A recorded sequence of arrivals: one instant a line, counted from the first call on; blank lines and `#` comments are
 * skipped. Instants without a unit are seconds.
 * @throws Fault that names the line
 */
export function readReplay(text: string, file: string): readonly Nanoseconds[] {
  const offsets: Nanoseconds[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/#.*$/, "").trim();
    if (line === "") continue;
    const where = `${file}, line ${index + 1}`;
    const offset = durationOrZero(where)(/^[\d.]+$/.test(line) && Number(line) !== 0 ? `${line}s` : line);
    if (offset < (offsets.at(-1) ?? 0)) {
      throw new Fault({
        fact: `${where}: ${line} lies before the line above`,
        expected: "ascending instants",
        exitCode: EXIT.usage,
      });
    }
    offsets.push(ns(offset));
  }
  if (offsets.length > 0 && offsets.length <= MOST_REPLAYED) return offsets;
  throw new Fault({
    fact: `${file} holds ${offsets.length} instants`,
    expected: `1 to ${MOST_REPLAYED.toLocaleString("en-US")}`,
    exitCode: EXIT.usage,
  });
}

/** Calls per second that are asked for, on the average over the window. */
export function meanRate(arrivals: Arrivals, windowNs: Nanoseconds): number {
  switch (arrivals.kind) {
    case "constant":
    case "poisson":
      return arrivals.rate;
    case "ramp":
    case "step":
      return (arrivals.from + arrivals.to) / 2;
    case "replay":
      return (arrivals.offsetsNs.filter((offset) => offset < windowNs).length * 1e9) / windowNs;
  }
}
