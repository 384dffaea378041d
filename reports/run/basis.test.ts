import { expect, test } from "vitest";
import { compareRun } from "../../results/compare-run.js";
import { basisOf, type BasisItem } from "./basis.js";
import { failed, labRun, withNote, withTrials } from "./report.test-helper.js";

const run = labRun({ passes: ["single"], blocks: 6 });
const whole = compareRun(run);

const first = (items: readonly BasisItem[], start: string): BasisItem | undefined =>
  items.find(({ text }) => text.includes(start));

test("a sound run rests on valid trials, a proven path and controls that hold", () => {
  const items = basisOf(run, whole);
  expect(items.slice(0, 2)).toEqual([
    { state: "good", text: "54 of 54 trials valid" },
    { state: "good", text: "path proven on every trial: client = server = Envoy, by count" },
  ]);
  expect(items.filter(({ text }) => text.startsWith("control holds"))).toHaveLength(2);
});

test("a note on trials that count is told with how many have it", () => {
  const note = "the stream into the cluster broke meanwhile, and was opened again";
  const some = withTrials(run, (trial) => (trial.block < 2 && trial.scenario === "l7" ? withNote(trial, note) : trial));
  const one = withTrials(some, (trial) => (trial.block === 1 && trial.scenario === "l7" ? failed(trial) : trial));
  expect(first(basisOf(some, whole), "note")).toEqual({ state: "doubtful", text: `2 trials have a note: ${note}` });
  expect(first(basisOf(one, whole), "note")?.text).toBe(`1 trial has a note: ${note}`);
  expect(first(basisOf(run, whole), "note")).toBeUndefined();
  const many = withTrials(run, (trial) => withNote(trial, `remark ${trial.block}`));
  const told = basisOf(many, whole).filter(({ text }) => text.includes("note"));
  expect(told.map(({ text }) => text)).toEqual([
    "9 trials have a note: remark 0",
    "9 trials have a note: remark 1",
    "9 trials have a note: remark 2",
    "3 further notes in the list of trials",
  ]);
});

test("a calibration that is missing or stale is a doubt", () => {
  expect(basisOf(run, whole).at(-1)?.state).toBe("doubtful");
  const calibrated = { ...run, header: { ...run.header, calibration: "cal-1" } };
  expect(basisOf(calibrated, whole).at(-1)).toEqual({ state: "good", text: "calibrated: cal-1" });
});

test("a broken control is told with the interval that broke it", () => {
  const twins = whole.twins.map((twin) => ({ ...twin, verdict: "slower" as const }));
  const broken = first(basisOf(run, { ...whole, twins }), "control broken");
  expect(broken?.state).toBe("bad");
  expect(broken?.text).toMatch(/^control broken: no-policy-again came out slower .*\[/);
});

test("a control that has no interval holds nothing up", () => {
  const void_ = withTrials(run, (trial) => (trial.scenario === "l7-again" ? failed(trial) : trial));
  const items = basisOf(void_, compareRun(void_));
  expect(first(items, "l7 twice")).toEqual({
    state: "doubtful",
    text: "no control: l7 twice tells nothing, all 6 trials of l7-again are void",
  });
  expect(first(items, "no-policy twice")?.state).toBe("good");
});

test("a control of few blocks could not have failed, and is not said to hold", () => {
  const short = labRun({ passes: ["single"], blocks: 4 });
  const item = first(basisOf(short, compareRun(short)), "l7 twice");
  expect(item?.state).toBe("doubtful");
  expect(item?.text).toMatch(/^a control of 4 blocks says little: l7 twice /);
});

test("a run without one valid trial rests on nothing", () => {
  const void_ = withTrials(run, failed);
  const items = basisOf(void_, compareRun(void_));
  expect(items.slice(0, 2).map(({ state }) => state)).toEqual(["bad", "bad"]);
  expect(items[0]?.text).toBe("0 of 54 trials valid (54 void)");
});

test("many doubtful trials are a doubt on the run", () => {
  const trials = { valid: 30, suspect: 20, invalid: 4, failed: 0 };
  expect(basisOf(run, { ...whole, trials })[0]).toEqual({
    state: "doubtful",
    text: "30 of 54 trials valid (20 suspect, 4 void)",
  });
});

test("restarts of a cluster's pods are told with how many arrangements were measured", () => {
  const design = { ...run.header.design, restarts: { everyBlocks: 2 } };
  const restarted = withTrials(run, (trial) => ({ ...trial, arrangement: Math.floor(trial.block / 2) }));
  const onCluster = { ...restarted, header: { ...run.header, environment: "cluster" as const, design } };
  expect(first(basisOf(onCluster, whole), "made anew")).toEqual({
    state: "good",
    text: "the pods of all roads made anew before every 2 blocks, slots changed, in force and tried each time: 3 arrangements measured",
  });
  expect(first(basisOf(run, whole), "made anew")).toBeUndefined();
});
