/**
 * Real answers of kubectl, kept: taken down while real readers ask a real cluster (record-main.ts), and given again to the
 * same readers in tests (scripted-kubectl.ts). One file per state of a cluster, in ../recordings.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../proto/package-root.js";
import type { KubectlCause } from "../kubectl-fault.js";
import type { CommandResult, RunCommand } from "../../shell.js";

export interface Recording {
  /** What the cluster was like: `Cilium 1.18.4, the L7 policy applied`. */
  readonly state: string;
  readonly answers: readonly RecordedAnswer[];
}

export interface RecordedAnswer {
  /** kubectl's arguments, joined by spaces, without the context. */
  readonly ask: string;
  /** Of a failure: its cause. */
  readonly cause?: KubectlCause;
  readonly exitCode: number;
  /** stdout that was JSON, for readers of the file and of its diffs; `stdout` where it was not. */
  readonly json?: unknown;
  readonly stdout?: string;
  readonly stderr?: string;
}

export type RecordingName =
  | "1.18.4-no-policy"
  | "1.18.4-l7"
  | "1.18.4-l7-tls"
  | "1.18.4-article"
  | "1.18.4-missing-secrets"
  | "1.18.4-l7-off"
  | "1.19.6-l7"
  | "failures";

export function loadRecording(name: RecordingName): Recording {
  const file = join(packageRoot, "bench/cluster/recordings", `${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Recording;
}

/** The arguments as a recording has them: `--context NAME` belongs to the machine, not to the question. */
export function questionOf(args: readonly string[]): string {
  const at = args.indexOf("--context");
  return (at === -1 ? args : [...args.slice(0, at), ...args.slice(at + 2)]).join(" ");
}

/** `run`, with every answer kept in `into`; `scrub` takes out what belongs to the machine. */
export function recording(run: RunCommand, into: RecordedAnswer[], scrub: (text: string) => string): RunCommand {
  return async (program, args, options) => {
    const result = await run(program, args, options);
    into.push(recorded(scrub(questionOf(args)), result, scrub));
    return result;
  };
}

function recorded(
  ask: string,
  { exitCode, stdout, stderr }: CommandResult,
  scrub: (text: string) => string,
): RecordedAnswer {
  return {
    ask,
    exitCode,
    ...printed(scrub(stdout)),
    ...(stderr === "" ? {} : { stderr: scrub(stderr) }),
  };
}

function printed(stdout: string): Pick<RecordedAnswer, "json" | "stdout"> {
  if (stdout === "") return {};
  try {
    const value: unknown = JSON.parse(stdout);
    return typeof value === "object" ? { json: lean(value) } : { stdout };
  } catch {
    return { stdout: stdout.startsWith("# ") ? ownMetrics(stdout) : stdout };
  }
}

/** Nine tenths of the size, read by nobody: copies of objects, logs, controllers, and all of the kubelet but CPU. */
const LEFT_OUT = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  ...["controllers", "log", "modules"],
  ...["ephemeral-storage", "fs", "logs", "memory", "network", "rlimit", "rootfs", "runtime", "swap", "volume"],
]);

function lean(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (LEFT_OUT.has(key) ? undefined : inner)));
}

/** Of Envoy's thousands of lines those of Cilium's own listeners and clusters, without the buckets of histograms. */
function ownMetrics(text: string): string {
  const own = /_conn_manager_prefix="proxy"|_cluster_name="(in|e)gress-cluster|^envoy_server_(concurrency|uptime)/;
  return text
    .split("\n")
    .filter((line) => own.test(line) && !/_bucket\{/.test(line))
    .join("\n");
}
