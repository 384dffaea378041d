import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "./make-folder.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "tollgate-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder is made with those above it, and once more without harm", async () => {
  await makeFolder(join(folder, "a/b/c"));
  await makeFolder(join(folder, "a/b/c"));
  expect(existsSync(join(folder, "a/b/c"))).toBe(true);
});

test("a file in its way is told as what it is", async () => {
  writeFileSync(join(folder, "a"), "");
  await expect(makeFolder(join(folder, "a/b"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test("a file system that makes no folders ends it, where Node's own way would go on for ever", async () => {
  await expect(makeFolder("/proc/tollgate/runs")).rejects.toMatchObject({ code: "ENOENT" });
});
