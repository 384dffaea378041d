/** The report for machines: rates in calls per second, times in ns, shares from 0 to 1; absent figures are null. */
import type { RoadPlan } from "../../results/capacity/plan.js";
import type { CapacityPoint } from "../../results/capacity/point.js";
import type { RoadCapacity } from "../../results/capacity/road-capacity.js";
import type { CapacityReport } from "./capacity-model.js";

export function capacityJson(report: CapacityReport, dir: string): Record<string, unknown> {
  const { header, plan } = report;
  return {
    schema: 1,
    kind: "capacity",
    run: { id: header.id, dir, state: report.state, tags: header.tags },
    environment: header.environment,
    title: report.title,
    verdict: report.verdict,
    slo: { ...report.asked.slo, failureBudget: report.asked.failureBudget, isOfTheSearch: !report.isOtherSlo },
    roads: report.roads.map(roadJson),
    additions: report.additions,
    plan: plan === null ? null : { wishes: plan.wishes, roads: plan.roads.map(planJson) },
    warnings: report.warnings,
    limits: report.limits,
    fingerprint: header.fingerprint,
  };
}

function roadJson({ scenario, end, because, capacity, bracket, knee, lines, points }: RoadCapacity) {
  return {
    name: scenario.name,
    end,
    because,
    capacity,
    heldRate: bracket.low?.rate ?? null,
    missedRate: bracket.high?.rate ?? null,
    knee,
    cpu: lines,
    points: points.map(pointJson),
  };
}

function pointJson({ trial, rate, outcome, limit, because, verdict, measured }: CapacityPoint) {
  return { trial, rate, outcome, limit, because, verdict, ...(measured ?? {}) };
}

function planJson({ road, demand, refusal, notes, headroom, fanOut }: RoadPlan) {
  return { name: road.scenario.name, demand, refusal, notes, headroom, fanOut };
}
