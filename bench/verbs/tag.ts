/**
 * `tollgate tag`: gives a kept run a further name, for `compare tag:<name>` and `gate --baseline tag:<name>`; without
 * arguments it lists the names that there are.
 */
import type { Command } from "commander";
import { EXIT, type ExitCode } from "../../loadgen/fault.js";
import { textTable } from "../../reports/text-table.js";
import {
  checkTagName,
  folderOfNamedRun,
  readNamedRun,
  readTags,
  refuseElsewhere,
  RUN_NAMES,
  type TagListing,
} from "../../results/named-run.js";
import { RunStore } from "../../results/run-store.js";
import { DEFAULT_RESULTS } from "../../results/run-folder.js";
import { guard, type Io } from "../io.js";

interface TagFlags {
  readonly json?: true;
  readonly results: string;
}

const EXAMPLES = `
A tag means the newest ended run that has it: tag a newer run, and the name moves on. No run loses a tag.

Examples:
  tollgate tag latest cilium-1.19.3
  tollgate tag                         every tag, and the run that it means
  tollgate gate latest --gates gates.yaml --baseline tag:cilium-1.19.3`;

export function registerTag(program: Command, io: Io): void {
  program
    .command("tag")
    .argument("[run]", RUN_NAMES)
    .argument("[name]", "the further name")
    .description("give a run a further name, or list the names")
    .option("--json", "the list for machines")
    .option("--results <folder>", "where runs are kept", DEFAULT_RESULTS)
    .addHelpText("after", EXAMPLES)
    .action((run: string | undefined, name: string | undefined, flags: TagFlags) =>
      guard(io, () => {
        if (run === undefined) return list(flags, io);
        return name === undefined ? listOfRun(run, flags, io) : tag(run, name, flags, io);
      }),
    );
}

async function tag(run: string, name: string, { results }: TagFlags, io: Io): Promise<ExitCode> {
  checkTagName(name);
  const folder = await folderOfNamedRun(results, run);
  refuseElsewhere(results, folder);
  await using store = await RunStore.open(results, folder);
  const { id } = store.header;
  const before = (await readTags(results)).find((one) => one.name === name);
  if (before?.runs.some((one) => one.id === id) === true) {
    io.stdout.write(`${id} has the tag ${name} already${meaning(before, id)}\n`);
    return EXIT.done;
  }
  await store.tag(name, new Date().toISOString());
  const now = (await readTags(results)).find((one) => one.name === name);
  io.stdout.write(`${id} is tagged ${name}${now === undefined ? UNENDED : meaning(now, id)}\n`);
  return EXIT.done;
}

const UNENDED = "; tag: finds it once the run has ended";

/** What `tag:<name>` means from now on, where that needs a word. */
function meaning({ name, runs }: TagListing, id: string): string {
  const [newest, second] = runs;
  if (newest === undefined || second === undefined) return "";
  return newest.id === id
    ? `; tag:${name} now means it, and no longer ${second.id}`
    : `; tag:${name} still means ${newest.id}, which is newer`;
}

async function list({ results, json }: TagFlags, io: Io): Promise<ExitCode> {
  const all = await readTags(results);
  if (json === true) io.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
  else if (all.length === 0) io.stdout.write("no run has a tag yet (tollgate tag RUN NAME)\n");
  else {
    const lines = textTable<TagListing>(
      [
        { head: "tag", align: "left", cell: ({ name }) => name },
        { head: "means", align: "left", cell: ({ runs }) => runs[0]?.id ?? "" },
        { head: "earlier runs", align: "right", cell: ({ runs }) => (runs.length > 1 ? String(runs.length - 1) : "") },
      ],
      all,
    );
    io.stdout.write(`${lines.join("\n")}\n`);
  }
  return EXIT.done;
}

async function listOfRun(run: string, { results, json }: TagFlags, io: Io): Promise<ExitCode> {
  const { header } = await readNamedRun(results, run);
  const names = [...new Set(header.tags)];
  if (json === true) io.stdout.write(`${JSON.stringify(names)}\n`);
  else io.stdout.write(names.length === 0 ? `${header.id} has no tag\n` : `${names.join("\n")}\n`);
  return EXIT.done;
}
