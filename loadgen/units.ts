/**
 * Numbers with a unit. They are plain numbers at run time; the brand keeps a nanosecond from being taken for a
 * millisecond by the compiler. Values come from the constructors below, once, at the edge.
 */
declare const unit: unique symbol;

/** Nanoseconds as a double: exact up to 2^53 ns, 104 days. */
export type Nanoseconds = number & { readonly [unit]: "ns" };
export type CallsPerSecond = number & { readonly [unit]: "calls/s" };

export const ns = (value: number): Nanoseconds => value as Nanoseconds;
export const us = (value: number): Nanoseconds => (value * 1e3) as Nanoseconds;
export const ms = (value: number): Nanoseconds => (value * 1e6) as Nanoseconds;
export const seconds = (value: number): Nanoseconds => (value * 1e9) as Nanoseconds;
export const perSecond = (value: number): CallsPerSecond => value as CallsPerSecond;
