/**
 * Other programs, run to their end or spoken to line by line: the one file that knows execa. The arguments are a list and never a shell's line,
 * so nothing in them is expanded.
 *
 * execa is loaded on first use: it costs about 150 ms and 15 MB, which a verb that runs no program should not pay. The
 * lab's own processes are started elsewhere (lab/processes.ts) for the same reason.
 */
import { Fault } from "../loadgen/fault.js";
import { onLines } from "./stream-lines.js";

export interface CommandOptions {
  /** Written to the program's stdin, which is closed after it. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The next step to offer when the program fails. */
  readonly try?: string;
}

export interface CommandResult {
  /** 127 when there is no such program, as a shell has it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs programs: passed in wherever a test must be able to answer in their place. */
export type RunCommand = (program: string, args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** Runs a program to its end, whatever that is. Rejects only when `signal` ended it or it took too long. */
export const runCommand: RunCommand = async (program, args, options = {}) => {
  const { execa } = await import("execa");
  const { input, env, cwd, timeoutMs, signal } = options;
  const result = await execa(program, args, {
    reject: false,
    stripFinalNewline: false,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    ...(env === undefined ? {} : { env, extendEnv: false }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (result.isCanceled) signal?.throwIfAborted();
  if (result.timedOut) throw new CommandTimeout(program, args, timeoutMs ?? 0);
  if (result.code === "ENOENT") return { exitCode: 127, stdout: "", stderr: `${program}: command not found` };
  return {
    exitCode: result.exitCode ?? 128,
    stdout: result.stdout,
    stderr: result.stderr === "" && result.failed ? (result.shortMessage ?? "") : result.stderr,
  };
};

/** A program that took longer than its caller allows, and was ended for it. */
export class CommandTimeout extends Fault {
  constructor(program: string, args: readonly string[], timeoutMs: number) {
    super({ fact: `${program} did not end within ${timeoutMs} ms`, seen: [program, ...args].join(" ") });
  }
}

/** A program that stays: lines in, lines out. */
export interface CommandStream {
  /** One line on its stdin. Lost without a word when the program has ended: `ended` tells. */
  send(line: string): void;
  /** The polite request to end. */
  closeInput(): void;
  kill(): void;
  /** Resolves, never rejects, when it has ended and every line of it is read; stdout is empty, stderr its last words. */
  readonly ended: Promise<CommandResult>;
}

export type StartCommand = (
  program: string,
  args: readonly string[],
  options: { readonly onLine: (line: string) => void; readonly env?: NodeJS.ProcessEnv },
) => Promise<CommandStream>;

/** Starts a program that stays. A missing one ends at once with 127. */
export const startCommand: StartCommand = async (program, args, { onLine, env }) => {
  const { execa } = await import("execa");
  const child = execa(program, args, {
    reject: false,
    buffer: false,
    stdin: "pipe",
    ...(env === undefined ? {} : { env, extendEnv: false }),
  });
  child.stdin.on("error", () => undefined); // EPIPE: the end is told by `ended`
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr = (stderr + chunk).slice(-TAIL_CHARACTERS)));
  onLines(child.stdout, onLine);
  const ended = child.then(({ exitCode, code, shortMessage, failed }): CommandResult => {
    if (code === "ENOENT") return { exitCode: 127, stdout: "", stderr: `${program}: command not found` };
    return { exitCode: exitCode ?? 128, stdout: "", stderr: stderr === "" && failed ? (shortMessage ?? "") : stderr };
  });
  return {
    send: (line) => void child.stdin.write(`${line}\n`),
    closeInput: () => void child.stdin.end(),
    kill: () => void child.kill("SIGKILL"),
    ended,
  };
};

const TAIL_CHARACTERS = 4000;

/**
 * Runs a program that must succeed and yields its stdout.
 * @throws Fault with the program's own last words.
 */
export async function commandOutput(
  run: RunCommand,
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, options);
  if (exitCode === 0) return stdout;
  throw new Fault({
    fact: `${program} failed with exit code ${exitCode}`,
    expected: `success of: ${[program, ...args].join(" ")}`,
    seen: lastLines(stderr || stdout, 6),
    ...(options.try === undefined ? {} : { try: options.try }),
  });
}

function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split("\n").slice(-count).join("\n");
  return lines === "" ? "nothing was printed" : lines;
}
