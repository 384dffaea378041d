import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { syntheticRun } from "../../results/synthetic-run.js";
import { registerExport } from "./export.js";
import { verbBench } from "./verb.test-helper.js";

const bench = verbBench(registerExport);
const RUN = syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 2, callsPerTrial: 200 });

describe("tollgate export", () => {
  test("writes each format to stdout or into a file", async () => {
    await bench.keep(RUN);
    const starts = {
      hlog: /^#\[tollgate run .*\n.*\n#\[Histogram log format version 1.3\]/,
      benchfmt: /^run: /,
      openmetrics: /^# TYPE tollgate_run info\n/,
      csv: /^trial,pass,/,
      junit: /^<\?xml /,
      markdown: /^# tollgate/,
    };
    for (const [format, start] of Object.entries(starts)) {
      expect((await bench.tell("export", "latest", "--format", format)).out, format).toMatch(start);
    }
    const file = join(bench.folder, "run.prom");
    const told = await bench.tell("export", "latest", "--format", "openmetrics", "--output", file);
    expect(told).toEqual({ out: "", err: "", code: 0 });
    expect(await readFile(file, "utf8")).toMatch(/# EOF\n$/);
  });

  test("wants a folder where there are several files, and says which they would be", async () => {
    await bench.keep(RUN);
    const refused = await bench.tell("export", "latest", "--format", "hgrm");
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/this is 2 files[^]*no-policy-single-ProcessPayment-service.hgrm/);
    expect((await bench.tell("export", "latest", "--format", "hgrm", "--road", "l4")).out).toMatch(/^#\[run /);
    const into = join(bench.folder, "hgrm/");
    expect((await bench.tell("export", "latest", "--format", "hgrm", "--output", into)).err).toMatch(/^2 files in /);
    expect(await readdir(into)).toHaveLength(2);
  });

  test("refuses what it cannot do: a format, a file's place, a Markdown report of half a run", async () => {
    await bench.keep(RUN);
    const missing = join(bench.folder, "no/such/folder/x");
    const unwritable = await bench.tell("export", "latest", "--format", "csv", "--output", missing);
    expect(unwritable.err).toMatch(/--output: .* cannot be written/);
    const half = await bench.tell("export", "latest", "--format", "markdown", "--road", "l4");
    expect(half.err).toMatch(/of the whole run/);
    expect((await bench.tell("export", "nothing-like-it", "--format", "csv")).err).toMatch(/there is no run/);
  });
});
