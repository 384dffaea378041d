/** What a gates file says of a run: pure data; judge-gates.ts makes it, reports/gate/ tells it. */
import type { Interval } from "../comparison-shape.js";
import type { RunEnd } from "../run-shape.js";
import type { GateRule } from "./gate-rule.js";

/** Broken: shown to be beyond the limit. Passed: shown to be within it. Invalid: no trial that could show anything. */
export type GateOutcome = "passed" | "broken" | "inconclusive" | "invalid";

export interface GateReport {
  readonly file: string;
  readonly run: GatedRun;
  /** Null: no rule needs one. */
  readonly baseline: { readonly id: string; readonly chosenBy: string } | { readonly missing: string } | null;
  readonly rules: readonly RuleVerdict[];
  /** The worst of the rules: broken, then invalid, then inconclusive. */
  readonly outcome: GateOutcome;
  /** Of each interval: 1 − α/m. */
  readonly confidence: number;
  readonly warnings: readonly string[];
}

export interface GatedRun {
  readonly id: string;
  readonly state: RunEnd["state"] | "unfinished";
  readonly usableTrials: number;
  readonly trials: number;
}

export interface RuleVerdict {
  readonly rule: GateRule;
  readonly outcome: GateOutcome;
  /** One sentence with the figures and the limit, for where it stands alone. */
  readonly reason: string;
  /** The two parts of it, for where the limit stands beside: the figures (null: there are none), and what they mean. */
  readonly figures: string | null;
  readonly why: string;
  /** The regression, or the toll, as a factor; null where the rule or the figure has none. */
  readonly ratio: Interval | null;
  /** The change of the toll or level, the toll, or the level itself, ns. */
  readonly absoluteNs: Interval | null;
  /** The road's own figure now and in the baseline run, ns, and the calls behind them. */
  readonly nowNs: number | null;
  readonly thenNs: number | null;
  readonly calls: { readonly now: number; readonly then: number | null };
  readonly blocks: { readonly now: number; readonly then: number | null };
  readonly suspect: { readonly now: number; readonly then: number | null };
  readonly confidenceReached: number | null;
  /** Two-sided exact p of lying at the limit itself, and adjusted by Holm over the file. The interval decides. */
  readonly p: number | null;
  readonly adjustedP: number | null;
}
