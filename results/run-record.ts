/**
 * The record of a run as it lies on disk: run.json says what was to be measured, where and how; each line of
 * events.ndjson says one thing that happened. Schemas, versions, and what is done about old and new ones.
 *
 * A field that is added keeps the version when older records can do without it. Anything else raises SCHEMA_VERSION and
 * adds a step to MIGRATIONS.
 */
import { z } from "zod";
import { Fault } from "../loadgen/fault.js";
import { kernelDemonstration, type KernelDemonstration } from "./kernel-demonstration.js";
import { count, loadPlan, scenario } from "./load-record.js";
import type { PassDesign, Placement, Probe, RunEnd, RunHeader, SearchDesign } from "./run-shape.js";
import { sameShape } from "./same-shape.js";
import type { StoredTrial } from "./stored-trial.js";
import { passName, storedTrial } from "./trial-record.js";

export const SCHEMA_VERSION = 1;

const searchDesign = sameShape<SearchDesign>()(
  "SearchDesign",
  z.object({
    slo: z.object({ quantile: z.number().positive().max(1), limitNs: z.number().positive() }),
    failureBudget: z.number().nonnegative(),
    startRate: z.number().positive(),
    leastRate: z.number().positive(),
    maxRate: z.number().positive(),
    precision: z.number().positive(),
    longestWindowNs: z.number().positive(),
  }),
);

export const passDesign = sameShape<PassDesign>()(
  "PassDesign",
  z.object({
    name: passName,
    scenarios: z.array(z.string()),
    blocks: z.int().positive(),
    plan: loadPlan,
    search: searchDesign.optional(),
  }),
);

export const placement = sameShape<Placement>()(
  "Placement",
  z.object({
    cpus: z.number(),
    generator: z.string(),
    server: z.string(),
    proxy: z.string(),
    envoyConcurrency: z.number().nullable(),
  }),
);

export const runHeader = sameShape<RunHeader>()(
  "RunHeader",
  z.object({
    schema: z.literal(SCHEMA_VERSION),
    id: z.string().min(1),
    createdAt: z.iso.datetime(),
    tollgate: z.string(),
    environment: z.enum(["lab", "cluster", "scripted"]),
    command: z.array(z.string()),
    tags: z.array(z.string()),
    design: z.object({
      seed: z.number(),
      blocks: z.int().positive(),
      passes: z.array(passDesign),
      restarts: z.object({ everyBlocks: z.int().positive() }).optional(),
      transport: z.enum(["lean", "grpc-js"]).optional(),
    }),
    scenarios: z.array(scenario),
    standIns: z.array(z.object({ envoy: z.string(), cilium: z.string(), ships: z.string() })).optional(),
    fingerprint: z.record(z.string(), z.string()),
    placement,
    idleBusyNsPerSecond: z.number().nonnegative().optional(),
    calibration: z.string().nullable(),
  }),
);

const probe = sameShape<Probe>()(
  "Probe",
  z.object({
    restart: z.object({ pass: passName, arrangement: count }).optional(),
    scenario: z.string(),
    caller: z.string(),
    method: z.string(),
    promised: z.string(),
    seen: z.string(),
    serviceNs: z.number(),
  }),
);

const runEnd = sameShape<RunEnd>()(
  "RunEnd",
  z.object({
    state: z.enum(["complete", "interrupted", "failed"]),
    at: z.iso.datetime(),
    message: z.string().nullable(),
    warnings: z.array(z.string()),
  }),
);

/** A file of the run as it was when it was written. */
export interface FileSeal {
  /** Relative to the run's folder. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits");

const seal = sameShape<FileSeal>()(
  "FileSeal",
  // No way out of the run's folder: records come from other machines too.
  z.object({ file: z.string().regex(/^(run\.json|events\.ndjson|trials\/[\w.+-]+\.hlog)$/), bytes: count, sha256 }),
);

/** One line of events.ndjson. */
export type RunEvent =
  | { readonly kind: "probe"; readonly probe: Probe }
  /** `log` null: the trial failed and has no histograms. */
  | { readonly kind: "trial"; readonly trial: StoredTrial; readonly log: FileSeal | null }
  | { readonly kind: "demonstration"; readonly demonstration: KernelDemonstration }
  | { readonly kind: "tag"; readonly at: string; readonly name: string }
  /** `seals`: run.json, and events.ndjson as far as it went before this line. */
  | { readonly kind: "end"; readonly end: RunEnd; readonly seals: readonly FileSeal[] };

export const runEvent = sameShape<RunEvent>()(
  "RunEvent",
  z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("probe"), probe }),
    z.object({ kind: z.literal("trial"), trial: storedTrial, log: seal.nullable() }),
    z.object({ kind: z.literal("demonstration"), demonstration: kernelDemonstration }),
    z.object({ kind: z.literal("tag"), at: z.iso.datetime(), name: z.string().min(1) }),
    z.object({ kind: z.literal("end"), end: runEnd, seals: z.array(seal) }),
  ]),
);

