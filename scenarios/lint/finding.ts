/**
 * One thing a linter has to say about a policy: where, how bad, what, and the remedy. Text for people, ids for machines.
 */
import type { Position } from "../yaml.js";

/** error: the policy does not do what it says; warning: it may do more or less; info: worth knowing. */
export type Severity = "error" | "warning" | "info";

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: Severity;
  /** Short id of the rule: `grpc-parser`. */
  readonly rule: string;
  /** The fact, in one line. */
  readonly message: string;
  /** What follows from it, one sentence each; often empty. */
  readonly because: readonly string[];
  readonly remedy: string;
}

/** A finding before it is known in which file it stands. */
export interface Remark {
  readonly at: Position;
  readonly severity: Severity;
  readonly rule: string;
  readonly message: string;
  readonly because?: readonly string[];
  readonly remedy: string;
}

export function findingIn(file: string, { at, because = [], ...rest }: Remark): Finding {
  const { severity, rule, message, remedy } = rest;
  return { file, line: at.line, column: at.column, severity, rule, message, because, remedy };
}

/** In reading order; at one place the worst first. */
export function inReadingOrder(findings: readonly Finding[]): Finding[] {
  const weight: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };
  return findings.toSorted(
    (a, b) =>
      a.line - b.line || weight[a.severity] - weight[b.severity] || a.column - b.column || a.rule.localeCompare(b.rule),
  );
}
