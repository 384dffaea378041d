/**
 * The flags of a cluster run, and what they mean.
 */
import { Option, type Command } from "commander";
import { EXIT, Fault } from "../../loadgen/fault.js";
import { count, list } from "../options.js";
import { DEFAULT_IMAGE, type ClusterOptions, type PlacementWish, type Toleration } from "./cluster-options.js";

export interface ClusterFlags {
  readonly context?: string;
  readonly namespace?: string;
  readonly image: string;
  readonly placement?: PlacementWish;
  readonly generators: number;
  readonly via: ClusterOptions["via"];
  readonly nodeSelector?: readonly string[];
  readonly tolerations?: readonly string[];
}

export function addClusterOptions(command: Command): void {
  command
    .option("--context <name>", "cluster: of the kubeconfig (default: its current one)")
    .option("--namespace <name>", "cluster: one that exists (default: one of the run's own, deleted afterwards)")
    .option("--image <image>", "cluster: with Node 20 or newer", DEFAULT_IMAGE)
    .addOption(
      new Option("--placement <how>", "cluster: default cross-node where there are two nodes").choices([
        "same-node",
        "cross-node",
      ]),
    )
    .option("--generators <n>", "cluster: pods per caller and road", count("--generators"), 1)
    .addOption(
      new Option("--via <what>", "cluster: what callers dial").choices(["service", "pod-ip"]).default("service"),
    )
    .option("--node-selector <labels>", "cluster: only nodes with these labels, key=value,…", list)
    .option("--tolerations <taints>", "cluster: taints to put up with, key[=value][:effect],…", list);
}

/** @throws Fault (usage) for labels and taints that are not written as kubectl writes them */
export function clusterOptions(
  flags: ClusterFlags,
  env: NodeJS.ProcessEnv,
  say: ClusterOptions["say"],
): ClusterOptions {
  return {
    context: flags.context ?? null,
    namespace: flags.namespace ?? null,
    image: flags.image,
    placement: flags.placement ?? null,
    generators: flags.generators,
    via: flags.via,
    nodeSelector: Object.fromEntries((flags.nodeSelector ?? []).map(label)),
    tolerations: (flags.tolerations ?? []).map(toleration),
    env,
    say,
  };
}

function label(text: string): [string, string] {
  const [, key, value] = /^([\w./-]+)=([\w.-]*)$/.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  throw usage(`--node-selector ${text}: not a label`, "key=value, as in --node-selector node-pool=bench");
}

function toleration(text: string): Toleration {
  const [, key, value, effect] =
    /^([\w./-]+)(?:=([\w.-]*))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$/.exec(text) ?? [];
  if (key === undefined) throw usage(`--tolerations ${text}: not a taint`, "key, key=value or key=value:NoSchedule");
  return {
    key,
    operator: value === undefined ? "Exists" : "Equal",
    ...(value === undefined ? {} : { value }),
    ...(effect === undefined ? {} : { effect: effect as NonNullable<Toleration["effect"]> }),
  };
}

function usage(fact: string, expected: string): Fault {
  return new Fault({ fact, expected, exitCode: EXIT.usage });
}
