/**
 * index.jsonl: one line per ended run, only appended to, with every toll of the run in a few numbers. What spans many
 * runs (history, change points, the A/A floor) reads this one file and no run.
 *
 * Easy to get wrong: a run that is resumed or tagged gets a further line; the newest line of an id counts.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { kindOf, withoutExperimental } from "./comparison-cells.js";
import { compareRun } from "./compare-run.js";
import type { Comparison, Interval, Metric, RunComparison, TrialTally, TwinRecord } from "./comparison-shape.js";
import type { Disk } from "./disk.js";
import { count } from "./load-record.js";
import { logRatios, pairsOf } from "./paired-trials.js";
import { passDesign, placement } from "./run-record.js";
import type { PassDesign, Placement, Run, RunEnd, RunHeader } from "./run-shape.js";
import { sameShape } from "./same-shape.js";
import { passName } from "./trial-record.js";
import type { PassName } from "./trial.js";

export interface IndexEntry {
  readonly schema: 1;
  readonly id: string;
  readonly createdAt: string;
  readonly state: RunEnd["state"];
  readonly tollgate: string;
  readonly environment: RunHeader["environment"];
  readonly tags: readonly string[];
  readonly fingerprint: RunHeader["fingerprint"];
  readonly placement: Placement;
  readonly passes: readonly PassDesign[];
  readonly trials: TrialTally;
  readonly tolls: readonly IndexedToll[];
  readonly twins: readonly TwinRecord[];
}

/** One comparison, without what depends on margins and words. */
export interface IndexedToll {
  readonly candidate: string;
  readonly baseline: string;
  readonly pass: PassName;
  readonly method: string;
  readonly metric: Metric;
  /** ln(candidate / baseline). */
  readonly theta: Interval;
  readonly absoluteNs: Interval | null;
  readonly confidence: number;
  readonly n: number;
  readonly suspect: number;
  readonly candidateNs: number | null;
  readonly baselineNs: number | null;
}

const METRICS = [
  ...(["service_p50", "service_p90", "service_p99", "service_p999"] as const),
  ...(["response_p50", "response_p90", "response_p99", "response_p999"] as const),
  ...(["call_p50", "call_p90", "call_p99", "cpu_per_call", "envoy_cpu_per_call"] as const),
] satisfies readonly Metric[];

const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number() });
const cell = { pass: passName, method: z.string(), metric: z.enum(METRICS) };

const indexEntry = sameShape<IndexEntry>()(
  "IndexEntry",
  z.object({
    schema: z.literal(1),
    id: z.string(),
    createdAt: z.string(),
    state: z.enum(["complete", "interrupted", "failed"]),
    tollgate: z.string(),
    environment: z.enum(["lab", "cluster", "scripted"]),
    tags: z.array(z.string()),
    fingerprint: z.record(z.string(), z.string()),
    placement,
    passes: z.array(passDesign),
    trials: z.object({ valid: count, suspect: count, invalid: count, failed: count }),
    tolls: z.array(
      z.object({
        candidate: z.string(),
        baseline: z.string(),
        ...cell,
        theta: interval,
        absoluteNs: interval.nullable(),
        confidence: z.number(),
        n: count,
        suspect: count,
        candidateNs: z.number().nullable(),
        baselineNs: z.number().nullable(),
      }),
    ),
    twins: z.array(
      z.object({ kind: z.enum(["without proxy", "behind the proxy"]), ...cell, differences: z.array(z.number()) }),
    ),
  }),
);

const indexPath = (dir: string): string => join(dir, "index.jsonl");

/** Adds an ended run's line. A run without an end has none. */
export async function indexRun(dir: string, run: Run, disk: Disk): Promise<void> {
  if (run.end === null) return;
  await disk.appendLine(indexPath(dir), JSON.stringify(entryOf(run, run.end)));
}

/** All ended runs, oldest first; lines that cannot be read are left out and said. */
export async function readIndex(
  dir: string,
): Promise<{ readonly entries: readonly IndexEntry[]; readonly warnings: readonly string[] }> {
  const text = await readFile(indexPath(dir), "utf8").catch(() => "");
  const newest = new Map<string, IndexEntry>();
  const warnings: string[] = [];
  text.split("\n").forEach((line, i) => {
    if (line === "") return;
    try {
      const entry = indexEntry.parse(JSON.parse(line));
      newest.set(entry.id, entry);
    } catch {
      warnings.push(`line ${i + 1} of index.jsonl cannot be read: the run it is about is left out`);
    }
  });
  const entries = [...newest.values()].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  return { entries, warnings };
}

function entryOf(run: Run, end: RunEnd): IndexEntry {
  const { header } = run;
  const compared = compareRun(run);
  return {
    schema: 1,
    id: header.id,
    createdAt: header.createdAt,
    state: end.state,
    tollgate: header.tollgate,
    environment: header.environment,
    tags: header.tags,
    fingerprint: header.fingerprint,
    placement: header.placement,
    passes: header.design.passes,
    trials: compared.trials,
    tolls: withoutExperimental(header, compared.comparisons).flatMap(tollOf),
    twins: twinsOf(run, compared),
  };
}

function tollOf(comparison: Comparison): IndexedToll[] {
  const { candidate, baseline, pass, method, metric, ratio, absoluteNs, n, suspect } = comparison;
  if (ratio === null) return [];
  return [
    {
      ...{ candidate, baseline, pass, method, metric },
      theta: mapped(ratio, (value) => short(Math.log(value))),
      absoluteNs: absoluteNs === null ? null : mapped(absoluteNs, Math.round),
      confidence: short(comparison.confidence),
      ...{ n, suspect },
      candidateNs: comparison.candidateNs === null ? null : Math.round(comparison.candidateNs),
      baselineNs: comparison.baselineNs === null ? null : Math.round(comparison.baselineNs),
    },
  ];
}

function twinsOf(run: Run, { twins }: RunComparison): TwinRecord[] {
  return twins
    .filter((twin) => twin.ratio !== null)
    .map(({ candidate, baseline, pass, method, metric }) => {
      const asked = { candidate, baseline, pass, method, metric };
      const differences = logRatios(pairsOf(run, asked)).map(short);
      return { kind: kindOf(run.header, asked), pass, method, metric, differences };
    });
}

function mapped({ estimate, low, high }: Interval, change: (value: number) => number): Interval {
  return { estimate: change(estimate), low: change(low), high: change(high) };
}

/** Six digits: far below what any run can see. */
const short = (value: number): number => Number(value.toPrecision(6));
