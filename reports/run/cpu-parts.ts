/**
 * Who spent the CPU of a call, per road: every process that is known, and what remains of the node's busy time above its
 * idle floor, printed as the residual (METHOD §2.9). Sums over trials, never means of quotients.
 */
import type { CpuWindow, ProcessCpu } from "../../results/cpu-window.js";
import { isIdleFloorBelievable } from "../../results/idle-floor.js";
import { standingTrials } from "../../results/paired-trials.js";
import type { Run } from "../../results/run-shape.js";
import { completedCalls, cpuOf } from "../../results/trial-metrics.js";
import type { Scenario } from "../../scenarios/scenario.js";
import type { PassName } from "../../results/trial.js";
import type { TollTable } from "./toll-tables.js";

/** What belongs to a road first; the caller, which may spin while it waits, last. */
export const CPU_PARTS = ["server", "envoy", "agent", "other", "residual", "caller"] as const;
export type CpuPart = (typeof CPU_PARTS)[number];

export interface CpuRow {
  readonly scenario: Scenario;
  readonly calls: number;
  /** ns a completed call; the residual may be below zero where readings of node and processes disagree. */
  readonly parts: Readonly<Record<CpuPart, number>>;
}

/** One load on all its roads. */
export interface CpuSet {
  readonly pass: PassName;
  readonly title: string;
  readonly rows: readonly CpuRow[];
  /** False: other work ran while the idle node was read, so its idle time was not taken off and is part of the residual. */
  readonly withoutIdle: boolean;
}

/** One set per load whose trials know their CPU; CPU is not told apart by method. */
export function cpuSets(run: Run, tables: readonly TollTable[]): CpuSet[] {
  return tables
    .filter((table) => table.isHeadline)
    .map((table) => ({
      ...{ pass: table.pass, title: table.title, rows: cpuRows(run, table) },
      withoutIdle: isIdleFloorBelievable(run, table.pass),
    }))
    .filter(({ rows }) => rows.length > 0);
}

export function cpuRows(run: Run, { pass, rows }: TollTable): CpuRow[] {
  const idleBusyNsPerSecond = isIdleFloorBelievable(run, pass) ? (run.header.idleBusyNsPerSecond ?? 0) : 0;
  return rows.flatMap(({ scenario }) => {
    let calls = 0;
    const sums = { caller: 0, server: 0, envoy: 0, agent: 0, other: 0, residual: 0 };
    for (const { outcome } of standingTrials(run, pass, scenario.name)) {
      if (outcome.cpu === null) continue;
      calls += completedCalls(outcome.measurement);
      const parts = partsOf(outcome.cpu, idleBusyNsPerSecond);
      for (const part of CPU_PARTS) sums[part] += parts[part];
    }
    if (calls === 0) return [];
    const parts = Object.fromEntries(CPU_PARTS.map((part) => [part, sums[part] / calls])) as Record<CpuPart, number>;
    return [{ scenario, calls, parts }];
  });
}

function partsOf(cpu: CpuWindow, idleBusyNsPerSecond: number): Record<CpuPart, number> {
  const { userNs, systemNs, softirqNs, irqNs } = cpu.node;
  const busy = userNs + systemNs + softirqNs + irqNs - (idleBusyNsPerSecond * cpu.durationNs) / 1e9;
  const of = (role: ProcessCpu["role"]): number => cpuOf(cpu, role);
  const parts = {
    caller: of("generator"),
    server: of("server"),
    envoy: of("envoy"),
    agent: of("agent"),
    other: of("other"),
  };
  return { ...parts, residual: Object.values(parts).reduce((rest, part) => rest - part, busy) };
}
