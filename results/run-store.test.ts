import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Fault, renderFault } from "../loadgen/fault.js";
import { GRPC_STATUS_NAMES } from "../loadgen/grpc/status.js";
import { nodeDisk, type Disk } from "./disk.js";
import { mendV2 } from "./hdr-v2.js";
import type { Run, RunEnd, RunHeader } from "./run-shape.js";
import { latestRunId, listRuns, readRun, RunStore } from "./run-store.js";
import { syntheticRun } from "./synthetic-run.js";
import type { Trial } from "./trial.js";

const run = syntheticRun({ blocks: 2, scenarios: ["no-policy", "l7-tls"], passes: ["single"], callsPerTrial: 60 });
const END: RunEnd = { state: "complete", at: "2026-11-23T18:40:00.000Z", message: null, warnings: [] };
const folders: string[] = [];

async function resultsFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tollgate-store-"));
  folders.push(folder);
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Writes a run as a measuring process would; without an end when `end` is null. */
async function written(
  from: Run,
  end: RunEnd | null = END,
  disk: Disk = nodeDisk,
): Promise<{ dir: string; folder: string }> {
  const dir = await resultsFolder();
  await using store = await RunStore.create(dir, from.header, disk);
  for (const probe of from.probes) await store.appendProbe(probe);
  for (const trial of from.trials) await store.appendTrial(trial);
  if (end !== null) await store.finish(end);
  return { dir, folder: store.folder };
}

async function faultOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no fault",
    (error: unknown) => (error instanceof Fault ? renderFault(error) : `not a fault: ${String(error)}`),
  );
}

describe("a run that was kept", () => {
  test("is read back as it was", async () => {
    const { dir } = await written(run);
    expect(await readRun(dir, run.header.id)).toEqual({ ...run, end: END });
  });

  test("has an interval log per trial, a table and a line in the index", async () => {
    const { dir, folder } = await written(run);
    expect((await readdir(join(folder, "trials"))).sort()).toEqual(
      run.trials.map(({ index, block, scenario }) => `000${index}-single-b${block}-${scenario}.hlog`),
    );
    expect((await readFile(join(folder, "trials.csv"), "utf8")).trim().split("\n")).toHaveLength(1 + run.trials.length);
    expect((await readFile(join(dir, "index.jsonl"), "utf8")).trim().split("\n")).toHaveLength(1);
    expect(await readdir(folder)).not.toContain("lock");
  });

  test("holds no histograms in its events", async () => {
    const { folder } = await written(run);
    expect(await readFile(join(folder, "events.ndjson"), "utf8")).not.toContain("HISTFAAA");
  });

  test("can be named by its id, the beginning of it, `latest`, or its folder", async () => {
    const { dir, folder } = await written(run);
    for (const name of [run.header.id, run.header.id.slice(0, 12), "latest", folder, join(folder, "run.json")]) {
      expect((await readRun(dir, name)).header.id, name).toBe(run.header.id);
    }
    expect(await latestRunId(dir)).toBe(run.header.id);
  });

  test("is listed with how it ended", async () => {
    const { dir } = await written(run);
    const later = syntheticRun({ ...OPTIONS, begun: new Date("2026-11-24T00:00:00Z"), tags: ["after"] });
    await using store = await RunStore.create(dir, later.header);
    const broken = "20261125-000000-scripted-0000";
    await mkdir(join(dir, "runs", broken));
    expect(await listRuns(dir)).toEqual([
      { id: run.header.id, state: "complete", header: run.header },
      { id: later.header.id, state: "unfinished", header: later.header },
      { id: broken, state: "unreadable", header: null },
    ]);
    expect(store.header.id).toBe(later.header.id);
  });

  test("keeps tags that are given later", async () => {
    const { dir } = await written(run);
    await using store = await RunStore.open(dir, "latest");
    await store.tag("last-stable", "2026-11-24T08:00:00.000Z");
    const read = await readRun(dir, "latest");
    expect(read.header.tags).toEqual(["last-stable"]);
    expect(read.end).toEqual(END);
    expect(read.warnings).toEqual([]);
  });
});

const OPTIONS = { blocks: 1, scenarios: ["no-policy"], passes: ["single"] as const, callsPerTrial: 5 };

