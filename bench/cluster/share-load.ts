/**
 * Which generators drive a plan, and which share of it each takes: those of every caller in the mix, as many of them as
 * the plan has connections and calls in flight for.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { CallerName, LoadPlan } from "../../loadgen/load-plan.js";
import type { Share } from "../../loadgen/schedule.js";

/**
 * @param callers by generator: whom it speaks for
 * @returns by generator: its share; null: it takes no part
 * @throws Fault for a caller that has no generator, and for a closed loop that is several callers': each answer asks for
 * the next call, which may be another pod's
 */
export function shareLoad(callers: readonly CallerName[], plan: LoadPlan): (Share | null)[] {
  const wanted = [...new Set(plan.mix.map(({ caller }) => caller))];
  const missing = wanted.find((caller) => !callers.includes(caller));
  if (missing !== undefined) throw new Fault({ fact: `no generator speaks for the caller ${missing}` });
  if (plan.loop.kind === "closed" && wanted.length > 1) {
    throw new Fault({
      fact: `a closed loop is driven by one caller, this one names ${wanted.join(" and ")}`,
      exitCode: EXIT.usage,
    });
  }
  const most = mostGenerators(plan);
  const met = new Map<CallerName, number>();
  return callers.map((caller) => {
    if (!wanted.includes(caller)) return null;
    const worker = met.get(caller) ?? 0;
    met.set(caller, worker + 1);
    const workers = Math.min(most, callers.filter((one) => one === caller).length);
    return worker < workers ? { worker, workers, caller } : null;
  });
}

function mostGenerators({ loop, connections }: LoadPlan): number {
  if (loop.kind === "open") return connections;
  return loop.connectionPerCall ? loop.inFlight : Math.min(loop.inFlight, connections);
}
