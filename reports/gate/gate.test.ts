import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { onlyWhere } from "../../proto/only-where.test-helper.js";
import { readGateFile } from "../../results/gate/gate-file.js";
import type { GateReport } from "../../results/gate/gate-report.js";
import { judgeGates } from "../../results/gate/judge-gates.js";
import type { Run } from "../../results/run-shape.js";
import { afterUpgrade, beforeUpgrade } from "../compare/compare.test-helper.js";
import { renderGateAnnotations } from "./gate-annotations.js";
import { gateJson } from "./gate-json.js";
import { renderGateJunit } from "./gate-junit.js";
import { renderGateMarkdown } from "./gate-markdown.js";
import { renderGateTerminal } from "./gate-terminal.js";

const FILE = `gates:
  - { road: l7, metric: p50, load: open, against: baseline, max_regression: 5% }
  - { road: l7-tls, metric: p50, against: l7, max_toll: 200us }
  - { name: "Envoy's CPU < 220 µs, % & all", road: l7, metric: envoy_cpu_per_call, max: 220us }
  - { road: l7, metric: response_p99, max: 5ms, method: GenerateFinancialReport }
`;
const parts = { passes: ["single", "mix"] as const, callsPerTrial: 600 };
const before = beforeUpgrade(parts);
const after = afterUpgrade(parts);
const baseline = { run: before, chosenBy: "last-stable", floors: [] };
const report = judgeGates(readGateFile(FILE, "ci/gates.yaml"), after, baseline);
const plain = { colour: false, requireConclusive: false };

test("the four gates come out in every way but invalid", () => {
  expect(report.rules.map(({ outcome }) => outcome)).toEqual(["broken", "passed", "inconclusive", "inconclusive"]);
});

describe("gates read as they did when somebody last read them", () => {
  test("on a terminal", async () => {
    const text = renderGateTerminal(report, plain);
    expect(text.split("\n").filter((line) => line.length > 110)).toEqual([]);
    await expect(text).toMatchFileSnapshot("__golden__/gate.txt");
  });

  test("in Markdown", async () => {
    await expect(renderGateMarkdown(report, false)).toMatchFileSnapshot("__golden__/gate.md");
  });

  test("in JUnit XML", async () => {
    await expect(renderGateJunit(report, false)).toMatchFileSnapshot("__golden__/gate.xml");
  });

  test("as annotations", async () => {
    await expect(renderGateAnnotations(report, false)).toMatchFileSnapshot("__golden__/gate-annotations.txt");
  });
});

function judgedAt(toll: string, cpu: string, regression: string): ReturnType<typeof judgeGates> {
  const file = `gates:
  - { road: l7-tls, metric: p50, against: l7, max_toll: ${toll} }
  - { name: Envoy's CPU, road: l7, metric: envoy_cpu_per_call, max: ${cpu} }
  - { road: l7, metric: p50, load: open, against: baseline, max_regression: ${regression} }
`;
  return judgeGates(readGateFile(file, "ci/gates.yaml"), after, baseline);
}

const broken = judgedAt("20us", "100us", "5%");
const passing = judgedAt("1ms", "1ms", "1ms");

describe("a file of gates that all come out alike reads as it did", () => {
  test.each([
    ["broken", broken],
    ["passed", passing],
    ["inconclusive", judgedAt("60us", "214us", "15%")],
  ] as const)("%s", async (outcome, told) => {
    expect(told.rules.map((rule) => rule.outcome)).toEqual([outcome, outcome, outcome]);
    const text = `${renderGateTerminal(told, plain)}\n${renderGateMarkdown(told, false)}\n${renderGateAnnotations(told, false)}`;
    await expect(text).toMatchFileSnapshot(`__golden__/gate-${outcome}.txt`);
  });
});

test("each broken gate is told with the command that shows why, in every form", () => {
  const steps = ["tollgate report ", "--format html --output report.html", "tollgate compare "];
  const forms = [renderGateTerminal(broken, plain), renderGateMarkdown(broken, false), renderGateJunit(broken, false)];
  for (const form of [...forms, renderGateAnnotations(broken, false)]) {
    for (const step of [...steps, "tollgate run --like "]) expect(form).toContain(step);
  }
  expect(renderGateTerminal(passing, plain)).not.toContain("next");
});

test("one of a thing is told in the singular", () => {
  const told = judgeGates(
    readGateFile(
      FILE.split("\n")
        .filter((_, i) => i !== 1 && i !== 2 && i !== 3)
        .join("\n"),
      "g",
    ),
    after,
    null,
  );
  expect(renderGateTerminal(told, plain)).toMatch(/^\? 1 of 1 gate inconclusive/);
  expect(told.rules[0]!.reason).toMatch(/^n\/a: 1 call lies beyond/);
});

