/**
 * What a reader must know before any number of a comparison of two runs: sentences for the top of its report.
 */
import type { Floor } from "../comparison-shape.js";
import { brokenTwinSentence } from "../comparison-warnings.js";
import type { AcrossCell, ComparedRun } from "./across-shape.js";

export function acrossWarnings(
  before: ComparedRun,
  after: ComparedRun,
  cells: readonly AcrossCell[],
  floors?: { readonly before: readonly Floor[]; readonly after: readonly Floor[] },
): string[] {
  const runs = [before, after];
  return [
    ...(before.header.createdAt > after.header.createdAt
      ? [`${before.header.id} is the newer of the two: "before" and "after" stand as they were asked for`]
      : []),
    ...runs.flatMap(stateWarning),
    ...runs.flatMap(emptyWarning),
    ...nothingCompared(cells),
    ...runs.flatMap(twinWarnings),
    ...((floors?.before.length ?? 0) + (floors?.after.length ?? 0) > 0
      ? []
      : [
          "fewer than three earlier runs of either set-up: no A/A floor yet, margins rest on the asked minimum effect and 0.2 % alone",
        ]),
  ];
}

function stateWarning({ header, state }: ComparedRun): string[] {
  if (state === "complete") return [];
  if (state === "unfinished") return [`${header.id} has no end yet: it is being measured, or was cut short`];
  return [`${header.id} is ${state}: only the blocks that it finished are compared`];
}

/** Why a run has no toll at all, in its own words. */
function emptyWarning({ header, usableTrials, trials }: ComparedRun): string[] {
  const { id, scenarios, design } = header;
  const [only, second] = scenarios;
  if (only !== undefined && second === undefined)
    return [`${id} measured one road only, ${only.name}: a toll needs two`];
  if (usableTrials === 0) {
    const seen = trials === 0 ? "has no trial" : `has no valid trial among its ${trials}`;
    return [`${id} ${seen}: it says nothing of any toll (tollgate report ${id} tells why)`];
  }
  if (design.blocks === 1) return [`${id} has one block: a toll of it has no interval, and nothing can be concluded`];
  return [];
}

function nothingCompared(cells: readonly AcrossCell[]): string[] {
  if (cells.length === 0) return ["the two runs hold no toll that could be compared"];
  if (cells.some(({ shift }) => shift !== null)) return [];
  const reasons = [...new Set(cells.flatMap(({ notes }) => notes.slice(0, 1)))];
  const shown = reasons.slice(0, 3).join("; ");
  return [`nothing could be compared: ${shown}${reasons.length > 3 ? `; and ${reasons.length - 3} more reasons` : ""}`];
}

function twinWarnings({ header, brokenTwins }: ComparedRun): string[] {
  return brokenTwins.map((twin) => `${header.id}: ${brokenTwinSentence(twin)}`);
}
