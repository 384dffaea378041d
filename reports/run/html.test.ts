import { describe, expect, test } from "vitest";
import type { Run } from "../../results/run-shape.js";
import { renderHtml } from "./html.js";
import { labRun, oddRuns, reportOf } from "./report.test-helper.js";

const page = (run: Run): string => renderHtml(reportOf(run), { folder: "." });

/** What a reader sees: neither style, script nor tags. */
const textOf = (html: string): string =>
  html.replace(/<(style|script)[^>]*>[\s\S]*?<\/\1>/g, "").replace(/<[^>]*>/g, " ");

const whole = labRun({ passes: ["single", "mix", "refused", "reconnect"], blocks: 6 });

describe.each([["a whole run", whole] as const, ...oddRuns()])("%s", (_, run) => {
  const html = page(run);

  test("shows no number that is none", () => {
    expect(textOf(html)).not.toMatch(/NaN|undefined|\bnull\b|Infinity|\[object/);
    expect(html).not.toMatch(/="[^"]*(NaN|undefined|Infinity)[^"]*"/);
  });

  test("has one first heading and a title", () => {
    expect(html.match(/<h1[ >]/g)).toHaveLength(1);
    expect(html).toMatch(/<title>tollgate · \S+<\/title>/);
  });

  test("names every figure for those who cannot see it", () => {
    for (const svg of html.match(/<svg[\s\S]*?<\/svg>/g) ?? []) {
      expect(svg).toMatch(
        /^<svg[^>]*(aria-hidden="true"|role="img"[^>]*aria-labelledby="([^"]+)"[^>]*><title id="\2">)/,
      );
    }
  });

  test("uses each id once", () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test("fetches nothing", () => {
    expect(html).not.toMatch(/src=|<link|href="(?!#|data:|\.)/);
    expect(html).not.toMatch(/url\(|@import/);
  });
});

test("a load in which nobody's CPU can be told says so where the others show it", () => {
  const run = labRun({ passes: ["interleaved", "single"], blocks: 6 });
  const trials = run.trials.map((trial) =>
    trial.pass === "interleaved" && trial.outcome.state === "measured"
      ? { ...trial, outcome: { ...trial.outcome, cpu: null } }
      : trial,
  );
  const html = page({ ...run, trials });
  expect(
    html.match(/<p class="missing" data-view="interleaved">n\/a in this load: no road has a reading/g),
  ).toHaveLength(1);
  expect(html).not.toMatch(/<p class="missing" data-view="single">n\/a in this load/);
});

test("nothing of a run reaches the page as markup", () => {
  const evil = "<script>alert(1)</script>";
  const { header, probes } = labRun({ blocks: 6 });
  const run: Run = {
    ...labRun({ blocks: 6 }),
    header: {
      ...header,
      id: `id${evil}`,
      command: ["tollgate", evil],
      calibration: evil,
      tags: [evil],
      fingerprint: { ...header.fingerprint, [evil]: evil, "cpu.model": evil },
      placement: { ...header.placement, generator: evil },
      scenarios: header.scenarios.map((one) => ({ ...one, differs: evil, question: evil })),
    },
    probes: probes.map((probe) => ({ ...probe, method: evil })),
    end: { state: "interrupted", at: header.createdAt, message: evil, warnings: [evil] },
    warnings: [evil],
  };
  expect(page(run)).not.toContain(evil);
  expect(page(run)).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
});

test("a run that was cut short says so before any number", () => {
  const cut: Run = { ...whole, end: { state: "interrupted", at: whole.header.createdAt, message: null, warnings: [] } };
  const html = page(cut);
  expect(html.indexOf("interrupted")).toBeGreaterThan(0);
  expect(html.indexOf("interrupted")).toBeLessThan(html.indexOf("<table"));
});

test("the words that a report may not use are not used", () => {
  expect(textOf(page(whole))).not.toMatch(/overhead|no difference/i);
});
