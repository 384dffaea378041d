/**
 * How a person names a run anywhere: its id, the beginning of one, `latest`, the path of its folder, or `tag:<name>`, the
 * newest ended run that has the tag. A tag therefore moves when a newer run is given it; no run ever loses one.
 */
import { dirname, resolve } from "node:path";
import { EXIT, Fault } from "../loadgen/fault.js";
import { nearestWord } from "../loadgen/nearest-word.js";
import { readRunFolder } from "./read-run-folder.js";
import { findRunFolder, runFolder, runIds, runsFolder } from "./run-folder.js";
import { isRunId } from "./run-id.js";
import { readIndex } from "./run-index.js";
import type { Run } from "./run-shape.js";
import { latestRunId } from "./run-store.js";

/** How a verb's help says what may stand for a run. */
export const RUN_NAMES = "id of a run, its beginning, `latest`, `tag:<name>`, or the path of its folder";

/** @throws Fault (usage) that names the nearest id or tag */
export async function readNamedRun(dir: string, name?: string): Promise<Run> {
  return readRunFolder(await folderOfNamedRun(dir, name));
}

/**
 * Where the run lies that is called so: `<dir>/runs/<id>`, or the folder that was named.
 * @param name default: the latest run; `run:<id>` as `gate --baseline` writes it is an id too
 * @throws Fault (usage) that names the nearest id or tag
 */
export async function folderOfNamedRun(dir: string, name = "latest"): Promise<string> {
  if (name === "latest") return runFolder(dir, await latestRunId(dir));
  if (name.startsWith("tag:")) return folderOfTag(dir, name.slice("tag:".length));
  const wanted = name.startsWith("run:") ? name.slice("run:".length) : name;
  return findRunFolder(dir, wanted, async () => (await readTags(dir)).map((tag) => tag.name));
}

/**
 * What writes to a run, a tag or its further trials, also writes to the index beside it.
 * @throws Fault (usage) when the folder is none of those in `dir`
 */
export function refuseElsewhere(dir: string, folder: string): void {
  if (resolve(dirname(folder)) === resolve(runsFolder(dir))) return;
  throw new Fault({
    fact: `the run in ${folder} is not kept in ${dir}`,
    expected: "a run of that results folder, since it is to be written to",
    so: "nothing was written",
    try: `--results ${dirname(dirname(folder))}, or tollgate import ${folder}`,
    exitCode: EXIT.usage,
  });
}

export interface TagListing {
  readonly name: string;
  /** Runs that have it, newest first: the first is what `tag:<name>` means. */
  readonly runs: readonly { readonly id: string; readonly createdAt: string }[];
}

/** Every tag of ended runs that lie in `dir`, in the order of their newest runs, newest first. */
export async function readTags(dir: string): Promise<TagListing[]> {
  const [{ entries }, ids] = await Promise.all([readIndex(dir), runIds(dir)]);
  const kept = new Set(ids);
  const tags = new Map<string, { id: string; createdAt: string }[]>();
  for (const { id, createdAt, tags: names } of entries.filter((entry) => kept.has(entry.id)).reverse()) {
    for (const name of new Set(names)) tags.set(name, [...(tags.get(name) ?? []), { id, createdAt }]);
  }
  return [...tags].map(([name, runs]) => ({ name, runs }));
}

async function folderOfTag(dir: string, name: string): Promise<string> {
  const tags = await readTags(dir);
  const newest = tags.find((tag) => tag.name === name)?.runs[0];
  if (newest !== undefined) return runFolder(dir, newest.id);
  throw unknownTag(name, tags);
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
