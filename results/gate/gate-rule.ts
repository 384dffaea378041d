/**
 * One rule of a gates file, understood: which figure of which road, held against what, and how far it may go.
 */
import type { Position } from "../../scenarios/yaml.js";
import type { Metric } from "../comparison-shape.js";
import type { PassName } from "../trial.js";

export interface GateFile {
  /** As it was named, for errors and annotations. */
  readonly file: string;
  /** All of them are one declared family: intervals at 1 − α/m. */
  readonly rules: readonly GateRule[];
}

export interface GateRule {
  /** As written, or made from the rest. */
  readonly name: string;
  readonly at: Position;
  readonly road: string;
  readonly pass: PassName;
  /** `all` for CPU. */
  readonly method: string;
  readonly metric: Metric;
  readonly held: HeldAgainst;
  readonly limit: Limit;
}

export type HeldAgainst =
  /** `against: baseline`: this run's figure against that of an earlier run; its toll, or the road's own level. */
  | { readonly kind: "regression"; readonly of: "toll" | "level" }
  /** `against: <road>`: the toll over another road of the same run. */
  | { readonly kind: "toll"; readonly over: string }
  /** `max`: the road's own figure, whatever any other is. */
  | { readonly kind: "fence" };

export type Limit =
  { readonly unit: "share"; readonly value: number } | { readonly unit: "ns"; readonly value: number };
