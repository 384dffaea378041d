/**
 * A stand that nobody holds any more ends by itself: each pod looks how long it has been left alone, and after the grace
 * that it was given it ends well. A program that ends well is not started again, neither in a pod of its own
 * (restartPolicy OnFailure) nor in a Job's.
 */
import type { Server } from "node:net";

export interface Grace {
  readonly ms: number;
  /** Ends the program. */
  readonly end: () => void;
}

const LOOKS_PER_GRACE = 30;

/**
 * @param quietMs for how long nobody has spoken to it
 * @param before is waited for before the end
 */
export function whenUnheld(
  { ms, end }: Grace,
  quietMs: () => Promise<number>,
  before: () => Promise<void> = () => Promise.resolve(),
): { stop(): void } {
  const look = async (): Promise<void> => {
    if ((await quietMs()) < ms) return;
    clearInterval(looking);
    await before();
    end();
  };
  const looking = setInterval(() => void look(), ms / LOOKS_PER_GRACE);
  return { stop: () => clearInterval(looking) };
}

/** For how long a control port has had no connection. */
export function quietOf(control: Server, nowMs: () => number): () => Promise<number> {
  let heldAtMs = nowMs();
  return () =>
    new Promise((resolve) =>
      control.getConnections((_, connections) => {
        if (connections > 0) heldAtMs = nowMs();
        resolve(nowMs() - heldAtMs);
      }),
    );
}
