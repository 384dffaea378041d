/**
 * The Cilium agent of one node, asked through `cilium-dbg` in its pod. `kubectl exec` costs a quarter of a second each
 * time, which is too much between two trials, so one shell stays open in the pod and is asked line by line.
 */
import { Fault } from "../../loadgen/fault.js";
import type { CommandStream } from "../shell.js";
import { explainSilence } from "./kubectl-fault.js";
import { ANSWER_MS, type ContainerPlace, type Kubectl } from "./kubectl.js";

export interface CiliumAgent extends AsyncDisposable {
  readonly pod: string;
  /**
   * What `cilium-dbg ARGS` prints. Questions are answered one after the other.
   * @throws Fault with its last words when it fails; KubectlFault when the pod cannot be asked.
   */
  ask(args: readonly string[]): Promise<string>;
}

/** Nothing is asked before the first question. */
export function openAgent(kubectl: Kubectl, pod: string, namespace: string, timeoutMs = ANSWER_MS): CiliumAgent {
  return new AgentShell(kubectl, { pod, namespace, container: "cilium-agent" }, timeoutMs);
}

/** The same agent asked by one `kubectl exec` per question: slower, and good for a few. */
export function askAgentOnce(kubectl: Kubectl, pod: string, namespace: string): Pick<CiliumAgent, "ask"> {
  const place = { pod, namespace, container: "cilium-agent" };
  return { ask: (args) => askOnce(kubectl, place, args) };
}

/** Ends an answer; the exit code stands behind it. */
export const ANSWER_MARK = "::tollgate-answer-ends::";

/** `cilium-dbg` is called `cilium` up to 1.14. Each line is one command, its words quoted by {@link quoted}. */
const SHELL = [
  "dbg=cilium-dbg; command -v $dbg >/dev/null 2>&1 || dbg=cilium",
  `while IFS= read -r line; do eval "$dbg $line" </dev/null 2>/dev/null; printf '\\n${ANSWER_MARK}%s\\n' $?; done`,
].join("; ");

class AgentShell implements CiliumAgent {
  readonly pod: string;
  readonly #kubectl: Kubectl;
  readonly #place: ContainerPlace;
  readonly #timeoutMs: number;
  #stream: CommandStream | null = null;
  #lines: string[] = [];
  #answered: (exitCode: number | null) => void = () => undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(kubectl: Kubectl, place: ContainerPlace, timeoutMs: number) {
    this.pod = place.pod;
    this.#kubectl = kubectl;
    this.#place = place;
    this.#timeoutMs = timeoutMs;
  }

  ask(args: readonly string[]): Promise<string> {
    const answer = this.#queue.then(() => this.#askNow(args));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream?.closeInput();
    this.#stream?.kill();
    await this.#stream?.ended;
    this.#stream = null;
  }

  async #askNow(args: readonly string[]): Promise<string> {
    const stream = await this.#open();
    const exitCode = await this.#exchange(stream, args.map(quoted).join(" "));
    // A shell that has gone (the agent restarted) or a question that failed: ask once more, to hear why.
    if (exitCode !== 0) return askOnce(this.#kubectl, this.#place, args);
    return this.#lines.join("\n");
  }

  /** The exit code of the command; null when the shell ended instead of answering. */
  async #exchange(stream: CommandStream, line: string): Promise<number | null> {
    this.#lines = [];
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      const command = `cilium-dbg ${line} (in ${this.pod})`;
      const late = explainSilence(this.#kubectl.context, command, this.#timeoutMs);
      timer = setTimeout(() => reject(late), this.#timeoutMs);
    });
    const answer = new Promise<number | null>((resolve) => (this.#answered = resolve));
    stream.send(line);
    try {
      return await Promise.race([answer, silence]);
    } catch (error) {
      stream.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(): Promise<CommandStream> {
    if (this.#stream !== null) return this.#stream;
    const stream = await this.#kubectl.execLines(this.#place, ["sh", "-c", SHELL], (line) => this.#hear(line));
    this.#stream = stream;
    void stream.ended.then(() => {
      if (this.#stream === stream) this.#stream = null;
      this.#answered(null);
    });
    return stream;
  }

  #hear(line: string): void {
    if (line.startsWith(ANSWER_MARK)) this.#answered(Number(line.slice(ANSWER_MARK.length)));
    else this.#lines.push(line);
  }
}

async function askOnce(kubectl: Kubectl, place: ContainerPlace, args: readonly string[]): Promise<string> {
  for (const program of ["cilium-dbg", "cilium"]) {
    const { exitCode, stdout, stderr } = await kubectl.exec(place, [program, ...args]);
    if (exitCode === 0) return stdout;
    const missing = exitCode === 127 || exitCode === 126 || /executable file not found/.test(stderr);
    if (missing && program === "cilium-dbg") continue;
    throw new Fault({
      fact: `the Cilium agent ${place.pod} does not answer`,
      expected: `success of: ${program} ${args.join(" ")}`,
      seen: (stderr || stdout).trim().split("\n").slice(-4).join("\n"),
      try: `kubectl -n ${place.namespace ?? ""} logs ${place.pod} -c ${place.container} --tail 20`,
    });
  }
  throw new Fault({ fact: `the pod ${place.pod} has neither cilium-dbg nor cilium` });
}

/** A word that the pod's shell leaves alone. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
