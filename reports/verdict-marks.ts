/** A shape for each verdict of a comparison, so that no meaning hangs on colour. */
import type { ComparisonVerdict } from "../results/comparison-shape.js";

export const VERDICT_MARKS: Readonly<Record<ComparisonVerdict, string>> = {
  slower: "▲",
  faster: "▼",
  indistinguishable: "=",
  inconclusive: "?",
  invalid: "✗",
  added: "+",
  removed: "-",
};
