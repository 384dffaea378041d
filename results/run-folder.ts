/**
 * Where a run lies: `<results>/runs/<id>/`, and how a person may name it.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EXIT, Fault } from "../loadgen/fault.js";
import { nearestWord } from "../loadgen/nearest-word.js";
import { isRunId } from "./run-id.js";

export const runsFolder = (dir: string): string => join(dir, "runs");
export const runFolder = (dir: string, id: string): string => join(dir, "runs", id);

/** Where runs are kept unless `--results` says otherwise. */
export const DEFAULT_RESULTS = "results";
/** The results folder of a run's folder. */
export const resultsOf = (folder: string): string => dirname(dirname(folder));

/** ` --results DIR` for a command that shall find the runs of this folder; nothing where it would look there anyway. */
export function resultsFlag(dir: string): string {
  if (resolve(dir) === resolve(DEFAULT_RESULTS)) return "";
  return ` --results ${/^[\w./~-]+$/.test(dir) ? dir : `'${dir.replaceAll("'", "'\\''")}'`}`;
}

/** The files of a run's folder. */
export const RUN_FILE = "run.json";
export const EVENTS_FILE = "events.ndjson";
export const TRIALS_CSV = "trials.csv";
export const LOCK_FILE = "lock";

/** Ids of all runs under `dir`, oldest first. No such folder: none. */
export async function runIds(dir: string): Promise<string[]> {
  const entries = await readdir(runsFolder(dir)).catch(() => []);
  return entries.filter(isRunId).sort();
}

/**
 * The folder of a run that a person named: its id, the beginning of one, `latest`, or a path to the folder itself.
 * @param knownTags asked where nothing is called so: somebody may have left out `tag:`
 * @throws Fault that names the nearest id or tag, or the ids that the beginning fits
 */
export async function findRunFolder(
  dir: string,
  idOrPath: string,
  knownTags: () => Promise<readonly string[]> = () => Promise.resolve([]),
): Promise<string> {
  if (!isRunId(idOrPath)) {
    const path = resolve(idOrPath);
    if (await isFile(join(path, RUN_FILE))) return path;
    if (basename(path) === RUN_FILE && (await isFile(path))) return dirname(path);
  }
  const ids = await runIds(dir);
  const newest = ids.at(-1);
  if (idOrPath === "latest" && newest !== undefined) return runFolder(dir, newest);
  const fitting = ids.includes(idOrPath) ? [idOrPath] : ids.filter((id) => id.startsWith(idOrPath));
  const [only, second] = fitting;
  if (only !== undefined && second === undefined) return runFolder(dir, only);
  throw second === undefined ? unknownRun(dir, idOrPath, ids, await knownTags()) : ambiguous(idOrPath, fitting);
}

function unknownRun(dir: string, name: string, ids: readonly string[], tags: readonly string[]): Fault {
  const tag = nearestWord(name, tags);
  const nearest = tag === name ? `tag:${tag}` : (nearestWord(name, ids) ?? (tag === null ? null : `tag:${tag}`));
  return new Fault({
    fact: `there is no run "${name}"`,
    expected: `the id of a run in ${runsFolder(dir)}, its beginning, "latest", "tag:<name>", or the path of a run's folder`,
    seen: ids.length === 0 ? "no runs at all" : `${ids.length} runs, the newest ${ids.at(-1) ?? ""}`,
    try: nearest === null ? "tollgate history" : `did you mean "${nearest}"?`,
    exitCode: EXIT.usage,
  });
}

function ambiguous(name: string, fitting: readonly string[]): Fault {
  return new Fault({
    fact: `"${name}" is the beginning of ${fitting.length} runs`,
    seen: fitting.slice(-5).join("\n"),
    try: "a longer beginning, or the whole id",
    exitCode: EXIT.usage,
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
