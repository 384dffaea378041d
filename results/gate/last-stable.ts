/**
 * Which earlier run a gate holds a run against when it is told `last-stable`: the newest run that
 *
 *   - was begun before the run that is judged, in the same environment, and was measured to its end;
 *   - has the same design: every pass of the judged run with all of its roads under the same load (rate within 1 %, mix,
 *     connections, streams), and the same placement of processes. Blocks, seed and lengths may differ;
 *   - is mostly valid: SUSPECT, void and failed trials together are at most a third;
 *   - has A/A controls that hold: no twin came out slower or faster in service p50 of ProcessPayment at 1 in flight. A
 *     run without twins is taken;
 *   - did not fail a gate: the newest line of it in gates.jsonl, if any, is neither broken nor invalid.
 *
 * The previous run is not good enough: were it the one that regressed, the regression would be the new normal.
 */
import { loadDifference, placementDifference } from "../across/same-load.js";
import { hasBrokenTwin } from "../broken-twin.js";
import type { IndexEntry } from "../run-index.js";
import type { RunHeader } from "../run-shape.js";
import { THRESHOLDS } from "../verdict-thresholds.js";
import type { GateOutcome } from "./gate-report.js";

export type LastStable = { readonly id: string } | { readonly missing: string };

/**
 * @param entries of the index, oldest first
 * @param outcomes of gates, by run
 */
export function lastStable(
  judged: RunHeader,
  entries: readonly IndexEntry[],
  outcomes: ReadonlyMap<string, GateOutcome>,
): LastStable {
  const earlier = entries.filter(
    ({ id, createdAt, environment }) =>
      id !== judged.id && createdAt < judged.createdAt && environment === judged.environment,
  );
  const passedOver: string[] = [];
  for (const entry of earlier.toReversed()) {
    const why = whyNotStable(entry, judged, outcomes.get(entry.id) ?? null);
    if (why === null) return { id: entry.id };
    passedOver.push(`${entry.id} ${why}`);
  }
  return { missing: `there is no last stable run: ${reasonsText(passedOver, judged.environment)}` };
}

function reasonsText(passedOver: readonly string[], environment: string): string {
  if (passedOver.length === 0) return `no earlier run of the ${environment} is kept here`;
  const rest = passedOver.length > SHOWN ? `; and ${passedOver.length - SHOWN} more` : "";
  return `${passedOver.slice(0, SHOWN).join("; ")}${rest}`;
}

const SHOWN = 3;

function whyNotStable(entry: IndexEntry, judged: RunHeader, outcome: GateOutcome | null): string | null {
  if (entry.state !== "complete") return `is ${entry.state}`;
  return (
    otherDesign(entry, judged) ??
    tooDoubtful(entry) ??
    (hasBrokenTwin(entry) ? "has an A/A control that failed" : null) ??
    (outcome === "broken" || outcome === "invalid" ? `failed a gate (${outcome})` : null)
  );
}

function otherDesign(entry: IndexEntry, { design, placement }: RunHeader): string | null {
  for (const pass of design.passes) {
    const other = entry.passes.find(({ name }) => name === pass.name);
    if (other === undefined) return `has no pass ${pass.name}`;
    const road = pass.scenarios.find((name) => !other.scenarios.includes(name));
    if (road !== undefined) return `did not measure ${road}`;
    const difference = loadDifference(other, pass);
    if (difference !== null) return `is ${difference}`;
  }
  const moved = placementDifference(entry.placement, placement);
  return moved === null ? null : `is ${moved}`;
}

function tooDoubtful({ trials: { valid, suspect, invalid, failed } }: IndexEntry): string | null {
  const [doubtful, all] = [suspect + invalid + failed, valid + suspect + invalid + failed];
  if (all > 0 && doubtful <= all * THRESHOLDS.suspectShareOfCell) return null;
  return `has ${valid} valid trials of ${all}`;
}
