/** Whether the A/A controls of a run held, from its line in the index alone: as compare-run.ts judges them. */
import { HEADLINE_METHOD } from "../scenarios/standard-mix.js";
import { ALPHA, MINIMUM_MARGIN } from "./compare-run.js";
import { headlinePass } from "./comparison-cells.js";
import type { IndexEntry } from "./run-index.js";
import { judgeInterval } from "./statistics/equivalence.js";
import { hodgesLehmannPaired } from "./statistics/hodges-lehmann.js";

/** A twin came out slower or faster than itself in service p50 of ProcessPayment at 1 in flight. */
export function hasBrokenTwin({ twins, passes }: Pick<IndexEntry, "twins" | "passes">): boolean {
  const headlined = headlinePass({ passes });
  const headline = twins.filter(
    ({ pass, method, metric, differences }) =>
      pass === headlined && method === HEADLINE_METHOD && metric === "service_p50" && differences.length > 0,
  );
  return headline.some(({ differences }) => {
    const interval = hodgesLehmannPaired(differences, { confidence: 1 - ALPHA / headline.length });
    const word = judgeInterval(interval, Math.log1p(MINIMUM_MARGIN), interval.n);
    return word === "slower" || word === "faster";
  });
}
