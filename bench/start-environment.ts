/**
 * From flags to an environment: the one place that knows which environments there are.
 */
import { Option, type Command } from "commander";
import { EXIT, Fault } from "../loadgen/fault.js";
import type { Environment } from "./environment.js";
import type { Io } from "./io.js";
import { chooseEnvoys, type ChosenEnvoys, type EnvoyFlags } from "./lab/chosen-envoys.js";
import { LAB_DEFAULTS, startLab } from "./lab/lab-environment.js";
import { runCommand } from "./shell.js";

export interface EnvironmentFlags extends EnvoyFlags {
  readonly env: "lab";
  readonly labId: string;
  readonly rootless?: true;
  readonly originalSource?: true;
  readonly proxyAlpn?: true;
}

/** The flags that say where roads stand and how; every verb that measures has them. */
export function addEnvironmentOptions(command: Command): void {
  command
    .addOption(new Option("--env <name>", "where the roads stand").choices(["lab"]).default("lab"))
    .option(
      "--envoy <path|version>",
      "Envoy of the proxied roads (default: the newest Cilium minor's); run: twice for a preview of an upgrade",
      collect,
      [],
    )
    .option("--cilium <release>", "as --envoy, with the upstream Envoy nearest to that release's", collect, [])
    .option("--lab-id <name>", "a name for the lab: two may stand side by side", LAB_DEFAULTS.labId)
    .option("--rootless", "without root, in a user namespace: the l4 road is then not measured")
    .option("--original-source", "Envoy calls the server from the client's address")
    .option("--proxy-alpn", "Envoy negotiates h2 on intercepted TLS (Cilium's does not)");
}

/** @throws Fault (usage) as chooseEnvoys does */
export function envoysOfFlags(flags: EnvoyFlags, { env }: Io): Promise<ChosenEnvoys> {
  return chooseEnvoys(flags, { env, run: runCommand });
}

/**
 * Nothing stands before the environment's `prepare`; dispose of it in any case.
 * @param envoys of a run, which may hold several against each other; default: the one that the flags name
 */
export async function startEnvironment(flags: EnvironmentFlags, io: Io, envoys?: ChosenEnvoys): Promise<Environment> {
  const chosen = envoys ?? onlyOne(await envoysOfFlags(flags, io));
  return startLab({
    ...LAB_DEFAULTS,
    labId: flags.labId,
    envoy: chosen.own,
    envoyPaths: chosen.paths,
    rootless: flags.rootless === true,
    originalSource: flags.originalSource === true,
    proxyAlpn: flags.proxyAlpn === true,
    env: io.env,
    say: (line) => io.stderr.write(`${line}\n`),
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

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
