/**
 * What people write about a service behind flags of `tollgate serve`: how long it takes, how large its reports are.
 */
import { EXIT, Fault } from "../loadgen/fault.js";
import type { ServiceTime } from "../loadgen/server-protocol.js";
import { duration, type Reader } from "./options.js";

/** `none`, `fixed:200us`, `exp:1ms` (its mean), `lognormal:1ms,0.5` (its median, and sigma of its logarithm). */
export function serviceTime(flag: string): Reader<ServiceTime> {
  const time = duration(flag);
  return (text) => {
    const [kind, ...parameters] = text.trim().split(/[:,]/);
    if (kind === "none" && parameters.length === 0) return { kind: "none" };
    if (kind === "fixed" && parameters.length === 1) return { kind: "fixed", ns: time(parameters[0]!) };
    if (kind === "exp" && parameters.length === 1) return { kind: "exponential", meanNs: time(parameters[0]!) };
    if (kind === "lognormal" && parameters.length === 2) {
      return { kind: "lognormal", medianNs: time(parameters[0]!), sigma: sigma(flag, parameters[1]!) };
    }
    throw new Fault({
      fact: `${flag} ${text}: not a service time`,
      expected: "none, fixed:TIME, exp:MEAN or lognormal:MEDIAN,SIGMA, e.g. lognormal:1ms,0.5",
      exitCode: EXIT.usage,
    });
  };
}

function sigma(flag: string, text: string): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (value > 0 && value <= LARGEST_SIGMA) return value;
  throw new Fault({
    fact: `${flag}: ${text} is not a sigma`,
    expected: `a number above 0, ${LARGEST_SIGMA} at most`,
    exitCode: EXIT.usage,
  });
}

/** One call in a thousand takes 10,000 times the median then. */
const LARGEST_SIGMA = 3;

const SIZE_UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 * 1024 };
/** Reports are kept ready, some dozens of them. */
const LARGEST_REPORT = 4 * 1024 * 1024;

/** `16k-64k`, or one size for all: `32k`. Bytes, with k and m for KiB and MiB. */
export function sizeRange(flag: string): Reader<{ readonly min: number; readonly max: number }> {
  return (text) => {
    const match = /^(\d+)([km]?)(?:-(\d+)([km]?))?$/i.exec(text.trim());
    const min = sizeOf(match?.[1], match?.[2]);
    const max = match?.[3] === undefined ? min : sizeOf(match[3], match[4]);
    if (min > 0 && min <= max && max <= LARGEST_REPORT) return { min, max };
    throw new Fault({
      fact: `${flag} ${text}: not a range of sizes`,
      expected: "e.g. 16k-64k, at most 4m",
      exitCode: EXIT.usage,
    });
  };
}

function sizeOf(digits: string | undefined, unit: string | undefined): number {
  return Number(digits) * (SIZE_UNITS[(unit ?? "").toLowerCase()] ?? NaN);
}
