/**
 * What a calibration found, as it is kept and attached to runs (METHOD §6): how small a thing the instrument can see on
 * this machine, and whether it tells known delays for what they are. One JSON file each, never changed.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault } from "../loadgen/fault.js";
import type { Interval } from "./comparison-shape.js";
import { nodeDisk, type Disk } from "./disk.js";
import type { Fingerprint } from "./run-shape.js";
import { sameShape } from "./same-shape.js";

export interface CalibrationRecord {
  readonly schema: 1;
  readonly id: string;
  readonly createdAt: string;
  /** Facts of machine and programs; calibrations are looked for by them. */
  readonly machine: Fingerprint;
  readonly settings: CalibrationSettings;
  readonly floor: readonly FloorLine[];
  readonly delays: readonly DelayLine[];
  readonly stall: StallReading;
  readonly reference: ReferenceReading;
  readonly twin: TwinReading;
  readonly checks: readonly CalibrationCheck[];
  /** INVALID: the instrument told something known wrongly. */
  readonly state: "VALID" | "SUSPECT" | "INVALID";
}

export interface CalibrationSettings {
  readonly quick: boolean;
  readonly seed: number;
  /** CPU lists; null: not pinned. */
  readonly generatorCpus: string | null;
  readonly serverCpus: string | null;
  /** `loopback`, `network namespace pod-a`. */
  readonly place: string;
  readonly idle: string;
}

/** One load against a server that answers at once. Quantiles null with fewer than ten calls beyond. */
export interface FloorLine {
  /** `1 in flight`, `poisson 1,000/s`. */
  readonly load: string;
  /** Null for a closed loop. */
  readonly rate: number | null;
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly serviceP50Ns: number | null;
  readonly serviceP99Ns: number | null;
  readonly responseP50Ns: number | null;
  readonly responseP99Ns: number | null;
  readonly latenessP50Ns: number | null;
  readonly latenessP99Ns: number | null;
  /** Generator CPU per call, spin excluded. */
  readonly clientCpuNs: number | null;
  /** Kolmogorov distance of the sent gaps from the asked ones. */
  readonly gapDistance: number | null;
  readonly state: "VALID" | "SUSPECT" | "INVALID";
  readonly reasons: readonly string[];
}

/** A server that takes a known time, and what was reported above the same load without it. */
export interface DelayLine {
  readonly delayNs: number;
  readonly calls: number;
  readonly reportedResponseNs: number | null;
  readonly reportedServiceNs: number | null;
  readonly toleranceNs: number;
}

/** One standstill of the server, met by a constant rate over a single stream. */
export interface StallReading {
  readonly stallNs: number;
  readonly windowNs: number;
  readonly rate: number;
  readonly toleranceNs: number;
  readonly calls: number;
  readonly response: StallQuantiles;
  /** What the schedule says they must be. */
  readonly expected: StallQuantiles;
  readonly serviceP99Ns: number | null;
  /** Calls whose *service* was longer than half the stall: the one that met it, and none of those behind it. */
  readonly slowServices: number;
  readonly blockedCalls: number;
}
export interface StallQuantiles {
  readonly p50Ns: number | null;
  readonly p90Ns: number | null;
  readonly p99Ns: number | null;
  readonly maxNs: number | null;
}

/** grpc-js beside lean at one rate: grpc-js − lean. */
export interface ReferenceReading {
  readonly load: string;
  readonly pairs: number;
  readonly dropped: number;
  readonly serviceP50: KeptDifference | null;
  readonly clientCpu: KeptDifference | null;
}

/** Lean beside itself: what an A/A of this size would call a difference. */
export interface TwinReading {
  readonly load: string;
  readonly pairs: number;
  readonly dropped: number;
  readonly serviceP50: KeptDifference | null;
  /** A fraction: effects below it would be missed one time in five or more. */
  readonly smallestDetectable: number | null;
}

export interface KeptDifference {
  readonly firstNs: number;
  readonly secondNs: number;
  readonly absoluteNs: Interval;
  readonly ratio: Interval;
  readonly confidence: number;
  readonly n: number;
}

export interface CalibrationCheck {
  readonly name: string;
  readonly state: "kept" | "doubtful" | "broken";
  readonly expected: string;
  readonly seen: string;
}

const number = z.number().nullable();
const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number() });
const difference = z
  .object({
    firstNs: z.number(),
    secondNs: z.number(),
    absoluteNs: interval,
    ratio: interval,
    confidence: z.number(),
    n: z.number(),
  })
  .nullable();
