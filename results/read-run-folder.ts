/**
 * A run as its folder tells it. Whatever is torn, missing or changed becomes a warning on the run, and a trial whose
 * histograms cannot be trusted becomes INVALID: it is shown and counted, and no number of it is used.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Fault } from "../loadgen/fault.js";
import { readEvents } from "./event-log.js";
import { EVENTS_FILE, RUN_FILE } from "./run-folder.js";
import { readHeader, type FileSeal, type RunEvent } from "./run-record.js";
import type { Run, RunEnd } from "./run-shape.js";
import { SparseHistogram } from "./sparse-histogram.js";
import { restoreTrial, type StoredTrial } from "./stored-trial.js";
import { readTrialLog } from "./trial-log.js";
import type { Trial, VerdictReason } from "./trial.js";

export interface Inspection {
  readonly run: Run;
  /** What was changed or lost after it was written: files that are not what their seals say. */
  readonly damage: readonly string[];
  /** The files that make up the run, relative to its folder. */
  readonly files: readonly string[];
}

/** @throws Fault when there is no run, or its run.json cannot be understood */
export async function readRunFolder(folder: string): Promise<Run> {
  return (await inspectRunFolder(folder)).run;
}

/** The run, and how much of it is as it was written. */
export async function inspectRunFolder(folder: string): Promise<Inspection> {
  const headerBytes = await readFile(join(folder, RUN_FILE)).catch((error: unknown) => {
    throw noRun(folder, error);
  });
  const { header, readEvent } = readHeader(headerBytes.toString("utf8"), `${basename(folder)}/${RUN_FILE}`);
  const eventsBytes = await readFile(join(folder, EVENTS_FILE)).catch(() => null);
  const { events, warnings } = readEvents(eventsBytes?.toString("utf8") ?? "", readEvent);
  const trials = await Promise.all(events.filter(isTrial).map((event) => readTrial(folder, event)));
  const damage = [
    ...(eventsBytes === null ? [`${EVENTS_FILE} is missing: nothing that was measured is known`] : []),
    ...brokenSeals(events, headerBytes, eventsBytes ?? Buffer.alloc(0)),
    ...trials.flatMap(({ warning }) => warning ?? []),
  ];
  const demonstrations = events.flatMap((event) => (event.kind === "demonstration" ? [event.demonstration] : []));
  const run: Run = {
    header: {
      ...header,
      tags: [...header.tags, ...events.flatMap((event) => (event.kind === "tag" ? [event.name] : []))],
    },
    trials: trials.map(({ trial }) => trial),
    probes: events.flatMap((event) => (event.kind === "probe" ? [event.probe] : [])),
    ...(demonstrations.length === 0 ? {} : { demonstrations }),
    end: endOf(events),
    warnings: [...warnings, ...damage],
  };
  const logs = events.filter(isTrial).flatMap(({ log }) => log?.file ?? []);
  return { run, damage, files: [RUN_FILE, ...(eventsBytes === null ? [] : [EVENTS_FILE]), ...logs] };
}

export function sealOf(file: string, bytes: Buffer): FileSeal {
  return { file, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

type TrialEvent = Extract<RunEvent, { readonly kind: "trial" }>;
type EndEvent = Extract<RunEvent, { readonly kind: "end" }>;
const isTrial = (event: RunEvent): event is TrialEvent => event.kind === "trial";
const isEnd = (event: RunEvent): event is EndEvent => event.kind === "end";

/** A run that was taken up again after its end has none until the next. Tags may come at any time. */
function endOf(events: readonly RunEvent[]): RunEnd | null {
  const last = events.filter((event) => event.kind !== "tag").at(-1);
  return last?.kind === "end" ? last.end : null;
}

/** What was changed after the run had ended. */
function brokenSeals(events: readonly RunEvent[], header: Buffer, eventLog: Buffer): string[] {
  const seals = events.filter(isEnd).at(-1)?.seals ?? [];
  return seals
    .filter((seal) => {
      const bytes = seal.file === RUN_FILE ? header : eventLog.subarray(0, seal.bytes);
      return sealOf(seal.file, bytes).sha256 !== seal.sha256;
    })
    .map(
      ({ file }) => `${file} was changed by hand after the run had ended: its numbers are not those that were measured`,
    );
}

async function readTrial(folder: string, { trial, log }: TrialEvent): Promise<{ trial: Trial; warning?: string }> {
  if (trial.outcome.state === "failed") return { trial: trial as Trial };
  try {
    if (log === null) throw new Error("it has no file of histograms");
    const bytes = await readFile(join(folder, log.file));
    if (sealOf(log.file, bytes).sha256 !== log.sha256) throw new Error(`${log.file} was changed after it was written`);
    const restored = restoreTrial(trial, readTrialLog(bytes.toString("utf8"), log.file));
    if (restored === null) throw new Error(`${log.file} lacks a histogram that the trial speaks of`);
    return { trial: restored };
  } catch (error) {
    const reason = isMissing(error)
      ? `${log?.file ?? ""} is missing`
      : error instanceof Error
        ? error.message
        : String(error);
    return { trial: withoutHistograms(trial, reason), warning: `trial ${trial.index} is void: ${reason}` };
  }
}

function withoutHistograms(stored: StoredTrial, text: string): Trial {
  const { outcome } = stored;
  if (outcome.state === "failed") return stored as Trial;
  const { connections, ...rest } = outcome.measurement;
  const nothing = SparseHistogram.of([]).encode();
  const reason: VerdictReason = { state: "INVALID", rule: "record", text };
  return {
    ...stored,
    outcome: {
      ...outcome,
      measurement: {
        ...rest,
        series: [],
        connections: { ...connections, connect: nothing, handshake: connections.handshake === null ? null : nothing },
      },
      verdict: { state: "INVALID", reasons: [...outcome.verdict.reasons, reason] },
    },
  };
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

function noRun(folder: string, error: unknown): Fault {
  return new Fault(
    {
      fact: `${folder} holds no run`,
      expected: `a folder with ${RUN_FILE}`,
      seen: isMissing(error) ? "no such file" : String(error),
      try: "tollgate history",
    },
    { cause: error },
  );
}
