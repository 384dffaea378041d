/**
 * Keeps a run: each trial is on the disk before the next one starts, so that no end of the process can take back what
 * was measured. One writer at a time, any number of readers.
 *
 *   <results>/runs/<id>/run.json        what was to be measured, where and how; written once
 *                       events.ndjson   one line per probe, trial, tag and end; only appended to
 *                       trials/*.hlog   the histograms of each trial
 *                       trials.csv      one row per trial and method; made from the above at each end
 *   <results>/index.jsonl               one line per ended run: what history and the A/A floor are made of
 *
 * Easy to get wrong: histograms go first, then the line that speaks of them. A crash in between leaves a file nobody
 * knows, never a line without its file.
 */
import { constants } from "node:fs";
import { access, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, Fault } from "../loadgen/fault.js";
import { nodeDisk, type Disk } from "./disk.js";
import { readRunFolder, sealOf } from "./read-run-folder.js";
import {
  EVENTS_FILE,
  findRunFolder,
  LOCK_FILE,
  RUN_FILE,
  runFolder,
  runIds,
  runsFolder,
  TRIALS_CSV,
  resultsFlag,
  resultsOf,
} from "./run-folder.js";
import { makeFolder } from "./make-folder.js";
import { indexRun, readIndex } from "./run-index.js";
import { lockRun, type RunLock } from "./run-lock.js";
import { readHeader, runEvent, runHeader, type FileSeal, type RunEvent } from "./run-record.js";
import type { KernelDemonstration } from "./kernel-demonstration.js";
import type { Probe, Run, RunEnd, RunHeader } from "./run-shape.js";
import { storeTrial } from "./stored-trial.js";
import { trialLogFile, writeTrialLog } from "./trial-log.js";
import { trialsCsv } from "./trials-csv.js";
import type { Trial } from "./trial.js";

export class RunStore implements AsyncDisposable {
  readonly header: RunHeader;
  readonly folder: string;
  readonly #dir: string;
  readonly #disk: Disk;
  readonly #lock: RunLock;
  /** Trials on the disk so far: what a Fault can say is kept. */
  #kept: number;

  private constructor(dir: string, folder: string, header: RunHeader, kept: number, lock: RunLock, disk: Disk) {
    this.#dir = dir;
    this.folder = folder;
    this.header = header;
    this.#kept = kept;
    this.#lock = lock;
    this.#disk = disk;
  }

  /** To be asked before a run stands anything up for its sake. @throws Fault when no run can be kept there */
  static async requireRoom(dir: string): Promise<void> {
    await beginning(dir, async () => {
      await makeFolder(runsFolder(dir));
      await access(runsFolder(dir), constants.W_OK);
    });
  }

