/**
 * How numbers are written for people: three significant digits, one unit per number, a true minus sign, and an interval
 * always beside its estimate.
 */
import type { Interval } from "../results/comparison-shape.js";

const UNITS = [
  { ns: 1e9, name: "s" },
  { ns: 1e6, name: "ms" },
  { ns: 1e3, name: "µs" },
  { ns: 1, name: "ns" },
] as const;

/** `215 µs`, `1.42 ms`, `−2.9 µs`, `640 ns`; zero is `0 µs`. */
export function duration(valueNs: number): string {
  if (Math.round(valueNs) === 0) return "0 µs";
  const unit = unitFor(valueNs);
  return `${significant(valueNs / unit.ns)} ${unit.name}`;
}

/** With its sign always shown: `+215 µs`. */
export function signedDuration(valueNs: number): string {
  return valueNs > 0 ? `+${duration(valueNs)}` : duration(valueNs);
}

/** `+215 µs [201, 230]`: all three in one unit, so that they can be compared at a glance. */
export function durationInterval(interval: Interval): string {
  const { estimate, unit, bounds } = intervalParts(interval);
  return `${interval.estimate > 0 ? "+" : ""}${estimate} ${unit} ${bounds}`;
}

/** The three figures of an interval in the unit of the largest, for sentences that set them apart. */
export function intervalParts({ estimate, low, high }: Interval): {
  readonly estimate: string;
  readonly unit: string;
  readonly bounds: string;
} {
  const unit = unitFor(Math.max(Math.abs(low), Math.abs(high), Math.abs(estimate)));
  const write = (valueNs: number): string => significant(valueNs / unit.ns);
  return { estimate: write(estimate), unit: unit.name, bounds: `[${write(low)}, ${write(high)}]` };
}

/** `×1.19 [1.13, 1.27]`. */
export function ratioInterval({ estimate, low, high }: Interval): string {
  return `×${ratio(estimate)} [${ratio(low)}, ${ratio(high)}]`;
}

export function ratio(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `12,400`. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Three significant digits without an exponent, with a true minus sign. */
export function significant(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const text = size.toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function unitFor(valueNs: number): (typeof UNITS)[number] {
  const size = Math.abs(valueNs);
  // 999.7 µs would be written as 1000 µs.
  return UNITS.find((unit) => size >= 0.9995 * unit.ns) ?? UNITS[UNITS.length - 1] ?? { ns: 1, name: "ns" };
}
