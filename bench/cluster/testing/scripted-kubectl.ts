/**
 * A kubectl for tests that gives recorded answers, and fails where a test wants it to: it hangs, answers slowly, is
 * forbidden, breaks off. What is tested with it is the real Kubectl, on the words of a real one.
 */
import { ANSWER_MARK } from "../pod-shell.js";
import type { KubectlCause } from "../kubectl-fault.js";
import type { Kubectl } from "../kubectl.js";
import { openKubectl } from "../kubectl-command.js";
import {
  CommandTimeout,
  type CommandResult,
  type CommandStream,
  type RunCommand,
  type StartCommand,
} from "../../shell.js";
import { loadRecording, questionOf, type RecordedAnswer, type RecordingName } from "./recording.js";

/** What becomes of a question instead of its recorded answer. */
export type Twist = "hangs" | RecordedAnswer | ((recorded: CommandResult) => CommandResult);

export interface Script {
  readonly recording: RecordingName;
  /** Questions that contain the key; the first that does counts. */
  readonly twists?: Readonly<Record<string, Twist>>;
}

export interface ScriptedKubectl {
  readonly kubectl: Kubectl;
  /** Every question so far, in order. */
  readonly asked: readonly string[];
}

export const RECORDED_NAMESPACE = "bench";

export function scriptedKubectl({ recording, twists = {} }: Script): ScriptedKubectl {
  const { answers } = loadRecording(recording);
  const asked: string[] = [];
  const run: RunCommand = (program, args, options) => {
    const question = questionOf(args);
    asked.push(question);
    const twist = Object.entries(twists).find(([part]) => question.includes(part))?.[1];
    if (twist === "hangs") return Promise.reject(new CommandTimeout(program, args, options?.timeoutMs ?? 0));
    if (twist !== undefined && typeof twist !== "function") return Promise.resolve(resultOf(twist));
    const recorded = answerTo(question, answers, options?.input);
    return Promise.resolve(twist === undefined ? recorded : twist(recorded));
  };
  const context = "recorded";
  const kubectl = openKubectl({ context, namespace: RECORDED_NAMESPACE, env: {}, run, start: agentShell(run) });
  return { kubectl, asked };
}

/** A recorded failure of that cause, to be given as the answer to another question. */
export function recordedFailure(cause: KubectlCause): RecordedAnswer {
  const found = loadRecording("failures").answers.find((answer) => answer.cause === cause);
  if (found === undefined) throw new Error(`no recorded failure: ${cause}`);
  return found;
}

function answerTo(question: string, answers: readonly RecordedAnswer[], input = ""): CommandResult {
  if (input.includes("SelfSubjectAccessReview")) return everythingAllowed(input);
  const answer = answers.find(({ ask }) => ask === question);
  if (answer === undefined) throw new Error(`never recorded: kubectl ${question}`);
  return resultOf(answer);
}

/** The recordings are an administrator's; a test that wants less twists the answer. */
function everythingAllowed(input: string): CommandResult {
  const { items } = JSON.parse(input) as { items: readonly unknown[] };
  return { exitCode: 0, stdout: "true\n".repeat(items.length), stderr: "" };
}

function resultOf({ exitCode, json, stdout, stderr }: RecordedAnswer): CommandResult {
  return { exitCode, stdout: stdout ?? (json === undefined ? "" : JSON.stringify(json)), stderr: stderr ?? "" };
}

/** The shell in the agent's pod: each line is answered as the same question by `kubectl exec` was. */
function agentShell(run: RunCommand): StartCommand {
  return (program, args, { onLine }) => {
    let end: (result: CommandResult) => void = () => undefined;
    const ended = new Promise<CommandResult>((resolve) => (end = resolve));
    const stop = (): void => end({ exitCode: 0, stdout: "", stderr: "" });
    const before = args.slice(0, args.indexOf("--") + 1).filter((arg) => arg !== "--stdin");
    const answer = async (line: string): Promise<void> => {
      const words = [...line.matchAll(/'([^']*)'/g)].map(([, word]) => word ?? "");
      const { exitCode, stdout } = await run(program, [...before, "cilium-dbg", ...words]);
      for (const part of stdout.split("\n")) onLine(part);
      onLine(`${ANSWER_MARK}${exitCode}`);
    };
    const stream: CommandStream = {
      send: (line) => void answer(line).catch(() => undefined), // a question that hangs is never answered
      closeInput: stop,
      kill: stop,
      ended,
    };
    return Promise.resolve(stream);
  };
}
