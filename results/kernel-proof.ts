/**
 * The kernel's part of a path proof, on the experimental road l7-kernel: its program judged every call, by the rule of
 * its method. A packet that it could not judge, or that came out of order, went some other way: that voids the trial.
 */
import type { PathPromise } from "../scenarios/scenario.js";
import { counted, held, heldOrDoubted, type Finding, type SentCalls } from "./path-findings.js";
import type { PathMoves } from "./path-moves.js";
import { countText } from "./verdict-words.js";

export function proveKernel(promise: PathPromise, { kernel }: PathMoves, sent: SentCalls): Finding[] {
  if (promise.countedByRule !== true) return [];
  if (kernel === null) {
    return [
      { kind: "contradiction", text: "the program in the kernel was promised to count every call, and was not read" },
    ];
  }
  const methods = new Set([...sent.perMethod.keys(), ...kernel.hits.keys()]);
  const hits = [...methods]
    .map((method) => ({ method, moved: kernel.hits.get(method) ?? 0, expected: sent.perMethod.get(method) ?? 0 }))
    .filter(({ moved, expected }) => moved !== 0 || expected !== 0)
    .map(({ method, moved, expected }) =>
      counted(`${method}: the program in the kernel let through`, moved, expected, sent.unanswered, false),
    );
  const none = (count: number, what: string): Finding =>
    held(count === 0, `the program in the kernel ${what.replace("#", countText(count))}`);
  return [
    ...hits,
    none(kernel.denied, "refused # calls, none are promised"),
    none(kernel.unjudged, "could not judge # packets"),
    none(kernel.outOfOrder, "saw # packets out of order"),
    heldOrDoubted(
      kernel.retransmitted === 0,
      `the program in the kernel took ${countText(kernel.retransmitted)} packets for repetitions`,
    ),
  ];
}
