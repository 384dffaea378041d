import { describe, expect, test } from "vitest";
import { Fault, renderFault } from "../../loadgen/fault.js";
import { compareRun } from "../../results/compare-run.js";
import { readHlog } from "../../results/hlog.js";
import type { Run } from "../../results/run-shape.js";
import { failed, labRun, withTrials } from "../run/report.test-helper.js";
import type { ExportedFile } from "./exported-file.js";
import type { Selection } from "./exported-trials.js";
import { EXPORT_FORMATS, renderExport, type ExportFormat } from "./render-export.js";

const RUN = labRun({
  scenarios: ["no-policy", "no-policy-again", "l4", "l7"],
  passes: ["single", "mix", "refused"],
  blocks: 2,
});
const ALL: Selection = { trial: null, roads: [], passes: [], methods: [] };

function files(format: ExportFormat, selection: Partial<Selection> = {}, run: Run = RUN): readonly ExportedFile[] {
  return renderExport(format, run, { ...ALL, ...selection }, () => compareRun(run));
}

function text(format: ExportFormat, selection: Partial<Selection> = {}, run: Run = RUN): string {
  const [only, second] = files(format, selection, run);
  expect(second).toBeUndefined();
  return only?.text ?? "";
}

function refusal(format: ExportFormat, selection: Partial<Selection>, run: Run = RUN): string {
  try {
    files(format, selection, run);
  } catch (error) {
    if (error instanceof Fault) return renderFault(error);
    throw error;
  }
  return "exported";
}

/** The same run with every trial's verdict as given. */
function judged(state: "SUSPECT" | "INVALID", index: number): Run {
  return withTrials(RUN, (trial) =>
    trial.index === index && trial.outcome.state === "measured"
      ? { ...trial, outcome: { ...trial.outcome, verdict: { state, reasons: [] } } }
      : trial,
  );
}

const L7_SINGLE = { roads: ["l7"], passes: ["single"] };

describe("each format reads as it did when somebody last read it", () => {
  test.each(["hgrm", "benchfmt", "openmetrics", "csv", "junit"] as const)("%s", async (format) => {
    await expect(text(format, L7_SINGLE)).toMatchFileSnapshot(`__golden__/l7-single.${format}`);
  });

  test("fortio", async () => {
    const [first] = files("fortio", L7_SINGLE);
    await expect(first?.text).toMatchFileSnapshot("__golden__/l7-single.fortio.json");
  });
});

test.each(["benchfmt", "openmetrics"] as const)("%s holds no cost below nothing", (format) => {
  const busyIdle: Run = { ...RUN, header: { ...RUN.header, idleBusyNsPerSecond: 1.9e9 } };
  const costs = (run: Run): string[] =>
    text(format, L7_SINGLE, run)
      .split("\n")
      .filter((line) => /cpu/.test(line) && !line.startsWith("#"));
  expect(costs(RUN).length).toBeGreaterThan(0);
  expect(costs(busyIdle).filter((line) => / -\d/.test(line))).toEqual([]);
  expect(costs(busyIdle).join("\n").length).toBeLessThan(costs(RUN).join("\n").length);
});

describe("the interval log", () => {
  test("holds every histogram of every trial, in the order of time", () => {
    const { lines } = readHlog(text("hlog"), "export");
    const tags = new Set(lines.map(({ tag }) => tag));
    expect(tags).toContain("l7/mix/ProcessPayment/response");
    expect(tags).toContain("l7/refused/IssueRefund/failure:PERMISSION_DENIED");
    expect(tags).toContain("l7/single/all/connect");
    expect(lines.map(({ atNs }) => atNs)).toEqual(lines.map(({ atNs }) => atNs).sort((a, b) => a - b));
  });
});