describe("any record", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const count = fc.nat();
  const base = syntheticRun(OPTIONS);
  const trial = base.trials[0]!;

  const header: fc.Arbitrary<RunHeader> = fc
    .record({
      tollgate: text,
      command: fc.array(text),
      tags: fc.array(text),
      fingerprint: fc.dictionary(
        text.filter((key) => key !== "__proto__"),
        text,
      ),
      calibration: fc.option(text),
      question: text,
    })
    .map(({ question, ...rest }) => ({
      ...base.header,
      ...rest,
      fingerprint: { ...rest.fingerprint },
      scenarios: base.header.scenarios.map((scenario) => ({ ...scenario, question })),
    }));

  const trials: fc.Arbitrary<Trial> = fc
    .record({
      failedWith: fc.option(text),
      status: fc.constantFrom(...GRPC_STATUS_NAMES),
      notes: fc.array(text),
      numbers: fc.tuple(number, number, number),
      count,
      reason: fc.record({ state: fc.constantFrom("SUSPECT" as const, "INVALID" as const), rule: text, text }),
      quantile: fc.option(fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0)),
    })
    .map(({ failedWith, status, notes, numbers, count: some, reason, quantile }): Trial => {
      if (failedWith !== null) return { ...trial, outcome: { state: "failed", stage: "load", message: failedWith } };
      const { outcome } = trial;
      if (outcome.state === "failed") throw new Error("the synthetic trial failed");
      const { measurement } = outcome;
      const histogram = measurement.series[0]!.histogram;
      return {
        ...trial,
        outcome: {
          ...outcome,
          measurement: {
            ...measurement,
            books: { ...measurement.books, failed: { [status]: some } },
            series: [...measurement.series, { method: "Other", quantity: `failure:${status}`, histogram }],
            notes,
          },
          cpu: outcome.cpu === null ? null : { ...outcome.cpu, durationNs: numbers[0], cpus: numbers[1] },
          verdict: {
            state: reason.state,
            reasons: [quantile === null ? reason : { ...reason, quantile, method: "M" }],
          },
          programTime: { runNs: numbers[2], runs: some },
        },
      };
    });

  test("round-trips through the disk", async () => {
    await fc.assert(
      fc.asyncProperty(header, fc.array(trials, { maxLength: 3 }), async (anyHeader, anyTrials) => {
        const original: Run = {
          ...base,
          header: anyHeader,
          trials: anyTrials.map((one, index) => ({ ...one, index })),
        };
        const { dir, folder } = await written(original);
        expect(await readRun(dir, "latest")).toEqual({ ...original, end: END });
        await rm(folder, { recursive: true });
      }),
      { numRuns: 40 },
    );
  });

  test("keeps histograms of hdr-histogram-js with their headers mended", async () => {
    const { LatencyHistogram } = await import("../loadgen/histogram.js");
    using live = new LatencyHistogram();
    live.record(1_234);
    const outcome = trial.outcome;
    if (outcome.state === "failed") throw new Error("the synthetic trial failed");
    const encoded = live.encode();
    const series = outcome.measurement.series.map((one) => ({ ...one, histogram: encoded }));
    const one = { ...trial, outcome: { ...outcome, measurement: { ...outcome.measurement, series } } };
    const { dir } = await written({ ...base, trials: [one] });
    const back = (await readRun(dir, "latest")).trials[0]!.outcome;
    if (back.state === "failed") throw new Error("it failed on the disk");
    expect(back.measurement.series[0]?.histogram).toEqual({ ...encoded, v2: mendV2(encoded.v2) });
  });

  test("with a number that JSON cannot hold is a bug that shows at once, and is not written", async () => {
    const dir = await resultsFolder();
    await using store = await RunStore.create(dir, base.header);
    const outcome = trial.outcome;
    if (outcome.state === "failed") throw new Error("the synthetic trial failed");
    const { measurement } = outcome;
    const broken = { ...measurement, health: { ...measurement.health, busyShare: NaN } };
    await expect(store.appendTrial({ ...trial, outcome: { ...outcome, measurement: broken } })).rejects.toThrow(
      "busyShare",
    );
    expect((await readRun(dir, "latest")).trials).toEqual([]);
  });
});

