/**
 * One shell that stays open in a container and is asked line by line: `kubectl exec` costs a quarter of a second each
 * time, which is too much between two trials.
 */
import type { CommandStream } from "../shell.js";
import { explainSilence } from "./kubectl-fault.js";
import type { ContainerPlace, Kubectl } from "./kubectl.js";

/** Ends an answer; the exit code stands behind it. */
export const ANSWER_MARK = "::tollgate-answer-ends::";

export interface ShellAnswer {
  /** Of the line; null when the shell ended instead of answering. */
  readonly exitCode: number | null;
  readonly stdout: string;
}

export interface ShellSetup {
  readonly place: ContainerPlace;
  /** Commands of the shell before the first line is read. */
  readonly prelude: string;
  /** Stands before each line. */
  readonly before: string;
  readonly timeoutMs: number;
}

export class PodShell implements AsyncDisposable {
  readonly #kubectl: Kubectl;
  readonly #setup: ShellSetup;
  #stream: CommandStream | null = null;
  #lines: string[] = [];
  #answered: (exitCode: number | null) => void = () => undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** Nothing is started before the first question. */
  constructor(kubectl: Kubectl, setup: ShellSetup) {
    this.#kubectl = kubectl;
    this.#setup = setup;
  }

  /** Questions are answered one after the other. @throws KubectlFault when no answer comes in time */
  ask(line: string): Promise<ShellAnswer> {
    const answer = this.#queue.then(() => this.#exchange(line));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream?.closeInput();
    this.#stream?.kill();
    await this.#stream?.ended;
    this.#stream = null;
  }

  async #exchange(line: string): Promise<ShellAnswer> {
    const stream = await this.#open();
    this.#lines = [];
    let timer: NodeJS.Timeout | undefined;
    const { timeoutMs, place } = this.#setup;
    const silence = new Promise<never>((_, reject) => {
      const late = explainSilence(this.#kubectl.context, `${line} (in ${place.pod})`, timeoutMs);
      timer = setTimeout(() => reject(late), timeoutMs);
    });
    const answer = new Promise<number | null>((resolve) => (this.#answered = resolve));
    stream.send(line);
    try {
      const exitCode = await Promise.race([answer, silence]);
      return { exitCode, stdout: this.#lines.join("\n") };
    } catch (error) {
      stream.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(): Promise<CommandStream> {
    if (this.#stream !== null) return this.#stream;
    const { place, prelude, before } = this.#setup;
    const answer = `eval "${before} $line" </dev/null 2>/dev/null; printf '\\n${ANSWER_MARK}%s\\n' $?`;
    const shell = `${prelude}; while IFS= read -r line; do ${answer}; done`;
    const stream = await this.#kubectl.execLines(place, ["sh", "-c", shell], (line) => this.#hear(line));
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