describe("refused calls", () => {
  test("are a series of their own in every format, never among the allowed", () => {
    const refused = { passes: ["refused"] };
    expect(files("hgrm", refused).map(({ name }) => name)).toEqual(["l7-refused-IssueRefund-PERMISSION_DENIED.hgrm"]);
    expect(text("benchfmt", refused)).toMatch(
      /^BenchmarkCall\/road=l7\/pass=refused\/method=IssueRefund\/status=PERM/m,
    );
    expect(text("openmetrics", refused)).not.toContain('status="OK"');
    const [result] = files("fortio", refused);
    expect(JSON.parse(result?.text ?? "")).toMatchObject({ RetCodes: { PERMISSION_DENIED: 1500 } });
    expect(JSON.parse(result?.text ?? "").RetCodes).not.toHaveProperty("OK");
  });
});

describe("void trials", () => {
  const ofTrial = (format: ExportFormat, run: Run): number =>
    files(format, { passes: ["single"] }, run).flatMap((file) => file.text.match(/trial="0"|^0,single/gm) ?? []).length;

  test("are left out, suspect ones are not", () => {
    for (const format of ["openmetrics", "csv"] as const) {
      expect(ofTrial(format, judged("SUSPECT", 0)), format).toBeGreaterThan(0);
      expect(ofTrial(format, judged("INVALID", 0)), format).toBe(0);
    }
  });

  test("can be asked for one by one", () => {
    expect(text("openmetrics", { trial: 0 }, judged("INVALID", 0))).toMatch(/tollgate_trial_verdict="INVALID"} 1 /);
  });

  test("that are all there is leave nothing to export, which is said", () => {
    const nothing = withTrials(RUN, failed);
    for (const format of EXPORT_FORMATS)
      expect(refusal(format, {}, nothing), format).toMatch(/nothing of run .* is left/);
    expect(refusal("hlog", { trial: 0 }, nothing)).toMatch(/--trial 0: it failed[^]*connection refused/);
  });
});

describe("a selection that does not fit the run", () => {
  test("is refused with the nearest word", () => {
    expect(refusal("hlog", { roads: ["l8"] })).toMatch(
      /--road l8: not in this run[^]*no-policy, no-policy-again, l4, l7/,
    );
    expect(refusal("hlog", { passes: ["mixx"] })).toMatch(/--pass mix\b/);
    expect(refusal("hlog", { methods: ["ProcesPayment"] })).toMatch(/--method ProcessPayment/);
    expect(refusal("hlog", { trial: 99 })).toMatch(/--trial 99: run .* has no such trial[^]*0 to \d+/);
  });
});

describe("what a run calls its roads", () => {
  const odd = 'l7 "<b>/../x,\n';
  const run: Run = {
    ...RUN,
    header: {
      ...RUN.header,
      scenarios: RUN.header.scenarios.map((one) => (one.name === "l7" ? { ...one, name: odd } : one)),
    },
    trials: RUN.trials.map((trial) => (trial.scenario === "l7" ? { ...trial, scenario: odd } : trial)),
  };

  test("cannot leave the folder, break a line or close a quote", () => {
    for (const { name } of files("hgrm", {}, run)) expect(name).toMatch(/^[\w.+@-]+$/);
    for (const line of text("benchfmt", {}, run).split("\n"))
      expect(line).toMatch(/^(|\S+: .*|Unit .*|BenchmarkCall\/.*)$/);
    expect(readHlog(text("hlog", {}, run), "export").lines.length).toBeGreaterThan(0);
    expect(text("openmetrics", {}, run)).toContain('road="l7 \\"<b>/../x,\\n"');
  });
});

describe("an experimental road", () => {
  const run = labRun({ scenarios: ["no-policy", "l4", "l7-kernel"], passes: ["single"], blocks: 2 });

  test.each(EXPORT_FORMATS)("is in no %s, where nothing could stand beside its cost", (format) => {
    for (const file of files(format, {}, run)) expect(`${file.name}\n${file.text}`).not.toMatch(/road\W*l7-kernel/);
  });

  test("gives its trials, and no toll, where it is asked for by name", () => {
    const openmetrics = text("openmetrics", { roads: ["l7-kernel"] }, run);
    expect(openmetrics).toMatch(/tollgate_trial_latency_seconds\{.*road="l7-kernel"/);
    expect(openmetrics).not.toMatch(/tollgate_toll_seconds\{/);
  });
});