describe("a crash", () => {
  test("at any byte of the events loses at most the trial in progress", async () => {
    // A short line, then a whole one: reading a run thousands of times is the price of "any".
    const failed: Trial = { ...run.trials[0]!, outcome: { state: "failed", stage: "load", message: "Envoy died" } };
    const short: Run = { ...run, probes: [], trials: [failed, run.trials[1]!] };
    const { dir, folder } = await written(short, null);
    const path = join(folder, "events.ndjson");
    const whole = await readFile(path);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at);
    for (let length = whole.length; length >= 0; length--) {
      await truncate(path, length);
      const read = await readRun(dir, "latest");
      const complete = ends.filter((at) => at <= length).length;
      expect(read.trials, `cut at byte ${length}`).toEqual(short.trials.slice(0, complete));
      const isTorn = length > 0 && !ends.includes(length) && !ends.includes(length - 1);
      expect(read.warnings, `cut at byte ${length}`).toEqual(isTorn ? [expect.stringMatching(/is torn/)] : []);
    }
  }, 120_000);

  test("can be resumed from anywhere, and the torn line is stepped over for good", async () => {
    for (const cut of [1, 40, 400]) {
      const { dir, folder } = await written(run, null);
      const path = join(folder, "events.ndjson");
      const { length } = await readFile(path);
      await truncate(path, length - cut);
      const last = run.trials.at(-1)!;
      {
        await using store = await RunStore.open(dir, "latest");
        const lost = (await readRun(dir, "latest")).trials.length < run.trials.length;
        if (lost) await store.appendTrial(last);
        await store.finish(END);
      }
      const read = await readRun(dir, "latest");
      expect(read.trials).toEqual(run.trials);
      expect(read.end).toEqual(END);
      expect(read.warnings.filter((text) => !text.includes("stepped over"))).toEqual([]);
    }
  });

  test("of a process that holds the run leaves a lock that the next one takes over", async () => {
    const { dir, folder } = await written(run, null);
    await using store1 = await RunStore.open(dir, "latest");
    const holder = JSON.parse(await readFile(join(store1.folder, "lock"), "utf8")) as Record<string, unknown>;
    await store1[Symbol.asyncDispose]();
    await writeFile(join(folder, "lock"), JSON.stringify({ ...holder, startedTicks: "1" }));
    await using store = await RunStore.open(dir, "latest");
    expect(store.header.id).toBe(run.header.id);
  });
});

describe("two processes", () => {
  test("cannot write one run", async () => {
    const { dir } = await written(run, null);
    await using first = await RunStore.open(dir, "latest");
    expect(await faultOf(RunStore.open(dir, first.header.id))).toMatch(/is being written by another process/);
  });

  test("cannot begin runs of the same id", async () => {
    const dir = await resultsFolder();
    await using store = await RunStore.create(dir, run.header);
    expect(await faultOf(RunStore.create(dir, store.header))).toMatch(/exists already/);
  });

  test("may read while another writes", async () => {
    const dir = await resultsFolder();
    await using store = await RunStore.create(dir, run.header);
    await store.appendTrial(run.trials[0]!);
    const read = await readRun(dir, "latest");
    expect(read.trials).toHaveLength(1);
    expect(read.end).toBeNull();
  });
});

test("a folder in which no run can be kept is told before anything stands", async () => {
  const fault = await faultOf(RunStore.requireRoom("/proc/tollgate"));
  expect(fault).toContain("no run can be kept in /proc/tollgate");
  expect(fault).toContain("nothing was measured");
  expect(fault).toContain("another folder, by --results");
  const dir = await resultsFolder();
  await RunStore.requireRoom(dir);
  expect(await listRuns(dir)).toEqual([]);
});

describe("a full disk", () => {
  /** A disk that has room for so many further writes. */
  function diskWithRoomFor(writes: number): Disk {
    let left = writes;
    const orFull = async (work: () => Promise<void>): Promise<void> => {
      if (left-- > 0) return work();
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };
    return {
      appendLine: (path, line) => orFull(() => nodeDisk.appendLine(path, line)),
      put: (path, text) => orFull(() => nodeDisk.put(path, text)),
    };
  }

  test("at any write of a trial keeps the trials before it, says so, and lets the run be resumed", async () => {
    const beginning = 2;
    for (const extra of [0, 1, 2, 3]) {
      const dir = await resultsFolder();
      const kept = Math.floor(extra / 2);
      {
        await using store = await RunStore.create(dir, run.header, diskWithRoomFor(beginning + extra));
        for (const trial of run.trials.slice(0, kept)) await store.appendTrial(trial);
        const fault = await faultOf(store.appendTrial(run.trials[kept]!));
        expect(fault).toMatch(new RegExp(`the disk is full: trial ${kept} could not be kept`));
        expect(fault).toMatch(kept === 1 ? /the one trial before it is kept/ : /the 0 trials before it are kept/);
        expect(fault).toContain(`make room, then tollgate run --resume --results ${dir}`);
      }
      const read = await readRun(dir, "latest");
      expect(read.trials).toEqual(run.trials.slice(0, kept));
      expect(read.warnings).toEqual([]);
      await using again = await RunStore.open(dir, "latest");
      await again.appendTrial(run.trials[kept]!);
      expect((await readRun(dir, "latest")).trials).toEqual(run.trials.slice(0, kept + 1));
    }
  });

  test("at the end leaves the run without one, unlocked", async () => {
    const dir = await resultsFolder();
    const store = await RunStore.create(dir, run.header, diskWithRoomFor(2));
    expect(await faultOf(store.finish(END))).toMatch(/the end of the run could not be kept/);
    await using again = await RunStore.open(dir, "latest");
    await again.finish(END);
    expect((await readRun(dir, "latest")).end).toEqual(END);
  });
});

