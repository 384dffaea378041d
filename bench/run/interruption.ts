/**
 * Ctrl-C, told to the run as an AbortSignal: the trial in progress is dropped, what is done is kept, the roads are taken
 * down, and the exit code is 130. A second Ctrl-C does not wait for any of that.
 */
import { EXIT } from "../../loadgen/fault.js";

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/** Why a signal was aborted. No Fault: nobody did anything wrong. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted by the user");
  }
}

/** Whether an error is the interruption itself, or a wait that it cut short. */
export function isInterruption(error: unknown): boolean {
  return error instanceof Interrupted || (error instanceof Error && error.cause instanceof Interrupted);
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Of a run that can be attached to: a terminal that is gone, with whoever sat at it, ends its command line only. */
const WITHOUT_HANGUP = ["SIGINT", "SIGTERM"] as const;

/** npm and timeout(1) pass a Ctrl-C on to who has had it from the terminal: what comes so soon is the first once more. */
const ECHO_MS = 500;

interface InterruptionOptions {
  readonly outlivesTerminal?: boolean;
  /** In milliseconds. */
  readonly clock?: () => number;
}

type Process = Pick<NodeJS.Process, "on" | "off" | "exit">;

/** Listens until disposed. */
export function interruption(
  process: Process,
  { outlivesTerminal = false, clock = () => performance.now() }: InterruptionOptions = {},
): Interruption {
  const signals = outlivesTerminal ? WITHOUT_HANGUP : SIGNALS;
  const controller = new AbortController();
  let first = Infinity;
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      first = clock();
      controller.abort(new Interrupted());
    } else if (clock() - first > ECHO_MS) process.exit(EXIT.interrupted);
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
