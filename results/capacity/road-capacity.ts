/**
 * What a capacity search found out about one road: how its search ended, the largest rate at the SLO where there is one,
 * the knee, and the CPU lines. Made from the kept trials alone, with the SLO they were searched for or another one.
 */
import type { Run } from "../run-shape.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { bracketOf, type Bracket } from "./bracket.js";
import { cpuLine, LINE_SUBJECTS, type CpuLine, type LineSubject } from "./cpu-line.js";
import { kneeOf, type Knee } from "./knee.js";
import { judgePoint, type Asked, type CapacityPoint } from "./point.js";
import { isOfTheRoad, type Limit } from "./point-limit.js";

/** not-reached: the highest rate that was tried was held. unproven: no rate could be judged. */
export type RoadEnd = Limit | "not-reached" | "unproven";

export interface RoadCapacity {
  readonly scenario: Scenario;
  /** In the order in which they were measured. */
  readonly points: readonly CapacityPoint[];
  readonly bracket: Bracket;
  readonly end: RoadEnd;
  /** Why the smallest missed rate was missed, for people. */
  readonly because: readonly string[];
  /** Calls per second; null where the end says nothing about the road, or no rate was held. */
  readonly capacity: Capacity | null;
  readonly knee: Knee | null;
  readonly lines: Readonly<Record<LineSubject, CpuLine | null>>;
}

export interface Capacity {
  readonly rate: number;
  /** Smallest rate that was missed: the capacity lies below it. Null: it lies anywhere above `rate`. */
  readonly below: number | null;
  readonly met: number;
  readonly trials: number;
  /** Fresh trials at this rate met the SLO: not only the one that the search was lucky with. */
  readonly isConfirmed: boolean;
}

/** Of the trials at a rate so many must have met the SLO: the one of the search, and two fresh ones. */
export const CONFIRMED_BY = 3;

/** Trials of a capacity search; none where the run is something else. */
export function roadCapacities({ header, trials }: Pick<Run, "header" | "trials">, asked: Asked): RoadCapacity[] {
  return header.scenarios.flatMap((scenario) => {
    const own = trials.filter((trial) => trial.pass === "capacity" && trial.scenario === scenario.name);
    if (own.length === 0) return [];
    return [
      roadCapacity(
        scenario,
        own.map((trial) => judgePoint(trial, asked)),
      ),
    ];
  });
}

/** How the search of a road stands after these points: by what its smallest missed rate was missed. */
export function roadEnd(points: readonly CapacityPoint[], bracket = bracketOf(points)): RoadEnd {
  return missedBy(points, bracket)?.limit ?? (bracket.low === null ? "unproven" : "not-reached");
}

/** The latest of the trials that missed it. */
function missedBy(points: readonly CapacityPoint[], { high }: Bracket): CapacityPoint | undefined {
  return points.findLast(({ rate, outcome }) => rate === high?.rate && outcome === "missed");
}

function roadCapacity(scenario: Scenario, points: readonly CapacityPoint[]): RoadCapacity {
  const bracket = bracketOf(points);
  const end = roadEnd(points, bracket);
  return {
    scenario,
    points,
    bracket,
    end,
    because: missedBy(points, bracket)?.because ?? lastReason(points, end),
    capacity: capacityOf(bracket, end),
    knee: kneeOf(points),
    lines: Object.fromEntries(LINE_SUBJECTS.map((subject) => [subject, cpuLine(points, subject)])) as Readonly<
      Record<LineSubject, CpuLine | null>
    >,
  };
}

/** Whether a rate at the SLO may be said when the search ended so. */
export function tellsCapacity(end: RoadEnd): boolean {
  return end === "not-reached" || (end !== "unproven" && isOfTheRoad(end));
}

function capacityOf({ low, high }: Bracket, end: RoadEnd): Capacity | null {
  if (low === null || !tellsCapacity(end)) return null;
  return {
    rate: low.rate,
    below: high?.rate ?? null,
    met: low.met,
    trials: low.met + low.missed,
    isConfirmed: low.met >= CONFIRMED_BY,
  };
}

function lastReason(points: readonly CapacityPoint[], end: RoadEnd): readonly string[] {
  return end === "unproven" ? (points.at(-1)?.because ?? []) : [];
}
