import { describe, expect, test } from "vitest";
import type { Run } from "../../results/run-shape.js";
import { sentenceText } from "../run/verdict-sentences.js";
import { renderCompareHtml } from "./compare-html.js";
import { compareJson } from "./compare-json.js";
import { renderCompareMarkdown } from "./compare-markdown.js";
import { renderCompareTerminal } from "./compare-terminal.js";
import { afterUpgrade, beforeUpgrade, oddPairs, reportOn } from "./compare.test-helper.js";

const upgrade = reportOn(beforeUpgrade(), afterUpgrade());
const plainText = { colour: false };

/** What a reader sees: neither style, script nor tags. */
const textOf = (html: string): string =>
  html.replace(/<(style|script)[^>]*>[\s\S]*?<\/\1>/g, "").replace(/<[^>]*>/g, " ");

describe("an upgrade reads as it did when somebody last read it", () => {
  test("on a terminal", async () => {
    await expect(renderCompareTerminal(upgrade, plainText)).toMatchFileSnapshot("__golden__/compare.txt");
  });

  test("in Markdown", async () => {
    await expect(renderCompareMarkdown(upgrade)).toMatchFileSnapshot("__golden__/compare.md");
  });
});

test("colour adds nothing but colour", () => {
  const coloured = renderCompareTerminal(upgrade, { colour: true });
  expect(coloured).toContain("\x1b[1m");
  expect(coloured.replace(/\x1b\[\d+m/g, "")).toBe(renderCompareTerminal(upgrade, plainText));
});

test("machines are told the same", () => {
  const told = JSON.parse(JSON.stringify(compareJson(upgrade))) as {
    interleaved: boolean;
    cells: { candidate: string; baseline: string; metric: string; pass: string; verdict: string; ratio: unknown }[];
    set_up: { changes: { key: string; before: string; after: string }[] };
  };
  expect(told.interleaved).toBe(false);
  const l7 = told.cells.find((one) => one.candidate === "l7" && one.baseline === "l4" && one.metric === "service_p50");
  const { shift } = upgrade.comparison.cells.find((one) => one.candidate === "l7" && one.baseline === "l4")!;
  expect(l7).toMatchObject({ verdict: "slower", pass: "single", ratio: shift!.ratio });
  expect(told.set_up.changes).toEqual([
    { group: "Envoy", key: "envoy", before: "1.36.4", after: "1.37.0" },
    { group: "Envoy", key: "envoy.sha256", before: "aaaa", after: "bbbb" },
  ]);
});

describe("the verdict", () => {
  const sentences = upgrade.verdict.map(({ text }) => sentenceText(text));

  test("names what rose, with the tolls, their change and the ratio with its interval", () => {
    expect(sentences[1]).toMatch(
      /^An L7 policy in Envoy costs more than before: \+2\d\d µs a call then, \+2\d\d µs now, a change of \+[\d.]+ µs \[.*\]; against l4 ×1\.\d\d \[.*\]\.$/,
    );
  });

  test("says of the rest what it can", () => {
    expect(sentences[0]).toMatch(/^Whether the toll of an L4 policy in eBPF moved is not resolved here/);
  });

  test("says that the runs were not interleaved, in every form", () => {
    for (const text of [
      renderCompareTerminal(upgrade, plainText),
      renderCompareMarkdown(upgrade),
      renderCompareHtml(upgrade),
    ]) {
      expect(text).toMatch(/not interleaved/);
    }
  });
});

test("the pass in which roads took turns has a table of its own, before the others", () => {
  const turns = { passes: ["interleaved" as const, "single" as const], callsPerTrial: 400 };
  const model = reportOn(beforeUpgrade(turns), afterUpgrade(turns));
  expect(model.tables[0]).toMatchObject({ pass: "interleaved", isHeadline: true });
  expect(model.tables[0]?.rows.some(({ cell }) => cell.family === "declared")).toBe(true);
  expect(model.verdict.length).toBe(3);
});

test("two previews of an upgrade are told by the tolls through either Envoy", () => {
  const preview = { passes: ["single" as const], scenarios: ["l4", "l7", "l7-again"], envoys: ["1.36.4", "1.37.0"] };
  const model = reportOn(beforeUpgrade(preview), afterUpgrade({ ...preview, tolls: {} }));
  expect(model.verdict.map(({ text }) => sentenceText(text)).join("\n")).toMatch(
    /L7 policy in Envoy 1\.36\.4[^]*L7 policy in Envoy 1\.37\.0/,
  );
});

test("what counts as no change stands beside the words that claim none", () => {
  expect(renderCompareTerminal(upgrade, plainText)).toMatch(/a change\s+below 0\.2 % counts as none/);
});

describe.each(oddPairs())("%s", (_, before: Run, after: Run) => {
  const model = reportOn(before, after);
  const terminal = renderCompareTerminal(model, plainText);
  const html = renderCompareHtml(model);

  test("shows no number that is none, in any form", () => {
    for (const text of [terminal, renderCompareMarkdown(model), textOf(html)]) {
      expect(text).not.toMatch(/NaN|undefined|\bnull\b|Infinity|\[object/);
    }
    expect(html).not.toMatch(/="[^"]*(NaN|undefined|Infinity)[^"]*"/);
  });

  test("fits 110 columns", () => {
    expect(terminal.split("\n").filter((line) => line.length > 110)).toEqual([]);
  });

  test("has figures that are named, ids that stand once, and nothing that is fetched", () => {
    for (const svg of html.match(/<svg[\s\S]*?<\/svg>/g) ?? []) {
      expect(svg).toMatch(/^<svg[^>]*role="img"[^>]*aria-labelledby="([^"]+)"[^>]*><title id="\1">/);
    }
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids).toEqual([...new Set(ids)]);
    expect(html).not.toMatch(/(src|href)="(?!#|data:)|url\(|@import/);
  });
});

test("two things that differ are both named, and neither is blamed", () => {
  const [, before, after] = oddPairs().at(-1)!;
  expect(renderCompareTerminal(reportOn(before, after), plainText)).toMatch(
    /No cause can be named: Envoy and kernel differ at once\.\n {2}Envoy: envoy 1\.36\.4 → 1\.37\.0/,
  );
});

test("nothing of a run reaches the page or Markdown as markup", () => {
  const evil = "<script>alert(1)</script>";
  const run = afterUpgrade({ passes: ["single"], callsPerTrial: 300, tags: [evil] });
  const header = {
    ...run.header,
    id: `id${evil}`,
    fingerprint: { ...run.header.fingerprint, [evil]: evil, cpu: evil },
  };
  const model = reportOn(beforeUpgrade({ passes: ["single"], callsPerTrial: 300 }), { ...run, header });
  expect(renderCompareHtml(model)).not.toContain(evil);
  expect(renderCompareMarkdown(model)).not.toContain(evil);
});
