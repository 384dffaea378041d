/** The findings in sentences: what a call costs in CPU, and how far each road went. */
import type { RoadCapacity } from "../../results/capacity/road-capacity.js";
import { durationInterval, intervalParts } from "../quantities.js";
import type { Addition } from "./additions.js";
import { rate } from "./capacity-words.js";

export function capacityVerdict(roads: readonly RoadCapacity[], additions: readonly Addition[]): string[] {
  if (roads.length === 0) return ["This search holds no point yet."];
  return [...additions.flatMap(additionSentence), ...capacitySentence(roads), ...machineSentence(roads)];
}

function additionSentence({ candidate, baseline, perCallNs }: Addition): string[] {
  const isClear = perCallNs.low > 0 || perCallNs.high < 0;
  const start = `${candidate} over ${baseline}`;
  const { bounds, unit } = intervalParts(perCallNs);
  if (!isClear) return [`${start}: CPU a call not told apart, ${bounds} ${unit}.`];
  return [`${start}: ${durationInterval(perCallNs)} of CPU a call.`];
}

function capacitySentence(roads: readonly RoadCapacity[]): string[] {
  const known = roads.filter(({ capacity }) => capacity !== null);
  if (known.length === 0) return [];
  const parts = known.map(({ scenario, capacity, end }) => {
    const upTo = end === "not-reached" ? "at least" : "up to";
    return `${scenario.name} ${upTo} ${rate(capacity?.rate ?? 0)}`;
  });
  return [`Within the SLO: ${parts.join(", ")}.`];
}

function machineSentence(roads: readonly RoadCapacity[]): string[] {
  const ends = [
    ["machine-limited", "all cores left for them were full first"],
    ["generator-limited", "our own generator fell behind first"],
  ] as const;
  return ends.flatMap(([end, why]) => {
    const names = roads.filter((road) => road.end === end).map(({ scenario }) => scenario.name);
    return names.length === 0 ? [] : [`No capacity can be said of ${names.join(", ")}: ${why}.`];
  });
}