const quantiles = z.object({ p50Ns: number, p90Ns: number, p99Ns: number, maxNs: number });
const state = z.enum(["VALID", "SUSPECT", "INVALID"]);
const paired = { load: z.string(), pairs: z.number(), dropped: z.number(), serviceP50: difference };

const calibrationRecord = sameShape<CalibrationRecord>()(
  "CalibrationRecord",
  z.object({
    schema: z.literal(1),
    id: z.string(),
    createdAt: z.string(),
    machine: z.record(z.string(), z.string()),
    settings: z.object({
      quick: z.boolean(),
      seed: z.number(),
      generatorCpus: z.string().nullable(),
      serverCpus: z.string().nullable(),
      place: z.string(),
      idle: z.string(),
    }),
    floor: z.array(
      z.object({
        load: z.string(),
        rate: number,
        calls: z.number(),
        callsPerSecond: z.number(),
        serviceP50Ns: number,
        serviceP99Ns: number,
        responseP50Ns: number,
        responseP99Ns: number,
        latenessP50Ns: number,
        latenessP99Ns: number,
        clientCpuNs: number,
        gapDistance: number,
        state,
        reasons: z.array(z.string()),
      }),
    ),
    delays: z.array(
      z.object({
        delayNs: z.number(),
        calls: z.number(),
        reportedResponseNs: number,
        reportedServiceNs: number,
        toleranceNs: z.number(),
      }),
    ),
    stall: z.object({
      stallNs: z.number(),
      windowNs: z.number(),
      rate: z.number(),
      toleranceNs: z.number(),
      calls: z.number(),
      response: quantiles,
      expected: quantiles,
      serviceP99Ns: number,
      slowServices: z.number(),
      blockedCalls: z.number(),
    }),
    reference: z.object({ ...paired, clientCpu: difference }),
    twin: z.object({ ...paired, smallestDetectable: number }),
    checks: z.array(
      z.object({
        name: z.string(),
        state: z.enum(["kept", "doubtful", "broken"]),
        expected: z.string(),
        seen: z.string(),
      }),
    ),
    state,
  }),
);

/** Of the facts in a run's fingerprint, those that a calibration depends on. */
const MACHINE_KEYS = [
  "tollgate",
  "node",
  "kernel",
  "cpu",
  "cpus",
  "cpu.virtual",
  "cpu.mitigations",
  "cgroup.cpu",
  "clocksource",
] as const;

/** The machine's part of a fingerprint, in 12 digits. Null where a fact is missing: then nothing can be matched. */
export function machineDigest(facts: Fingerprint): string | null {
  const lines = MACHINE_KEYS.map((key) => facts[key] ?? null);
  if (lines.includes(null)) return null;
  const text = MACHINE_KEYS.map((key) => `${key}=${facts[key]}\n`).join("");
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** `3f9c…-20261123-183000`: sorts by machine, then by time. */
export function calibrationId(machine: Fingerprint, createdAt: Date): string {
  const stamp = createdAt.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${machineDigest(machine) ?? "unknown"}-${stamp}`;
}

const folderIn = (resultsDir: string): string => join(resultsDir, "calibration");
const fileOf = (resultsDir: string, id: string): string => join(folderIn(resultsDir), `${id}.json`);

/** @returns the file */
export async function keepCalibration(
  resultsDir: string,
  record: CalibrationRecord,
  disk: Disk = nodeDisk,
): Promise<string> {
  const file = fileOf(resultsDir, record.id);
  await disk.put(file, `${JSON.stringify(record, null, 2)}\n`);
  return file;
}

/** @throws Fault when there is no such record or it cannot be read */
export async function readCalibration(resultsDir: string, id: string): Promise<CalibrationRecord> {
  const file = fileOf(resultsDir, id);
  try {
    return calibrationRecord.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    const seen = error instanceof Error ? error.message.slice(0, 200) : String(error);
    throw new Fault(
      { fact: `the calibration ${id} cannot be read`, seen, try: "tollgate calibrate" },
      { cause: error },
    );
  }
}

/** Ids of this machine's calibrations, latest first. */
export async function calibrationsOf(resultsDir: string, machine: Fingerprint): Promise<readonly string[]> {
  const digest = machineDigest(machine);
  if (digest === null) return [];
  const files = await readdir(folderIn(resultsDir)).catch(() => []);
  return files
    .filter((file) => file.startsWith(`${digest}-`) && file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort()
    .reverse();
}
