/** The shape of a gates file before its words are understood, and the mistakes that may be in it. */
import { z } from "zod";
import { nearestWord } from "../../loadgen/nearest-word.js";
import type { Position } from "../../scenarios/yaml.js";

const limit = z.union([z.string(), z.number()]).transform(String);

export const ruleSchema = z.strictObject({
  name: z.string().min(1).optional(),
  road: z.string(),
  metric: z.string(),
  against: z.string().optional(),
  max_regression: limit.optional(),
  max_toll: limit.optional(),
  max: limit.optional(),
  load: z.enum(["interleaved", "closed", "open", "reconnect"]).optional(),
  method: z.string().optional(),
  compare: z.enum(["toll", "level"]).optional(),
});
export const gateFileSchema = z.strictObject({ gates: z.array(ruleSchema).min(1) });

/** A rule of the right shape, its words not yet understood. */
export type WrittenRule = z.output<typeof ruleSchema>;

/** A mistake, where it stands, and what would do. */
export interface Mistake {
  readonly at: Position;
  readonly fact: string;
  readonly advice: string | null;
}

/** The nearest word, or all of them. */
export function adviceOf(word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known);
  return nearest === null ? `one of ${known.join(", ")}` : `did you mean "${nearest}"?`;
}
