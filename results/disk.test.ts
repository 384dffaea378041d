import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appendWholeLine, nodeDisk, type AppendableFile } from "./disk.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-disk-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("appending a line", () => {
  test("makes the file, and adds to it", async () => {
    const path = join(folder, "lines");
    await nodeDisk.appendLine(path, "one");
    await nodeDisk.appendLine(path, "two");
    expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
  });

  test("ends a torn line first", async () => {
    const path = join(folder, "torn");
    await writeFile(path, "one\ntw");
    await nodeDisk.appendLine(path, "three");
    expect(await readFile(path, "utf8")).toBe("one\ntw\nthree\n");
  });
});

/** A file on a disk that fills up after so many bytes, or fails to sync. */
class FillingFile implements AppendableFile {
  content: string;
  constructor(
    content: string,
    private room: number,
    private readonly syncs = true,
  ) {
    this.content = content;
  }
  stat(): Promise<{ size: number }> {
    return Promise.resolve({ size: this.content.length });
  }
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<unknown> {
    buffer.write(this.content.slice(position, position + length), offset);
    return Promise.resolve();
  }
  appendFile(text: string): Promise<void> {
    this.content += text.slice(0, this.room);
    if (text.length <= this.room) return Promise.resolve();
    return Promise.reject(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }));
  }
  truncate(length: number): Promise<void> {
    this.content = this.content.slice(0, length);
    return Promise.resolve();
  }
  sync(): Promise<void> {
    return this.syncs ? Promise.resolve() : Promise.reject(new Error("EIO"));
  }
}

describe("an append that fails", () => {
  test("leaves the file as it was, however much of it was written", async () => {
    for (let room = 0; room < 6; room++) {
      const file = new FillingFile("whole\n", room);
      await expect(appendWholeLine(file, "12345")).rejects.toThrow("ENOSPC");
      expect(file.content).toBe("whole\n");
    }
    const file = new FillingFile("whole\n", 6);
    await appendWholeLine(file, "12345");
    expect(file.content).toBe("whole\n12345\n");
  });

  test("at the sync leaves it as it was too: what is not on the disk was not kept", async () => {
    const file = new FillingFile("whole\n", 100, false);
    await expect(appendWholeLine(file, "12345")).rejects.toThrow("EIO");
    expect(file.content).toBe("whole\n");
  });
});

describe("putting a file", () => {
  test("makes its folder, and replaces what was there", async () => {
    const path = join(folder, "deep", "er", "file");
    await nodeDisk.put(path, "one");
    await nodeDisk.put(path, "two");
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(join(folder, "deep", "er"))).toEqual(["file"]);
  });

  test("that cannot be put leaves no draft behind", async () => {
    const path = join(folder, "deep");
    await expect(nodeDisk.put(path, "a folder is there")).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.endsWith(".new"))).toEqual([]);
  });
});
