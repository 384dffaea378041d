import { describe, expect, test } from "vitest";
import { labRun, oddRuns, reportOf } from "./report.test-helper.js";
import { renderTerminal } from "./terminal.js";

const PLACES = { colour: false, runFolder: "results/runs/RUN", page: "results/runs/RUN/report.html" };

const uncoloured = (text: string): string => text.replace(/\x1b\[\d+m/g, "");

test("a whole run reads as it did when somebody last read it", async () => {
  const text = renderTerminal(reportOf(labRun({ passes: ["single", "mix", "refused", "reconnect"] })), PLACES);
  await expect(text).toMatchFileSnapshot("__golden__/terminal.txt");
});

test("colour adds nothing but colour", () => {
  const model = reportOf(labRun({ blocks: 6 }));
  const coloured = renderTerminal(model, { ...PLACES, colour: true });
  expect(coloured).toContain("\x1b[1m");
  expect(uncoloured(coloured)).toBe(renderTerminal(model, PLACES));
});

test("the next command names the results folder where it is not the usual one", () => {
  const model = reportOf(labRun({ blocks: 6 }));
  const elsewhere = { ...PLACES, runFolder: "/srv/my runs/runs/RUN" };
  expect(renderTerminal(model, elsewhere)).toMatch(/\nnext {3}tollgate run --like \S+ --results '\/srv\/my runs'\n$/);
  expect(renderTerminal(model, PLACES)).toMatch(/\nnext {3}tollgate run --like \S+\n$/);
});

describe.each(oddRuns())("%s", (_, run) => {
  const text = renderTerminal(reportOf(run), PLACES);

  test("fits 110 columns", () => {
    expect(text.split("\n").filter((line) => line.length > 110)).toEqual([]);
  });

  test("holds no number that is none", () => {
    expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
  });

  test("says where it lies and what to do next", () => {
    expect(text).toMatch(/\nrun {4}results\/runs\/RUN\npage {3}.*\nnext {3}tollgate run --(like|resume) /);
  });
});
