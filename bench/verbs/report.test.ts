import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunStore } from "../../results/run-store.js";
import { syntheticRun } from "../../results/synthetic-run.js";
import { registerReport } from "./report.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-report-"));
});
afterEach(async () => {
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

/** Runs `tollgate report …` with its words kept instead of printed. */
async function report(...args: readonly string[]): Promise<{ out: string; err: string }> {
  const told = { out: "", err: "" };
  const into = (key: "out" | "err"): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done): void {
        told[key] += chunk.toString();
        done();
      },
    });
  const program = new Command("tollgate");
  registerReport(program, { stdout: into("out"), stderr: into("err"), env: {}, colour: false, live: false });
  await program.parseAsync(["report", ...args, "--results", folder], { from: "user" });
  return told;
}

test("without any run it says so, and how to get one", async () => {
  const { out, err } = await report();
  expect(out).toBe("");
  expect(err).toMatch(/there is no run/);
  expect(err).toMatch(/tollgate run/);
  expect(process.exitCode).toBe(2);
});

test("a run that does not exist is named, and no file is written", async () => {
  const file = join(folder, "page.html");
  const { err } = await report("20261123-183000-lab-3f9c", "--format", "html", "--output", file);
  expect(err).toContain('there is no run "20261123-183000-lab-3f9c"');
  await expect(readFile(file)).rejects.toThrow("ENOENT");
});

test("a kept run is told in every form, on stdout or into a file", async () => {
  const run = syntheticRun({ scenarios: ["no-policy", "l4"], passes: ["single"], blocks: 2, callsPerTrial: 200 });
  await using store = await RunStore.create(folder, run.header);
  for (const trial of run.trials) await store.appendTrial(trial);
  if (run.end !== null) await store.finish(run.end);
  const starts = {
    terminal: "tollgate ",
    html: "<!doctype html>",
    markdown: "# tollgate",
    csv: "run,candidate,",
    json: "{",
  };
  for (const [format, start] of Object.entries(starts)) {
    expect((await report("--format", format)).out.startsWith(start), format).toBe(true);
  }
  const file = join(folder, "page.html");
  expect((await report("latest", "--format", "html", "--output", file)).out).toBe("");
  expect(await readFile(file, "utf8")).toContain(run.header.id);
});