describe("a run that somebody changed", () => {
  test("has void trials where a histogram file is missing or not the one that was written", async () => {
    const { dir, folder } = await written(run);
    const logs = (await readdir(join(folder, "trials"))).sort();
    await unlink(join(folder, "trials", logs[0]!));
    await appendFile(join(folder, "trials", logs[1]!), "\n");
    const read = await readRun(dir, "latest");
    const states = read.trials.map(({ outcome }) =>
      outcome.state === "measured" ? outcome.verdict.state : outcome.state,
    );
    expect(states).toEqual(["INVALID", "INVALID", "VALID", "VALID"]);
    expect(read.warnings).toEqual([
      `trial 0 is void: trials/${logs[0]} is missing`,
      `trial 1 is void: trials/${logs[1]} was changed after it was written`,
    ]);
  });

  test("says so when a number in its events is another", async () => {
    const { dir, folder } = await written(run);
    const path = join(folder, "events.ndjson");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"busyShare":0.2', '"busyShare":0.3'));
    expect((await readRun(dir, "latest")).warnings).toEqual([
      "events.ndjson was changed by hand after the run had ended: its numbers are not those that were measured",
    ]);
  });

  test("names the line and the field that make no sense any more, and reads the rest", async () => {
    const { dir, folder } = await written(run, null);
    const path = join(folder, "events.ndjson");
    const lines = (await readFile(path, "utf8")).split("\n");
    const at = run.probes.length;
    lines[at] = lines[at]!.replace('"pass":"single"', '"pass":"sinlge"');
    lines[at + 1] = "{ not json";
    await writeFile(path, lines.join("\n"));
    const read = await readRun(dir, "latest");
    expect(read.trials.map((trial) => trial.index)).toEqual([2, 3]);
    expect(read.warnings[0]).toMatch(
      new RegExp(`line ${at + 1} of events.ndjson was stepped over: trial.pass: Invalid option`),
    );
    expect(read.warnings[1]).toMatch(new RegExp(`line ${at + 2} of events.ndjson was stepped over: it is not JSON`));
  });

  test("whose run.json is damaged is refused with the field", async () => {
    const { dir, folder } = await written(run);
    const path = join(folder, "run.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"blocks": 2', '"blocks": "two"'));
    expect(await faultOf(readRun(dir, "latest"))).toMatch(
      /run.json cannot be read[^]*design.blocks: .*expected number/,
    );
    await writeFile(path, text.slice(0, 100));
    expect(await faultOf(readRun(dir, "latest"))).toMatch(/run.json cannot be read[^]*JSON/);
  });

  test("and lost its events has nothing to tell", async () => {
    const { dir, folder } = await written(run);
    await unlink(join(folder, "events.ndjson"));
    const read = await readRun(dir, "latest");
    expect(read.trials).toEqual([]);
    expect(read.warnings).toEqual(["events.ndjson is missing: nothing that was measured is known"]);
  });
});

describe("a name that fits no run", () => {
  test("is answered with the nearest id", async () => {
    const { dir } = await written(run);
    const slip = run.header.id.replace("-scripted", "-scriptd");
    expect(await faultOf(readRun(dir, slip))).toContain(`did you mean "${run.header.id}"?`);
  });

  test("is answered with the runs it could mean", async () => {
    const { dir } = await written(run);
    const other = syntheticRun({ ...OPTIONS, seed: 2 });
    await using store = await RunStore.create(dir, other.header);
    expect(await faultOf(readRun(dir, "20261123"))).toMatch(/is the beginning of 2 runs/);
    expect(await faultOf(RunStore.open(dir, store.folder))).toMatch(/another process/);
  });

  test("in an empty folder says how to get a run", async () => {
    const dir = await resultsFolder();
    expect(await faultOf(latestRunId(dir))).toMatch(/there is no run in .*\n.*tollgate run/);
    expect(await faultOf(readRun(dir, "latest"))).toMatch(/there is no run "latest"/);
    await mkdir(join(dir, "runs", run.header.id), { recursive: true });
    expect(await faultOf(readRun(dir, run.header.id))).toMatch(/holds no run/);
  });
});
