/**
 * What one look at the counters found, and how sure it is. A proof is a list of findings; its level is that of the
 * least sure one.
 */
import type { PathProof } from "./trial.js";
import { countText } from "./verdict-words.js";

export type Finding =
  /** Held against the promise and kept it. */
  | { readonly kind: "evidence"; readonly level: Exactness; readonly text: string }
  | { readonly kind: "contradiction"; readonly text: string }
  /** Odd, but no contradiction. */
  | { readonly kind: "doubt"; readonly text: string };

export type Exactness = "exact" | "lower-bound" | "behavioural";

/** What the client sent between the two readings: priming, warm-up, window and drain together. */
export interface SentCalls {
  /** Calls that must have reached the server, by method. */
  readonly perMethod: ReadonlyMap<string, number>;
  readonly total: number;
  readonly allowed: number;
  /** Calls that the policy was to refuse: they reach the proxy, not the server. */
  readonly refused: number;
  /** Sent and never ended: a counter may or may not have seen them. */
  readonly unanswered: number;
  readonly connections: number;
  /** Every connection was secured, by a certificate of whoever the client was told to trust. */
  readonly isSecured: boolean;
}

/** A yes-or-no question whose sentence states the figures either way. */
export function held(holds: boolean, text: string, level: Exactness = "exact"): Finding {
  return holds ? { kind: "evidence", level, text } : { kind: "contradiction", text };
}

export function doubted(text: string): Finding {
  return { kind: "doubt", text };
}

/** A question that is only worth a doubt. */
export function heldOrDoubted(holds: boolean, text: string): Finding {
  return holds ? { kind: "evidence", level: "exact", text } : doubted(text);
}

/**
 * A counter that must have moved by exactly `expected`, or by at least that where others move it too. Calls that never
 * ended leave it open whether they were counted.
 */
export function counted(what: string, moved: number, expected: number, unanswered: number, shared: boolean): Finding {
  const text = `${what} ${countText(moved)}, the client's books say ${countText(expected)}`;
  const short = expected - moved;
  if (shared) return held(short <= unanswered, `${text} (shared with other traffic)`, "lower-bound");
  if (short > 0 && short <= unanswered) return doubted(`${text}: ${countText(unanswered)} calls never ended`);
  return held(short === 0, text);
}

export function proofOf(findings: readonly Finding[]): PathProof {
  const texts = (kind: Finding["kind"]): string[] =>
    findings.filter((finding) => finding.kind === kind).map((finding) => finding.text);
  const contradictions = texts("contradiction");
  return {
    level: contradictions.length > 0 ? "contradicted" : leastSure(findings),
    evidence: texts("evidence"),
    contradictions,
    doubts: texts("doubt"),
  };
}

const FROM_SURE: readonly Exactness[] = ["exact", "lower-bound", "behavioural"];

function leastSure(findings: readonly Finding[]): Exactness {
  const levels = findings.flatMap((finding) => (finding.kind === "evidence" ? [FROM_SURE.indexOf(finding.level)] : []));
  return FROM_SURE[Math.max(0, ...levels)] ?? "exact";
}
