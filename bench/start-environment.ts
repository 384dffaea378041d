/**
 * From flags to an environment: the one place that knows which environments there are.
 */
import { Option, type Command } from "commander";
import { startCluster } from "./cluster/cluster-environment.js";
import { addClusterOptions, clusterOptions, type ClusterFlags } from "./cluster/cluster-flags.js";
import type { Environment } from "./environment.js";
import type { Io } from "./io.js";
import { LAB_DEFAULTS, startLab, type LabOptions } from "./lab/lab-environment.js";

export interface EnvironmentFlags extends ClusterFlags {
  readonly env: "lab" | "cluster";
  readonly envoy?: string;
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
    .option("--envoy <path|version>", "lab: Envoy of the proxied roads (default: the newest Cilium minor's)")
    .option("--lab-id <name>", "lab: a name for it, two may stand side by side", LAB_DEFAULTS.labId)
    .option("--rootless", "lab: without root, in a user namespace: the l4 road is then not measured")
    .option("--original-source", "lab: Envoy calls the server from the client's address")
    .option("--proxy-alpn", "lab: Envoy negotiates h2 on intercepted TLS (Cilium's does not)")
    .option("--let-cpus-halt", "lab: idle CPUs halt, and the time to wake them is part of each call");
  addClusterOptions(command);
}

/** Nothing stands before the environment's `prepare`; dispose of it in any case. `more`: what a verb asks of the lab. */
export function startEnvironment(
  flags: EnvironmentFlags,
  io: Io,
  more: Partial<Pick<LabOptions, "serverDelayNs">> = {},
): Promise<Environment> {
  const say = (line: string): void => void io.stderr.write(`${line}\n`);
  if (flags.env === "cluster") return startCluster(clusterOptions(flags, io.env, say));
  return startLab({
    ...LAB_DEFAULTS,
    ...more,
    labId: flags.labId,
    envoy: flags.envoy ?? null,
    rootless: flags.rootless === true,
    originalSource: flags.originalSource === true,
    proxyAlpn: flags.proxyAlpn === true,
    letCpusHalt: flags.letCpusHalt === true,
    env: io.env,
    say,
  });
}
