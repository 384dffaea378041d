/**
 * The outside world of a verb: where its words go and what it was told by the environment. Results go to stdout,
 * progress and doubts to stderr, so that `tollgate … --json | jq` always works.
 */
import type { Writable } from "node:stream";
import { EXIT, Fault, renderFault, type ExitCode } from "../loadgen/fault.js";
import { isInterruption } from "./run/interruption.js";

export interface Io {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: NodeJS.ProcessEnv;
  /** Colour on stdout: a terminal, and NO_COLOR not set. */
  readonly colour: boolean;
  /** stderr is a terminal: a live line may be drawn over itself. */
  readonly live: boolean;
}

export type Action = () => Promise<ExitCode>;

export function processIo(): Io {
  const { stdout, stderr, env } = process;
  const plain = env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "";
  for (const stream of [stdout, stderr]) stream.on("error", exceptOfClosedPipe);
  return { stdout, stderr, env, colour: stdout.isTTY && !plain, live: stderr.isTTY && env["TERM"] !== "dumb" };
}

/** Whoever reads no more, as `head` after its lines, breaks nothing: what is measured is measured to its end. */
function exceptOfClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/**
 * Runs a verb and turns its end into an exit code: a Fault is told in its four parts, anything else is a bug and shows
 * its stack. A verb that was interrupted before it had anything to show has nothing to explain.
 */
export async function guard(io: Io, action: Action): Promise<void> {
  try {
    process.exitCode = await action();
  } catch (error) {
    process.exitCode = report(io, error);
  }
}

function report(io: Io, error: unknown): ExitCode {
  if (error instanceof Fault) {
    io.stderr.write(`${renderFault(error)}\n`);
    return error.exitCode;
  }
  if (isInterruption(error)) {
    io.stderr.write("tollgate: interrupted before anything was measured\n");
    return EXIT.interrupted;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(`tollgate: a bug in tollgate itself, please report it with the lines below\n${text}\n`);
  return EXIT.fault;
}
