import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runFiles } from "./run-files.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("files come in the order of a reader, each with its size and the hash of what lies there now", async () => {
  await mkdir(join(folder, "trials"));
  const files = ["trials/0002.hlog", "trials/0001.hlog", "trials.csv", "events.ndjson", "run.json", "report.html"];
  for (const file of files) await writeFile(join(folder, file), `text of ${file}`);
  const found = await runFiles(folder);
  expect(found.map(({ file }) => file)).toEqual([
    ...["run.json", "events.ndjson", "trials.csv"],
    ...["trials/0001.hlog", "trials/0002.hlog"],
  ]);
  const text = "text of run.json";
  expect(found[0]).toEqual({
    file: "run.json",
    bytes: text.length,
    sha256: createHash("sha256").update(text).digest("hex"),
  });
  await writeFile(join(folder, "run.json"), "edited by hand");
  expect((await runFiles(folder))[0]?.sha256).not.toBe(found[0]?.sha256);
});

test("what is missing is left out", async () => {
  await writeFile(join(folder, "run.json"), "{}");
  expect((await runFiles(folder)).map(({ file }) => file)).toEqual(["run.json"]);
  expect(await runFiles(join(folder, "nowhere"))).toEqual([]);
});
