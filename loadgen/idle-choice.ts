/**
 * How the workers wait for their next call when nobody said how: decided once for all of them, by the CPUs they have.
 *
 * Measured on 2 cores (AMD EPYC VM, Node 20, lean server on the other core; p50 in µs, third trial of a process; the
 * machine was busy with other things too, so compare columns, not decimals):
 *
 *   Poisson, 4 connections      sleep                hybrid               spin
 *                           late  service        late  service        late  service
 *        100/s               660    300           96     303           79     282
 *      1,000/s               625    136            6      94            6     104
 *      5,000/s               710    118            3      58            3      63
 *     20,000/s               770    147            5      58            3      41
 *   closed, 1 in flight             67 (p99 115)                        34 (p99 76)
 *   CPU of work per call there      62                                  26
 *   1,000/s, one CPU shared
 *   with the server          635    157            5      49            6      64
 *
 * A hybrid worker turned for each look at its deadlines when this was measured, and so never slept. Since it does, one
 * worker at 100/s takes 0.85 s of CPU in 4 s where a spinning one takes 4 s, and leaves as punctually at p50 (16 µs
 * against 24) if not at p99 (2 ms against 0.3); and two of them on two cores leave the road its time: calls through an
 * Envoy on a cluster's node at 110/s came back after 2 ms where they had taken 0.2 to 2 s.
 *
 * So turning beats sleeping wherever latency counts, for service as well: being woken costs an answer 30 µs and more.
 * On a CPU that is shared with the road it still does, because the kernel lets who was just woken run before who spins;
 * but a closed loop that spins there takes a tenth of the throughput away.
 *
 * Tried and left out: a second thread that sleeps with Atomics.wait (timer slack 1 ns) and wakes the loop 150 µs before
 * a call is due. At 1,000/s it costs 20 % of a core instead of 55 %, is as punctual at p50, but 2-4 ms late at p99
 * where timers and turns are 0.2-1.3 ms late; and answers that come while the loop sleeps pay for its waking.
 */
import type { LoadPlan } from "./load-plan.js";
import type { Idle } from "./pacer.js";

export interface WorkerCores {
  /** The CPUs each worker may run on. */
  readonly allowed: readonly (readonly number[])[];
  /** CPUs of the machine. */
  readonly online: number;
}

/**
 * `auto` spins if every worker can have a core of its own and the road still has one: workers that were pinned were given
 * their cores; else one must be left over. Where cores are short, an open loop turns only when something is due or on its
 * way, and a closed loop, which is never late, sleeps.
 */
export function chooseIdle({ idle, loop }: Pick<LoadPlan, "idle" | "loop">, { allowed, online }: WorkerCores): Idle {
  if (idle !== "auto") return idle;
  const cores = new Set(allowed.flat()).size;
  const arePinned = cores < online;
  if (cores >= (arePinned ? allowed.length : allowed.length + 1)) return "spin";
  return loop.kind === "open" ? "hybrid" : "sleep";
}