/** Reads XML with a parser that is not ours: every element with its attributes and its text. */
function parsed(xml: string): { tag: string; at: Record<string, string>; text: string | null }[] {
  const program =
    "import sys,json,xml.etree.ElementTree as t;print(json.dumps([{'tag':e.tag,'at':e.attrib,'text':e.text} for e in t.fromstring(sys.stdin.buffer.read()).iter()]))";
  return JSON.parse(execFileSync("python3", ["-c", program], { input: xml, encoding: "utf8" })) as ReturnType<
    typeof parsed
  >;
}
const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe("JUnit XML, read by another parser,", onlyWhere(hasPython, "python3 is not installed"), () => {
  const elements = (one: GateReport, required = false): ReturnType<typeof parsed> =>
    parsed(renderGateJunit(one, required));
  const of = (all: ReturnType<typeof parsed>, tag: string) => all.filter((element) => element.tag === tag);

  test("holds each gate with its name, place, outcome and figures", () => {
    const all = elements(report);
    expect(of(all, "testcase").map(({ at }) => at["name"])).toEqual(report.rules.map(({ rule }) => rule.name));
    expect(of(all, "testcase")[2]!.at).toMatchObject({ classname: "tollgate.l7", file: "ci/gates.yaml", line: "4" });
    expect(of(all, "testsuite")[0]!.at).toMatchObject({ tests: "4", failures: "1", errors: "0", skipped: "2" });
    expect(of(all, "failure").map(({ at }) => at["message"])).toEqual([report.rules[0]!.reason]);
    const low = of(all, "property").find(({ at }) => at["name"] === "ratio_low");
    expect(Number(low!.at["value"])).toBe(report.rules[0]!.ratio!.low);
  });

  test("fails inconclusive gates where a conclusion is required", () => {
    const all = elements(report, true);
    expect(of(all, "testsuite")[0]!.at).toMatchObject({ failures: "3", skipped: "0" });
  });

  test("survives what XML has no place for", () => {
    const name = "bell \u0007 half \ud83d, <&>\"' and\nlines";
    const [rule] = report.rules;
    const odd = { ...report, rules: [{ ...rule!, outcome: "invalid" as const, rule: { ...rule!.rule, name } }] };
    const all = elements(odd);
    expect(of(all, "testcase")[0]!.at["name"]).toBe("bell \ufffd half \ufffd, <&>\"' and\nlines");
    expect(of(all, "error")).toHaveLength(1);
  });
});

describe("annotations", () => {
  const [first = "", second = ""] = renderGateAnnotations(report, false).split("\n");

  test("stand at the line of their rule, with what would end them escaped", () => {
    expect(first).toMatch(/^::error file=ci\/gates.yaml,line=2,col=5,title=gate broken%3A l7%2C response p50/);
    expect(first).toMatch(/::\+1\d\.\d %25 \[/);
    expect(second).toMatch(
      /^::warning file=ci\/gates.yaml,line=4,col=5,title=gate inconclusive%3A Envoy's CPU < 220 µs%2C %25 & all::/,
    );
  });

  test("are errors where a conclusion is required, and say nothing of what passed", () => {
    const lines = renderGateAnnotations(report, true).trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => line.startsWith("::error "))).toBe(true);
  });
});

test("machines are told outcome, exit code, reasons and figures", () => {
  const told = gateJson(report, 3) as { outcome: string; exit_code: number; gates: Record<string, unknown>[] };
  expect(told).toMatchObject({
    outcome: "broken",
    exit_code: 3,
    baseline: { id: before.header.id, chosen_by: "last-stable" },
  });
  expect(told.gates[0]).toMatchObject({ line: 2, outcome: "broken", ratio_low: report.rules[0]!.ratio!.low });
});

test("colour adds nothing but colour", () => {
  const coloured = renderGateTerminal(report, { ...plain, colour: true });
  expect(coloured).toContain("\x1b[31m");
  expect(coloured.replace(/\x1b\[\d+m/g, "")).toBe(renderGateTerminal(report, plain));
});

test("an inconclusive gate is let through loudly", () => {
  for (const text of [renderGateTerminal(report, plain), renderGateMarkdown(report, false)]) {
    expect(text.replaceAll(/\s+/g, " ")).toMatch(
      /2 gates are INCONCLUSIVE: nothing was shown either way, and the run is let through/,
    );
  }
});

test("a run without a trial is told without a number that is none", () => {
  const empty: Run = { ...after, trials: [], end: null };
  const none = judgeGates(readGateFile(FILE, "gates.yaml"), empty, { missing: "there is no last stable run" });
  for (const text of [renderGateTerminal(none, plain), renderGateMarkdown(none, true), renderGateJunit(none, false)]) {
    expect(text).not.toMatch(/NaN|undefined|\bnull\b|Infinity/);
  }
});
