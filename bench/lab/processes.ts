/**
 * The lab's processes: programs run to their end, and children that stay and are spoken to in JSON lines.
 *
 * Made with node:child_process, not with bench/shell.ts: the supervisor is a process of its own, and loading execa there
 * would add 150 ms and 15 MB to every lab. Children are started from the main thread only, because a parent-death signal
 * (setpriv --pdeathsig) belongs to the thread that forked, not to the process (prctl(2)).
 */
import { spawn } from "node:child_process";
import { Fault } from "../../loadgen/fault.js";
import { onLines } from "../stream-lines.js";
import { kernelLack } from "./kernel-lack.js";

export type Command = readonly [program: string, ...args: string[]];

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last words on stderr. */
  readonly stderr: string;
}

export interface LineProcess {
  readonly name: string;
  readonly pid: number;
  /** Null while it lives. */
  readonly end: ProcessEnd | null;
  /** Resolves, never rejects, when it has ended and its output is read. */
  readonly ended: Promise<ProcessEnd>;
  /** One JSON line on its stdin. A process that has just ended takes none: `ended` tells. */
  send(message: unknown): void;
  kill(signal?: NodeJS.Signals): void;
  /** Closes its stdin: the polite request to end, which all of our own programs heed. */
  closeInput(): void;
}

export interface ProcessSpec {
  readonly name: string;
  readonly command: Command;
  /** Called with each JSON line of its stdout. */
  readonly onMessage?: (message: unknown) => void;
  /** A session of its own: no signal of the terminal reaches it. */
  readonly ownSession?: boolean;
}

/** Starts a process that stays. @throws Fault when the program cannot be started. */
export async function startProcess(spec: ProcessSpec): Promise<LineProcess> {
  const [program, ...args] = spec.command;
  const child = spawn(program, args, { stdio: "pipe", detached: spec.ownSession ?? false });
  const stderr = keepTail(child.stderr);
  const onMessage = spec.onMessage;
  if (onMessage === undefined) child.stdout.resume();
  else onLines(child.stdout, (line) => onMessage(JSON.parse(line)));
  child.stdin.on("error", () => undefined); // EPIPE: the end is told by `ended`

  let end: ProcessEnd | null = null;
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once("close", (code, signal) => resolve((end = { code, signal, stderr: stderr() })));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(cannotStart(program, error)));
  });
  return {
    name: spec.name,
    pid: child.pid ?? 0,
    ended,
    get end() {
      return end;
    },
    send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    kill: (signal = "SIGKILL") => void child.kill(signal),
    closeInput: () => void child.stdin.end(),
  };
}

/**
 * Runs a program to its end and yields its stdout.
 * @throws Fault with the program's last words when it fails, and with what the kernel lacks where they tell that.
 */
export async function runProgram(command: Command, input = ""): Promise<string> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: "pipe" });
  const stderr = keepTail(child.stderr);
  const stdout: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stdin.on("error", () => undefined); // a program that reads no input has failed or does not care
  child.stdin.end(input);
  const end = await new Promise<ProcessEnd>((resolve, reject) => {
    child.once("error", (error) => reject(cannotStart(program, error)));
    child.once("close", (code, signal) => resolve({ code, signal, stderr: stderr() }));
  });
  if (end.code === 0) return Buffer.concat(stdout).toString();
  const failed = {
    fact: `${program} failed`,
    expected: `success of: ${command.join(" ")}`,
    try: "tollgate doctor --env lab",
  };
  throw new Fault({ ...(kernelLack({ program, input, stderr: end.stderr }) ?? failed), seen: howItEnded(end) });
}

/** `was killed by SIGKILL`, `ended with exit code 1: …` */
export function howItEnded(end: ProcessEnd): string {
  const manner = end.signal === null ? `ended with exit code ${end.code ?? "?"}` : `was killed by ${end.signal}`;
  return end.stderr === "" ? manner : `${manner}: ${end.stderr}`;
}

const TAIL_CHARACTERS = 2000;

/** Keeps the last words of a stream; what it returns yields them. */
function keepTail(stream: NodeJS.ReadableStream): () => string {
  let tail = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => (tail = (tail + chunk).slice(-TAIL_CHARACTERS)));
  return () => tail.trimEnd();
}

function cannotStart(program: string, error: Error): Fault {
  return new Fault({ fact: `${program} cannot be started`, seen: error.message, try: "tollgate doctor --env lab" });
}
