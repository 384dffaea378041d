/**
 * The one file that runs kubectl: always with an explicit context and namespace, never through a shell; every call has a
 * time limit, and every failure is a KubectlFault that names the cause.
 *
 * A test puts recorded answers in the place of `run` and `start` (testing/scripted-kubectl.ts), so that what reads
 * kubectl's words is tested as well.
 */
import { Fault } from "../../loadgen/fault.js";
import {
  CommandTimeout,
  runCommand,
  startCommand,
  type CommandResult,
  type CommandStream,
  type RunCommand,
  type StartCommand,
} from "../shell.js";
import { accessReview, type Access } from "./access-review.js";
import { labelSelector, MANAGED_BY, type KubeObject } from "./kube-object.js";
import { explainFailure, explainSilence, failedBecause } from "./kubectl-fault.js";
import {
  ANSWER_MS,
  type ApplyOptions,
  type ContainerPlace,
  type DeleteOptions,
  type ExecOptions,
  type Kubectl,
  type Limit,
  type Where,
  type Which,
} from "./kubectl.js";

export interface KubectlOptions {
  readonly context: string;
  readonly namespace: string;
  /** kubectl's environment: KUBECONFIG, HOME, PATH, proxies. TOLLGATE_KUBECTL names another program. */
  readonly env: NodeJS.ProcessEnv;
  readonly run?: RunCommand;
  readonly start?: StartCommand;
}

const FIELD_MANAGER = "tollgate";

export function openKubectl(options: KubectlOptions): Kubectl {
  return new RunningKubectl(options);
}

/**
 * The context that the kubeconfig names as current.
 * @throws KubectlFault `no-context` when it names none, `no-kubectl` without kubectl.
 */
export async function currentContext(env: NodeJS.ProcessEnv, run: RunCommand = runCommand): Promise<string> {
  const args = ["config", "current-context"];
  const { exitCode, stdout, stderr } = await run(programOf(env), args, { env, timeoutMs: ANSWER_MS });
  if (exitCode === 0 && stdout.trim() !== "") return stdout.trim();
  const unset = /current-context is not set/.test(stderr)
    ? "no context exists with the name (none is current)"
    : stderr;
  throw explainFailure({ context: "", command: `kubectl ${args.join(" ")}`, exitCode, stderr: unset });
}

class RunningKubectl implements Kubectl {
  readonly context: string;
  readonly namespace: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #run: RunCommand;
  readonly #start: StartCommand;

  constructor({ context, namespace, env, run = runCommand, start = startCommand }: KubectlOptions) {
    this.context = context;
    this.namespace = namespace;
    this.#env = env;
    this.#run = run;
    this.#start = start;
  }