  /**
   * Makes the folder of a new run.
   * @param dir the results folder, made where it is missing
   * @throws Fault when the id is taken, or nothing can be written there
   */
  static async create(dir: string, header: RunHeader, disk: Disk = nodeDisk): Promise<RunStore> {
    const folder = runFolder(dir, header.id);
    runHeader.parse(header);
    return beginning(dir, async () => {
      await makeFolder(runsFolder(dir));
      await mkdir(folder).catch((error: unknown) => {
        throw isCode(error, "EEXIST") ? taken(header.id) : error;
      });
      try {
        const lock = await lockRun(join(folder, LOCK_FILE));
        await disk.put(join(folder, EVENTS_FILE), "");
        await disk.put(join(folder, RUN_FILE), `${JSON.stringify(header, null, 2)}\n`);
        return new RunStore(dir, folder, header, 0, lock, disk);
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
    });
  }

  /**
   * Takes up a run that was cut short. What it holds already is what `readRun` gives.
   * @throws Fault when there is no such run, or another process writes it
   */
  static async open(dir: string, id: string, disk: Disk = nodeDisk): Promise<RunStore> {
    const folder = await findRunFolder(dir, id);
    const lock = await lockRun(join(folder, LOCK_FILE));
    try {
      const { header, trials } = await readRunFolder(folder);
      return new RunStore(dir, folder, header, trials.length, lock, disk);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Resolves when the trial is on the disk. @throws Fault that says what is kept when it cannot be */
  async appendTrial(trial: Trial): Promise<void> {
    const { stored, histograms } = storeTrial(trial);
    const log = histograms.length === 0 ? null : { file: trialLogFile(trial), text: writeTrialLog(trial, histograms) };
    const seal = log === null ? null : sealOf(log.file, Buffer.from(log.text));
    const line = eventLine({ kind: "trial", trial: stored, log: seal });
    await keeping(`trial ${trial.index} could not be kept`, this.folder, this.#kept, async () => {
      if (log !== null) await this.#disk.put(join(this.folder, log.file), log.text);
      await this.#append(line);
    });
    this.#kept++;
  }

  async appendProbe(probe: Probe): Promise<void> {
    await keeping("a probe could not be kept", this.folder, this.#kept, () =>
      this.#append(eventLine({ kind: "probe", probe })),
    );
  }

  async appendDemonstration(demonstration: KernelDemonstration): Promise<void> {
    await keeping("a demonstration could not be kept", this.folder, this.#kept, () =>
      this.#append(eventLine({ kind: "demonstration", demonstration })),
    );
  }

  /** Gives the run a further name, for `--baseline tag:<name>`; ended runs may be tagged too. */
  async tag(name: string, at: string): Promise<void> {
    await keeping("the tag could not be kept", this.folder, this.#kept, async () => {
      await this.#append(eventLine({ kind: "tag", at, name }));
      await indexRun(this.#dir, await readRunFolder(this.folder), this.#disk);
    });
  }

  /** Seals the run, makes trials.csv, tells the index of it and gives the lock back. */
  async finish(end: RunEnd): Promise<void> {
    try {
      await keeping("the end of the run could not be kept", this.folder, this.#kept, async () => {
        await this.#append(eventLine({ kind: "end", end, seals: await this.#seals() }));
        const run = await readRunFolder(this.folder);
        await this.#disk.put(join(this.folder, TRIALS_CSV), trialsCsv(run));
        await indexRun(this.#dir, run, this.#disk);
      });
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  /** Gives the lock back without an end: the run can be resumed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock.release();
  }

  async #append(line: string): Promise<void> {
    await this.#disk.appendLine(join(this.folder, EVENTS_FILE), line);
  }

  async #seals(): Promise<FileSeal[]> {
    return Promise.all(
      [RUN_FILE, EVENTS_FILE].map(async (file) => sealOf(file, await readFile(join(this.folder, file)))),
    );
  }
}

/**
 * A run by its id, the beginning of one, `latest`, or the path of its folder.
 * @throws Fault when there is none, or its record cannot be understood
 */
export async function readRun(dir: string, idOrPath: string): Promise<Run> {
  return readRunFolder(await findRunFolder(dir, idOrPath));
}

/**
 * The newest run.
 * @throws Fault when there is none
 */
export async function latestRunId(dir: string): Promise<string> {
  const id = (await runIds(dir)).at(-1);
  if (id !== undefined) return id;
  throw new Fault({
    fact: `there is no run in ${runsFolder(dir)}`,
    try: "tollgate run, or --results FOLDER if they lie elsewhere",
    exitCode: EXIT.usage,
  });
}

export interface RunListing {
  readonly id: string;
  readonly state: RunEnd["state"] | "unfinished" | "unreadable";
  /** Null when run.json cannot be understood. */
  readonly header: RunHeader | null;
}

/** Every run under `dir`, oldest first. Runs that cannot be read are listed too. */
export async function listRuns(dir: string): Promise<RunListing[]> {
  const [ids, { entries }] = await Promise.all([runIds(dir), readIndex(dir)]);
  const states = new Map(entries.map((entry) => [entry.id, entry.state]));
  return Promise.all(
    ids.map(async (id): Promise<RunListing> => {
      const path = join(runFolder(dir, id), RUN_FILE);
      try {
        const { header } = readHeader(await readFile(path, "utf8"), path);
        return { id, state: states.get(id) ?? "unfinished", header };
      } catch {
        return { id, state: "unreadable", header: null };
      }
    }),
  );
}

/** A value that cannot be read back (NaN, a count below zero) is a bug, and must show before anything is written. */
function eventLine(event: RunEvent): string {
  runEvent.parse(event);
  return JSON.stringify(event);
}

/** What the file system refuses to a run that is to begin. */
function beginning<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const next = "the same command again; or another folder, by --results";
  return writing({ what: `no run can be kept in ${dir}`, folder: dir, so: "nothing was measured", next }, work);
}

/** What the file system refuses to a run that has begun. */
function keeping<T>(what: string, folder: string, kept: number, work: () => Promise<T>): Promise<T> {
  const so = kept === 1 ? "the one trial before it is kept" : `the ${kept} trials before it are kept`;
  const next = `tollgate run --resume${resultsFlag(resultsOf(folder))}`;
  return writing({ what, folder, so, next }, work);
}

interface Writing {
  readonly what: string;
  readonly folder: string;
  readonly so: string;
  /** What to do when the file system has been seen to. */
  readonly next: string;
}

/** Runs `work`; what the file system refuses becomes a Fault that says what is kept. */
async function writing<T>({ what, folder, so, next }: Writing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && typeof error.code === "string")) throw error;
    const full = error.code === "ENOSPC" || error.code === "EDQUOT";
    const mend = full ? "make room" : `see to it that ${folder} can be written`;
    throw new Fault(
      { fact: full ? `the disk is full: ${what}` : what, seen: error.message, so, try: `${mend}, then ${next}` },
      { cause: error },
    );
  }
}

function taken(id: string): Fault {
  return new Fault({
    fact: `the run ${id} exists already`,
    so: "nothing was written",
    try: `tollgate run --resume ${id}, or run again for a new id`,
  });
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
