/**
 * An anatomy as it is kept: where the time of one call goes, road by road, from time stamps in the kernel. A pass of its
 * own: stamping costs time itself, so no toll is ever taken from it.
 */
import { z } from "zod";
import type { Scenario } from "../scenarios/scenario.js";
import { nodeDisk, type Disk } from "./disk.js";
import { count, scenario } from "./load-record.js";
import type { StampLevel } from "./anatomy-segments.js";
import { placement } from "./run-record.js";
import type { Fingerprint, Placement } from "./run-shape.js";
import { sameShape } from "./same-shape.js";

/** What the programs booked in one trial. */
export interface StampReading {
  readonly booked: number;
  /** Calls that the next one overtook before their answer was seen. */
  readonly abandoned: number;
  /** From the first place to the last. */
  readonly wire: SegmentReading;
  /** By the place at its end, so one fewer than places; of no calls where the road has no such place. */
  readonly segments: readonly SegmentReading[];
}

export interface SegmentReading {
  readonly calls: number;
  readonly sumNs: number;
  readonly p50Ns: number;
}

export interface AnatomyTrial {
  readonly scenario: string;
  readonly block: number;
  /** How often this road's place in its block was measured before, and came out void. Absent: the first try. */
  readonly attempt?: number;
  /** Of the caller: service time over the window. */
  readonly callerP50Ns: number;
  readonly callerMeanNs: number;
  readonly callerCalls: number;
  /** Calls sent after the stamps were armed, warm-up and drain included. */
  readonly sent: number;
  /** Null: a trial without stamps, to tell what looking costs. */
  readonly stamps: StampReading | null;
  /** Why the trial counts for nothing; empty when it counts. */
  readonly voidBecause: readonly string[];
}

export interface AnatomyRecord {
  readonly schema: 1;
  readonly id: string;
  readonly createdAt: string;
  readonly tollgate: string;
  readonly command: readonly string[];
  readonly level: StampLevel;
  /** Of level full: whether wake-ups were told apart. Absent: they were not. */
  readonly wakeUps?: boolean;
  readonly seed: number;
  readonly blocks: number;
  readonly windowNs: number;
  /** Put into the server on purpose; 0 as a rule. */
  readonly serverDelayNs: number;
  readonly fingerprint: Fingerprint;
  readonly placement: Placement;
  readonly scenarios: readonly Scenario[];
  readonly trials: readonly AnatomyTrial[];
  readonly warnings: readonly string[];
}

const segment = z.object({ calls: count, sumNs: z.number(), p50Ns: z.number() });

export const anatomyRecord = sameShape<AnatomyRecord>()(
  "AnatomyRecord",
  z.object({
    schema: z.literal(1),
    id: z.string().min(1),
    createdAt: z.iso.datetime(),
    tollgate: z.string(),
    command: z.array(z.string()),
    level: z.enum(["tc", "full"]),
    wakeUps: z.boolean().optional(),
    seed: z.number(),
    blocks: z.int().positive(),
    windowNs: z.number(),
    serverDelayNs: z.number(),
    fingerprint: z.record(z.string(), z.string()),
    placement,
    scenarios: z.array(scenario),
    trials: z.array(
      z.object({
        scenario: z.string(),
        block: count,
        attempt: count.optional(),
        callerP50Ns: z.number(),
        callerMeanNs: z.number(),
        callerCalls: count,
        sent: count,
        stamps: z
          .object({
            booked: count,
            abandoned: count,
            wire: segment,
            segments: z.array(segment),
          })
          .nullable(),
        voidBecause: z.array(z.string()),
      }),
    ),
    warnings: z.array(z.string()),
  }),
);

/** @returns the file; checked against its schema before it is written */
export async function keepAnatomy(folder: string, record: AnatomyRecord, disk: Disk = nodeDisk): Promise<string> {
  const file = `${folder}/${record.id}.json`;
  await disk.put(file, `${JSON.stringify(anatomyRecord.parse(record), null, 2)}\n`);
  return file;
}
