/**
 * gates.jsonl: one line for each time a run was judged by a gates file, only appended to. `last-stable` asks it which
 * runs a gate broke on; the newest line of a run counts.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Disk } from "../disk.js";
import { sameShape } from "../same-shape.js";
import type { GateOutcome, GateReport } from "./gate-report.js";

interface GateLine {
  readonly schema: 1;
  readonly at: string;
  readonly run: string;
  readonly baseline: string | null;
  readonly gates: string;
  readonly outcome: GateOutcome;
}

const gateLine = sameShape<GateLine>()(
  "GateLine",
  z.object({
    schema: z.literal(1),
    at: z.iso.datetime(),
    run: z.string(),
    baseline: z.string().nullable(),
    gates: z.string(),
    outcome: z.enum(["passed", "broken", "inconclusive", "invalid"]),
  }),
);

const logPath = (dir: string): string => join(dir, "gates.jsonl");

/** Rejects when the results folder cannot be written. @param at ISO 8601 */
export async function logGate(
  dir: string,
  { run, baseline, file, outcome }: GateReport,
  at: string,
  disk: Disk,
): Promise<void> {
  const against = baseline !== null && "id" in baseline ? baseline.id : null;
  const line: GateLine = { schema: 1, at, run: run.id, baseline: against, gates: file, outcome };
  await disk.appendLine(logPath(dir), JSON.stringify(line));
}

/** How the last gates file on each run ended; lines that cannot be read are stepped over. */
export async function readGateLog(dir: string): Promise<ReadonlyMap<string, GateOutcome>> {
  const text = await readFile(logPath(dir), "utf8").catch(() => "");
  const outcomes = new Map<string, GateOutcome>();
  for (const line of text.split("\n")) {
    try {
      const { run, outcome } = gateLine.parse(JSON.parse(line));
      outcomes.set(run, outcome);
    } catch {
      continue;
    }
  }
  return outcomes;
}
