/**
 * Ctrl-C, told to the run as an AbortSignal: the trial in progress is dropped, what is done is kept, the roads are taken
 * down, and the exit code is 130. A second Ctrl-C does not wait for any of that.
 */
import { EXIT } from "../../loadgen/fault.js";

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Listens until disposed. */
export function interruption(process: NodeJS.Process): Interruption {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
