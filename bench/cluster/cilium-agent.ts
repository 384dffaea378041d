/**
 * The Cilium agent of one node, asked through `cilium-dbg` in its pod.
 */
import { Fault } from "../../loadgen/fault.js";
import { ANSWER_MS, type ContainerPlace, type Kubectl } from "./kubectl.js";
import { PodShell } from "./pod-shell.js";

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

/** `cilium-dbg` is called `cilium` up to 1.14. Each line is the words of one command, quoted by {@link quoted}. */
const FIND_PROGRAM = "dbg=cilium-dbg; command -v $dbg >/dev/null 2>&1 || dbg=cilium";

class AgentShell implements CiliumAgent {
  readonly pod: string;
  readonly #kubectl: Kubectl;
  readonly #place: ContainerPlace;
  readonly #shell: PodShell;

  constructor(kubectl: Kubectl, place: ContainerPlace, timeoutMs: number) {
    this.pod = place.pod;
    this.#kubectl = kubectl;
    this.#place = place;
    this.#shell = new PodShell(kubectl, { place, prelude: FIND_PROGRAM, before: "$dbg", timeoutMs });
  }

  async ask(args: readonly string[]): Promise<string> {
    const { exitCode, stdout } = await this.#shell.ask(args.map(quoted).join(" "));
    // A shell that has gone (the agent restarted) or a question that failed: ask once more, to hear why.
    return exitCode === 0 ? stdout : askOnce(this.#kubectl, this.#place, args);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#shell[Symbol.asyncDispose]();
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
