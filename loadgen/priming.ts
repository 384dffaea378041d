/**
 * The first call on a connection, before the warm-up (METHOD §2.4): it enters no number, and until it is answered nothing
 * else is sent. A proxy that does not know its upstream host yet would otherwise open a connection of its own for each of
 * many calls at once.
 */
import { Fault } from "./fault.js";
import type { Outside } from "./outside.js";
import type { Target } from "./transport.js";
import { ms, ns, seconds, type Nanoseconds } from "./units.js";

/** A peer that accepts connections and answers no call at all is no peer to measure. */
export const PRIME_WITHIN = seconds(5);

/**
 * Any answer will do: a status other than OK is what the window will count.
 * @param expire ends the call when its own deadline is over
 * @throws Fault when there is no answer within 5 s
 */
export async function awaitPriming(
  answer: Promise<unknown>,
  expire: (at: Nanoseconds) => void,
  { host, port }: Target,
  outside: Outside,
): Promise<void> {
  const giveUpAt = ns(outside.clock() + PRIME_WITHIN);
  let isAnswered = false;
  const answered = answer.then(() => (isAnswered = true));
  while (!isAnswered) {
    await Promise.race([answered, outside.wait(ms(10))]);
    expire(outside.clock());
    if (!isAnswered && outside.clock() >= giveUpAt) {
      throw new Fault({
        fact: `${host}:${port} accepts connections but answered no call within ${PRIME_WITHIN / 1e9} s`,
        so: "nothing can be measured there",
      });
    }
  }
}

/** What is wrong with a connection that was just opened and has no free stream. */
export function takesNoCall({ host, port }: Target): Fault {
  return new Fault({
    fact: `${host}:${port} accepts connections but no call on them`,
    expected: "at least one concurrent stream (SETTINGS_MAX_CONCURRENT_STREAMS)",
    seen: "none, or GOAWAY at once",
  });
}
