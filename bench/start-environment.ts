/**
 * From flags to an environment: the one place that knows which environments there are.
 */
import { Option, type Command } from "commander";
import { EXIT, Fault } from "../loadgen/fault.js";
import { startCluster } from "./cluster/cluster-environment.js";
import { addClusterOptions, clusterOptions, type ClusterFlags } from "./cluster/cluster-flags.js";
import type { Stand } from "./cluster/stand.js";
import type { Environment } from "./environment.js";
import type { Io } from "./io.js";
import { chooseEnvoys, type ChosenEnvoys, type EnvoyFlags } from "./lab/chosen-envoys.js";
import { LAB_DEFAULTS, startLab } from "./lab/lab-environment.js";
import { runCommand } from "./shell.js";
import { severalOption } from "./verbs/read-option.js";

export interface EnvironmentFlags extends ClusterFlags, EnvoyFlags {
  readonly env: "lab" | "cluster";
  readonly labId: string;
  readonly rootless?: true;
  readonly originalSource?: true;
  readonly proxyAlpn?: true;
  readonly letCpusHalt?: true;
}

/** The flags that say where roads stand and how; every verb that measures has them. */
export function addEnvironmentOptions(command: Command): void {
  command
    .addOption(new Option("--env <name>", "where the roads stand").choices(["lab", "cluster"]).default("lab"))
    .addOption(
      severalOption(
        "--envoy <path|version>",
        "lab: Envoy of the proxied roads; run: twice for a preview of an upgrade",
        "the newest Cilium minor's",
      ),
    )
    .addOption(
      severalOption("--cilium <release>", "lab: as --envoy, with the upstream Envoy nearest to that release's", "none"),
    )
    .option("--lab-id <name>", "lab: a name for it, two may stand side by side", LAB_DEFAULTS.labId)
    .option("--rootless", "lab: without root, in a user namespace: the l4 road is then not measured")
    .option("--original-source", "lab: Envoy calls the server from the client's address")
    .option("--proxy-alpn", "lab: Envoy negotiates h2 on intercepted TLS (Cilium's does not)")
    .option("--let-cpus-halt", "lab: idle CPUs halt, and the time to wake them is part of each call");
  addClusterOptions(command);
}

/** @throws Fault (usage) as chooseEnvoys does */
export function envoysOfFlags(flags: EnvoyFlags, { env }: Io): Promise<ChosenEnvoys> {
  return chooseEnvoys(flags, { env, run: runCommand });
}

/** What a verb asks of the environment beyond its flags. */
export interface EnvironmentWishes {
  readonly serverDelayNs?: number;
  /** Of a run, which may hold several against each other; default: the one that the flags name. */
  readonly envoys?: ChosenEnvoys;
  /** What stands in the cluster already, for a run whose command line was lost. */
  readonly attachTo?: Stand | null;
}

/** Nothing stands before the environment's `prepare`; dispose of it in any case. */
export async function startEnvironment(
  flags: EnvironmentFlags,
  io: Io,
  { envoys, attachTo = null, ...more }: EnvironmentWishes = {},
): Promise<Environment> {
  // Over a live line (run-progress.ts), not behind it.
  const say = (line: string): void => void io.stderr.write(`${io.live ? "\r\x1b[K" : ""}${line}\n`);
  if (flags.env === "cluster") return startCluster(clusterOptions(flags, io.env, say), attachTo);
  const chosen = envoys ?? onlyOne(await envoysOfFlags(flags, io));
  return startLab({
    ...LAB_DEFAULTS,
    ...more,
    labId: flags.labId,
    envoy: chosen.own,
    envoyPaths: chosen.paths,
    rootless: flags.rootless === true,
    originalSource: flags.originalSource === true,
    proxyAlpn: flags.proxyAlpn === true,
    letCpusHalt: flags.letCpusHalt === true,
    env: io.env,
    say,
  });
}

function onlyOne(envoys: ChosenEnvoys): ChosenEnvoys {
  if (envoys.arms.length === 0) return envoys;
  throw new Fault({
    fact: "only a run holds Envoys against each other",
    expected: "one --envoy or --cilium",
    seen: `Envoy ${envoys.arms.join(" and ")}`,
    try: "tollgate run",
    exitCode: EXIT.usage,
  });
}
