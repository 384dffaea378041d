/**
 * Waits for a process, but not for ever: one that is stopped heeds neither the end of its input nor a polite signal.
 */
export interface Killable {
  kill(signal: "SIGKILL"): unknown;
}

/** What `work` yields; a process that keeps it waiting for longer is killed. */
export async function orKilled<T>(process: Killable, limitMs: number, work: Promise<T>): Promise<T> {
  const force = setTimeout(() => process.kill("SIGKILL"), limitMs);
  try {
    return await work;
  } finally {
    clearTimeout(force);
  }
}
