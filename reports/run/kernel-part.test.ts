import { describe, expect, test } from "vitest";
import { compareRun } from "../../results/compare-run.js";
import type { KernelDemonstration } from "../../results/kernel-demonstration.js";
import type { Run } from "../../results/run-shape.js";
import { KERNEL_ACTIONS } from "../../scenarios/scenario.js";
import { claimsOnTrial } from "./claims.js";
import { renderCsv } from "./csv.js";
import { renderHtml } from "./html.js";
import { CANNOT_JUDGE } from "./kernel-part.js";
import { renderMarkdown } from "./markdown.js";
import { buildReport } from "./report-model.js";
import { labRun, reportOf } from "./report.test-helper.js";
import { runJson } from "./run-json.js";
import { renderTerminal } from "./terminal.js";

const SHOWN: KernelDemonstration = {
  scenario: "l7-kernel",
  refusals: KERNEL_ACTIONS.map((action) => ({
    action,
    refused: { seen: action === "drop" ? "DEADLINE_EXCEEDED" : "UNIMPLEMENTED", serviceNs: 1e9 },
    beside: [
      { seen: "OK", serviceNs: 1e6 },
      { seen: "OK", serviceNs: 1e6 },
    ],
    later: { seen: "OK", serviceNs: 1e6 },
    reconnected: action === "reset",
  })),
  attacks: [
    { attack: "forged-segment", action: "drop", answeredPlainly: 0, answeredUnderAttack: 1 },
    { attack: "forged-segment", action: "reset", answeredPlainly: 0, answeredUnderAttack: 1 },
    { attack: "lost-packet", action: "rewrite", answeredPlainly: 0, answeredUnderAttack: 0 },
  ],
};
const roads = ["no-policy", "l4", "l7", "l7-kernel"];
const bare = labRun({ scenarios: roads, passes: ["single", "refused"], blocks: 6, tolls: { "l7-kernel": 4_000 } });
const run: Run = { ...bare, demonstrations: [SHOWN] };

/** Every form for people, of one run. */
function told(one: Run): [form: string, text: string][] {
  const model = reportOf(one);
  return [
    ["terminal", renderTerminal(model, { colour: false, runFolder: "runs/x", page: null }).replace(/\n */g, " ")],
    ["markdown", renderMarkdown(model)],
    ["html", renderHtml(model, { folder: null }).replaceAll("&#39;", "'")],
  ];
}

describe("a run with the experimental road", () => {
  test.each(told(run))("tells its cost beside the refusals, the attacks and the limits: %s", (_form, text) => {
    for (const part of [
      /Experimental: l7-kernel/,
      /moved by [+−][\d.]+ µs \[.*\] over no policy .*by [+−][\d.]+ µs \[.*\] over an L4 policy \(\w+, 6 blocks\); by −\d+/,
      /hangs: nothing within 1\.00 s/,
      /OK after connecting anew/,
      /forged segment.*got a refused call answered by the server: actions drop, reset/,
      /lost packet.*did not get a refused call answered \(0 plainly, 0 under attack\): action rewrite/,
    ]) {
      expect(text).toMatch(part);
    }
    expect(text.replaceAll(/\s+/g, " ")).toContain(CANNOT_JUDGE.slice(0, 40));
  });

  test.each(told(bare))("tells no cost where its refusals were not shown: %s", (_form, text) => {
    expect(text).toMatch(/not shown in this run/);
    expect(text).not.toMatch(/ over no policy/);
  });

  test("is in no table, ladder or verdict, and its rows are in no CSV", () => {
    const model = reportOf(run);
    expect(model.tables.flatMap(({ rows }) => rows.map(({ scenario }) => scenario.name))).not.toContain("l7-kernel");
    expect(model.chains.map(({ candidate }) => candidate)).not.toContain("l7-kernel");
    expect(renderCsv(model)).not.toContain("l7-kernel");
    expect(JSON.stringify((runJson(model, "x") as { comparisons: unknown }).comparisons)).not.toContain("l7-kernel");
  });

  test.each(told(run))("is called experimental where its refusals stand among others': %s", (_form, text) => {
    expect(text).toContain("l7-kernel (experimental)");
  });

  test("takes its cost from the pass in which the roads took turns, where there is one", () => {
    const turns = labRun({
      scenarios: roads,
      passes: ["interleaved", "single"],
      blocks: 6,
      tolls: { "l7-kernel": 4_000 },
    });
    const both = compareRun({ ...turns, demonstrations: [SHOWN] });
    const moved = (pass: string) => ({
      ...both,
      comparisons: both.comparisons.map((one) =>
        one.pass === pass ? { ...one, absoluteNs: { estimate: 77_000, low: 76_000, high: 78_000 } } : one,
      ),
    });
    const costsWith = (pass: string): string =>
      buildReport({ ...turns, demonstrations: [SHOWN] }, moved(pass))
        .kernel.flatMap(({ costs }) => costs)
        .join(" ");
    expect(costsWith("interleaved")).toMatch(/the roads taking turns, moved by \+77\.0 µs/);
    expect(costsWith("single")).not.toContain("77.0 µs");
  });

  test("answers the claim: true of such a program, shipped by nobody", () => {
    const [claim] = claimsOnTrial(run, compareRun(run));
    expect(claim?.verdict).toBe("refuted");
    expect(claim?.because.join(" ")).toMatch(
      /In microseconds: true of a program .* l7-kernel\..*Shipped by nobody, because/,
    );
    expect(claimsOnTrial(bare, compareRun(bare))[0]?.because.join(" ")).not.toContain("In microseconds");
  });

  test("claims no microseconds where the interval does not show them", () => {
    const whole = compareRun(run);
    const wide = whole.comparisons.map((one) =>
      one.candidate === "l7-kernel" && one.baseline === "l4"
        ? { ...one, absoluteNs: { estimate: 4_000, low: -40_000, high: 90_000 } }
        : one,
    );
    const [claim] = claimsOnTrial(run, { ...whole, comparisons: wide });
    expect(claim?.because.join(" ")).toMatch(/In microseconds: not shown by this run of a program/);
  });

  test("does not count its silence as that of an L4 policy", () => {
    const hung = claimsOnTrial(run, compareRun(run))[1]?.because.at(-1);
    expect(hung).toMatch(/^Where only an L4 policy judges \(l4\)/);
  });
});

test("a run without it speaks of nothing experimental", () => {
  for (const [, text] of told(labRun({ passes: ["single"], blocks: 6 }))) expect(text).not.toContain("Experimental");
});