/** Turns a record of version n, header and events alike, into one of version n + 1. */
export interface Migration {
  readonly header: (header: Record<string, unknown>) => Record<string, unknown>;
  readonly event: (event: unknown) => unknown;
}

/** By the version they start from. */
export const MIGRATIONS: ReadonlyMap<number, Migration> = new Map();

/** A header that was understood, and how to understand the events beside it. */
export interface ReadHeader {
  readonly header: RunHeader;
  /** @throws Error, worded for people, when it is no event. */
  readonly readEvent: (value: unknown) => RunEvent;
}

/**
 * Understands the text of a run.json.
 * @param where names the file in the words of a Fault
 * @throws Fault when it is torn, edited beyond recognition, or newer than this tollgate
 */
export function readHeader(
  text: string,
  where: string,
  migrations: ReadonlyMap<number, Migration> = MIGRATIONS,
): ReadHeader {
  const raw = parsedObject(text, where);
  const steps = migrationsFrom(raw, where, migrations);
  const migrated = steps.reduce((header, step) => step.header(header), raw);
  const header = runHeader.safeParse({ ...migrated, schema: SCHEMA_VERSION });
  if (!header.success) throw unreadable(where, problems(header.error));
  return {
    header: header.data,
    readEvent: (value) => {
      const event = runEvent.safeParse(steps.reduce((before, step) => step.event(before), value));
      if (!event.success) throw new Error(problems(event.error));
      return event.data;
    },
  };
}

function parsedObject(text: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(where, error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unreadable(where, "it is no object");
  return value as Record<string, unknown>;
}

function migrationsFrom(
  raw: Record<string, unknown>,
  where: string,
  migrations: ReadonlyMap<number, Migration>,
): Migration[] {
  const version = raw["schema"];
  if (typeof version !== "number" || !Number.isInteger(version)) throw unreadable(where, "schema: expected a number");
  if (version > SCHEMA_VERSION) throw tooNew(where, version, raw["tollgate"]);
  return Array.from({ length: SCHEMA_VERSION - version }, (_, i) => {
    const step = migrations.get(version + i);
    if (step === undefined) throw unreadable(where, `schema ${version} was never written by any tollgate`);
    return step;
  });
}

function tooNew(where: string, version: number, writer: unknown): Fault {
  const name = typeof writer === "string" ? writer : "a newer version";
  return new Fault({
    fact: `${where} was written by a newer tollgate`,
    expected: `schema ${SCHEMA_VERSION} or older`,
    seen: `schema ${version}, written by tollgate ${name}`,
    so: "reading it with this version could misread its numbers",
    try: `tollgate ${name} or newer reads it`,
  });
}

function unreadable(where: string, why: string): Fault {
  return new Fault({
    fact: `${where} cannot be read`,
    expected: `a run record of schema ${SCHEMA_VERSION}`,
    seen: why,
    so: "it was torn or edited by hand; what it describes cannot be trusted",
    try: "restore the file from a copy, or import the run again from where it was measured",
  });
}

/** `design.blocks: expected number, received string`, one per line, the first few. */
function problems(error: z.ZodError): string {
  const lines = error.issues.map((issue) => `${issue.path.join(".") || "the whole"}: ${issue.message}`);
  const shown = lines.slice(0, 5);
  return [...shown, ...(lines.length > shown.length ? [`and ${lines.length - shown.length} more`] : [])].join("\n");
}

/** The JSON Schema (draft 2020-12) that is published as results/run.schema.json. */
export function publishedSchema(): Record<string, unknown> {
  const both = z.toJSONSchema(z.object({ run: runHeader, event: runEvent }), { io: "input" });
  return {
    $schema: both.$schema,
    title: "tollgate run record",
    description: "The root is run.json; #/$defs/RunEvent is one line of events.ndjson beside it.",
    $ref: "#/$defs/RunHeader",
    $defs: both.$defs,
  };
}
