/**
 * Flags whose default the help shows as a person would write it: `2s`, not the nanoseconds it is read as; `none`, not an
 * empty array.
 */
import { Option } from "commander";
import type { Reader } from "../options.js";

export function readOption<T>(
  flags: string,
  description: string,
  reader: (flag: string) => Reader<T>,
  fallback: string,
): Option {
  const read = reader(flags.split(" ")[0]!);
  return new Option(flags, description).argParser(read).default(read(fallback), fallback);
}

/** A word that may be given more than once. @param none what it means to give it not at all */
export function severalOption(flags: string, description: string, none: string): Option {
  const collect = (word: string, before: readonly string[]): readonly string[] => [...before, word];
  return new Option(flags, description).argParser(collect).default([], none);
}
