/**
 * `tollgate clean`: removes what killed runs have left in a cluster. The lab leaves nothing: it ends with its processes.
 */
import { Option, type Command } from "commander";
import { EXIT, Fault, type ExitCode } from "../../loadgen/fault.js";
import { nearestWord } from "../../loadgen/nearest-word.js";
import { currentContext, openKubectl } from "../cluster/kubectl-command.js";
import { findLeftovers, removeRun, type Leftover } from "../cluster/leftovers.js";
import { guard, type Io } from "../io.js";

interface CleanFlags {
  readonly env: "cluster";
  readonly context?: string;
  readonly namespace?: string;
  readonly run?: string;
  readonly all?: true;
}

const EXAMPLES = `
Examples:
  tollgate clean --env cluster                 what runs have left, and what still goes on
  tollgate clean --env cluster --run 3f9c01ab  removes one of them
  tollgate clean --env cluster --all           removes all of them, also those that go on`;

export function registerClean(program: Command, io: Io): void {
  program
    .command("clean")
    .description("remove what killed runs have left in a cluster")
    .addOption(new Option("--env <name>", "where").choices(["cluster"]).default("cluster"))
    .option("--context <name>", "of the kubeconfig (default: its current one)")
    .option("--namespace <name>", "where runs were told to stay (default: namespaces of their own)")
    .option("--run <id>", "remove what this run has left")
    .option("--all", "remove what any run has left")
    .addHelpText("after", EXAMPLES)
    .action((flags: CleanFlags) => guard(io, () => clean(flags, io)));
}

async function clean(flags: CleanFlags, io: Io): Promise<ExitCode> {
  const context = flags.context ?? (await currentContext(io.env));
  const kubectl = openKubectl({ context, namespace: flags.namespace ?? "default", env: io.env });
  const found = await findLeftovers(kubectl, flags.namespace ?? null);
  const chosen = chosenOf(found, flags);
  if (found.length === 0) io.stdout.write("no run has left anything\n");
  else if (chosen.length === 0) io.stdout.write(listing(found));
  for (const leftover of chosen) {
    io.stderr.write(`removing run ${leftover.run} from namespace ${leftover.namespace}\n`);
    await removeRun(kubectl, leftover);
    io.stdout.write(`removed run ${leftover.run}: ${leftover.objects.length} objects\n`);
  }
  return EXIT.done;
}

function chosenOf(found: readonly Leftover[], { run, all }: CleanFlags): readonly Leftover[] {
  if (all === true) return found;
  if (run === undefined) return [];
  const chosen = found.filter((one) => one.run === run);
  if (chosen.length > 0) return chosen;
  const runs = found.map((one) => one.run);
  const nearest = nearestWord(run, runs);
  throw new Fault({
    fact: `no run "${run}" has left anything`,
    expected: runs.length === 0 ? "there is nothing of any run" : `one of ${runs.join(", ")}`,
    ...(nearest === null ? {} : { try: `--run ${nearest}` }),
    exitCode: EXIT.usage,
  });
}

function listing(found: readonly Leftover[]): string {
  const rows = found.map(
    ({ run, namespace, objects, since }) => `${run}  since ${since}  ${objects.length} objects in ${namespace}`,
  );
  return `${rows.join("\n")}\n\nremove one with --run ID, all with --all (a run that goes on would fail)\n`;
}
