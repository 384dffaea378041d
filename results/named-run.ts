/**
 * How a person names a run anywhere: its id, the beginning of one, `latest`, the path of its folder, or `tag:<name>`, the
 * newest ended run that has the tag. A tag therefore moves when a newer run is given it; no run ever loses one.
 */
import { EXIT, Fault } from "../loadgen/fault.js";
import { nearestWord } from "../loadgen/nearest-word.js";
import { isRunId } from "./run-id.js";
import { readIndex, type IndexEntry } from "./run-index.js";
import type { Run } from "./run-shape.js";
import { readRun } from "./run-store.js";

/** @throws Fault (usage) that names the nearest id or tag */
export async function readNamedRun(dir: string, name: string): Promise<Run> {
  return readRun(dir, await idOfNamedRun(dir, name));
}

/** What `readRun` and `RunStore.open` take. */
export async function idOfNamedRun(dir: string, name: string): Promise<string> {
  if (name.startsWith("run:")) return name.slice("run:".length);
  if (!name.startsWith("tag:")) return name;
  const tag = name.slice("tag:".length);
  const { entries } = await readIndex(dir);
  const newest = entries.findLast((entry) => entry.tags.includes(tag));
  if (newest !== undefined) return newest.id;
  throw unknownTag(tag, tagsOf(entries));
}

export interface TagListing {
  readonly name: string;
  /** Runs that have it, newest first: the first is what `tag:<name>` means. */
  readonly runs: readonly { readonly id: string; readonly createdAt: string }[];
}

/** Every tag of ended runs, in the order of their newest runs, newest first. */
export function tagsOf(entries: readonly IndexEntry[]): TagListing[] {
  const tags = new Map<string, { id: string; createdAt: string }[]>();
  for (const { id, createdAt, tags: names } of entries.toReversed()) {
    for (const name of new Set(names)) tags.set(name, [...(tags.get(name) ?? []), { id, createdAt }]);
  }
  return [...tags].map(([name, runs]) => ({ name, runs }));
}

/**
 * @param command what to try instead, up to the name
 * @throws Fault (usage) when the text cannot name a run for good
 */
export function checkTagName(name: string, command = "tollgate tag RUN"): void {
  const refused = ((): string | null => {
    if (!/^[A-Za-z0-9][\w.+-]*$/.test(name)) return "letters, digits, dots, dashes, underscores and plus signs only";
    if (name.length > 64) return "at most 64 characters";
    if (isRunId(name)) return "a name that is no run's id";
    return RESERVED.includes(name) ? `not ${RESERVED.join(", ")}: they mean something already` : null;
  })();
  if (refused === null) return;
  throw new Fault({
    fact: `"${name}" cannot be a tag`,
    expected: refused,
    try: `${command} ${nearestTag(name)}`,
    exitCode: EXIT.usage,
  });
}

const RESERVED = ["latest", "last-stable"];

function nearestTag(name: string): string {
  const fitting = name.replace(/[^\w.+-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "");
  return fitting === "" || isRunId(fitting) || RESERVED.includes(fitting) ? "before-upgrade" : fitting.slice(0, 64);
}

function unknownTag(tag: string, known: readonly TagListing[]): Fault {
  const names = known.map(({ name }) => name);
  const nearest = nearestWord(tag, names);
  return new Fault({
    fact: `no ended run has the tag "${tag}"`,
    expected: names.length === 0 ? "a tag: no run has any yet" : `one of ${names.slice(0, 8).join(", ")}`,
    try: nearest === null ? "tollgate tag RUN NAME" : `did you mean "tag:${nearest}"?`,
    exitCode: EXIT.usage,
  });
}
