/**
 * The value of `grpc-timeout` (gRPC over HTTP/2, "Requests"): at most eight digits and a unit.
 */
import { ns, type Nanoseconds } from "../units.js";

/** Finest first. */
const UNITS: readonly (readonly [letter: string, ns: number])[] = [
  ["n", 1],
  ["u", 1e3],
  ["m", 1e6],
  ["S", 1e9],
  ["M", 60e9],
  ["H", 3600e9],
];
const MAX_AMOUNT = 99_999_999;

/**
 * The timeout in the finest unit that eight digits allow, rounded up: the peer never gives up before we do. At least
 * 1 ns, since the grammar wants a positive number, and at most eight digits of hours, 11,000 years.
 */
export function formatTimeout(timeoutNs: Nanoseconds): string {
  for (const [letter, unitNs] of UNITS) {
    const amount = Math.max(1, Math.ceil(timeoutNs / unitNs));
    if (amount <= MAX_AMOUNT) return `${amount}${letter}`;
  }
  return `${MAX_AMOUNT}H`;
}

/** The timeout a peer asks for; null when it is malformed. */
export function parseTimeout(value: string): Nanoseconds | null {
  const [, amount, letter] = /^([0-9]{1,8})([HMSmun])$/.exec(value) ?? [];
  const unit = UNITS.find(([known]) => known === letter);
  return amount === undefined || unit === undefined ? null : ns(Number(amount) * unit[1]);
}
