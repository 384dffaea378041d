/**
 * From flags to an environment: the one place that knows which environments there are.
 */
import { Option, type Command } from "commander";
import type { Environment } from "./environment.js";
import type { Io } from "./io.js";
import { LAB_DEFAULTS, startLab, type LabOptions } from "./lab/lab-environment.js";

export interface EnvironmentFlags {
  readonly env: "lab";
  readonly envoy?: string;
  readonly labId: string;
  readonly rootless?: true;
  readonly originalSource?: true;
  readonly proxyAlpn?: true;
}

/** The flags that say where roads stand and how; every verb that measures has them. */
export function addEnvironmentOptions(command: Command): void {
  command
    .addOption(new Option("--env <name>", "where the roads stand").choices(["lab"]).default("lab"))
    .option("--envoy <path|version>", "Envoy of the proxied roads (default: the newest Cilium minor's)")
    .option("--lab-id <name>", "a name for the lab: two may stand side by side", LAB_DEFAULTS.labId)
    .option("--rootless", "without root, in a user namespace: the l4 road is then not measured")
    .option("--original-source", "Envoy calls the server from the client's address")
    .option("--proxy-alpn", "Envoy negotiates h2 on intercepted TLS (Cilium's does not)");
}

/** Nothing stands before the environment's `prepare`; dispose of it in any case. `more`: what a verb asks of the lab. */
export function startEnvironment(
  flags: EnvironmentFlags,
  io: Io,
  more: Partial<Pick<LabOptions, "serverDelayNs">> = {},
): Promise<Environment> {
  return startLab({
    ...LAB_DEFAULTS,
    ...more,
    labId: flags.labId,
    envoy: flags.envoy ?? null,
    rootless: flags.rootless === true,
    originalSource: flags.originalSource === true,
    proxyAlpn: flags.proxyAlpn === true,
    env: io.env,
    say: (line) => io.stderr.write(`${line}\n`),
  });
}