  async get<T extends KubeObject>(object: string, where: Where = {}): Promise<T | null> {
    const args = ["get", object, ...this.#in(where.namespace), "--ignore-not-found", "-o", "json"];
    const text = await this.#ask(args, where);
    return text.trim() === "" ? null : this.#json<T>(text, args);
  }

  async list<T extends KubeObject>(kind: string, which: Which = {}): Promise<readonly T[]> {
    const args = ["get", kind, ...this.#selecting(which), "-o", "json"];
    return this.#json<{ items: readonly T[] }>(await this.#ask(args, which), args).items;
  }

  raw(path: string, limit: Limit = {}): Promise<string> {
    return this.#ask(["get", "--raw", path], limit);
  }

  async apply(
    objects: readonly KubeObject[],
    { dryRun = false, namespace, ...limit }: ApplyOptions = {},
  ): Promise<void> {
    const foreign = objects.find(({ metadata }) => metadata.labels?.[MANAGED_BY.label] !== MANAGED_BY.value);
    if (foreign !== undefined) {
      throw new Fault({
        fact: `${foreign.kind} ${foreign.metadata.name} lacks the label of what tollgate may change`,
        expected: `${MANAGED_BY.label}=${MANAGED_BY.value}`,
      });
    }
    const manner = ["--server-side", `--field-manager=${FIELD_MANAGER}`, "--validate=strict"];
    const trial = dryRun ? ["--dry-run=server"] : [];
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    await this.#ask(["apply", ...this.#in(namespace), ...manner, ...trial, "-f", "-"], { ...limit, input });
  }

  async delete(
    kinds: readonly string[],
    labels: Readonly<Record<string, string>>,
    { wait = true, ...which }: DeleteOptions = {},
  ): Promise<void> {
    const ours = this.#selecting({ ...which, labels: { [MANAGED_BY.label]: MANAGED_BY.value, ...labels } });
    const manner = ["--ignore-not-found", `--wait=${wait}`];
    try {
      await this.#ask(["delete", kinds.join(","), ...ours, ...manner], which);
    } catch (error) {
      if (!failedBecause(error, "unknown-kind")) throw error;
      if (kinds.length === 1) return;
      for (const kind of kinds) await this.delete([kind], labels, { wait, ...which });
    }
  }

  async wait(which: string | (Which & { readonly kind: string }), until: string, timeoutMs: number): Promise<void> {
    const what = typeof which === "string" ? [which, ...this.#in(undefined)] : [which.kind, ...this.#selecting(which)];
    const { signal } = typeof which === "string" ? {} : which;
    const limit = { timeoutMs: timeoutMs + ANSWER_MS, ...(signal === undefined ? {} : { signal }) };
    await this.#ask(["wait", ...what, `--for=${until}`, `--timeout=${timeoutMs}ms`], limit);
  }

  async exec(
    place: ContainerPlace,
    command: readonly string[],
    { input, ...limit }: ExecOptions = {},
  ): Promise<CommandResult> {
    const args = this.#execArgs(place, command, input !== undefined);
    const result = await this.#call(args, { ...limit, ...(input === undefined ? {} : { input }) });
    // kubectl ends with the program's code and says so; any other failure is its own.
    if (result.exitCode === 0) return result;
    if (!/command terminated with exit code \d+/.test(result.stderr)) throw this.#failure(args, result);
    return { ...result, stderr: result.stderr.replace(/^command terminated with exit code \d+\n?/m, "") };
  }

  execLines(place: ContainerPlace, command: readonly string[], onLine: (line: string) => void): Promise<CommandStream> {
    const args = this.#withContext(this.#execArgs(place, command, true));
    return this.#start(programOf(this.#env), args, { onLine, env: this.#env });
  }

  logs(place: ContainerPlace, { tail, ...limit }: { readonly tail: number } & Limit): Promise<string> {
    const container = ["--container", place.container, `--tail=${tail}`];
    return this.#ask(["logs", place.pod, ...this.#in(place.namespace), ...container], limit);
  }

  /** What `kubectl auth can-i` asks for one, asked for all of them at once. */
  async mayI(accesses: readonly Access[]): Promise<readonly boolean[]> {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: accesses.map(accessReview) });
    const args = [
      "create",
      ...this.#in(undefined),
      "--validate=false",
      "-o",
      "jsonpath={.status.allowed}{'\\n'}",
      "-f",
      "-",
    ];
    const answers = (await this.#ask(args, { input })).trim().split("\n");
    if (answers.length === accesses.length) return answers.map((answer) => answer === "true");
    throw new Fault({
      fact: "the cluster does not say what this user may do",
      expected: `${accesses.length} answers to: ${told(args)}`,
      seen: `${answers.length}`,
    });
  }

  async version(): Promise<{ readonly client: string; readonly server: string }> {
    const args = ["version", "-o", "json"];
    const answer = this.#json<{ clientVersion: { gitVersion: string }; serverVersion: { gitVersion: string } }>(
      await this.#ask(args, {}),
      args,
    );
    return { client: answer.clientVersion.gitVersion, server: answer.serverVersion.gitVersion };
  }

  #execArgs({ pod, container, namespace }: ContainerPlace, command: readonly string[], withInput: boolean): string[] {
    const stdin = withInput ? ["--stdin"] : [];
    return ["exec", pod, ...this.#in(namespace), "--container", container, ...stdin, "--", ...command];
  }

  #in(namespace: string | undefined): string[] {
    return ["--namespace", namespace ?? this.namespace];
  }

  #selecting({ namespace, allNamespaces, labels = {}, fields }: Which): string[] {
    return [
      ...(allNamespaces === true ? ["--all-namespaces"] : this.#in(namespace)),
      ...(Object.keys(labels).length === 0 ? [] : ["--selector", labelSelector(labels)]),
      ...(fields === undefined ? [] : ["--field-selector", fields]),
    ];
  }

  async #ask(args: readonly string[], options: ExecOptions): Promise<string> {
    const result = await this.#call(args, options);
    if (result.exitCode !== 0) throw this.#failure(args, result);
    return result.stdout;
  }

  async #call(args: readonly string[], { timeoutMs = ANSWER_MS, ...rest }: ExecOptions): Promise<CommandResult> {
    try {
      return await this.#run(programOf(this.#env), this.#withContext(args), { ...rest, timeoutMs, env: this.#env });
    } catch (error) {
      if (error instanceof CommandTimeout) throw explainSilence(this.context, told(args), timeoutMs);
      throw error;
    }
  }

  /** Before the verb, where they bind kubectl and not a program behind `--`. */
  #withContext(args: readonly string[]): string[] {
    return ["--context", this.context, ...args];
  }

  #json<T>(text: string, args: readonly string[]): T {
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new Fault({
        fact: "kubectl's answer is not JSON",
        expected: `JSON from: ${told(args)}`,
        seen: text.trim().slice(0, 200),
      });
    }
  }

  #failure(args: readonly string[], { exitCode, stderr }: CommandResult): Fault {
    return explainFailure({ context: this.context, command: told(args), exitCode, stderr });
  }
}

function programOf(env: NodeJS.ProcessEnv): string {
  return env["TOLLGATE_KUBECTL"] ?? "kubectl";
}

/** The command as a reader would type it; what lies behind `--` may be long. */
function told(args: readonly string[]): string {
  return `kubectl ${args.join(" ").slice(0, 200)}`;
}
