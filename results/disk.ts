/**
 * Writing so that a crash at any instant leaves either the old or the new, and so that a full disk costs nothing that
 * was written before. The only way in which results reach the disk.
 *
 * Easy to get wrong: a rename is durable only once its folder is synced too; a failed append leaves half a line behind
 * unless it is cut off again.
 */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.js";

export interface Disk {
  /** Adds a line to the file, all of it or nothing, on a line of its own. Resolves when it is on the disk. */
  appendLine(path: string, line: string): Promise<void>;
  /** Puts a file in place, all of it or nothing, making its folder where needed. Resolves when it is on the disk. */
  put(path: string, text: string): Promise<void>;
}

/** What appending needs of a file: lets a test fill the disk in the middle of a write. */
export interface AppendableFile {
  stat(): Promise<{ readonly size: number }>;
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<unknown>;
  appendFile(text: string): Promise<void>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
}

export const nodeDisk: Disk = {
  async appendLine(path, line) {
    await using file = await open(path, "a+");
    await appendWholeLine(file, line);
  },

  async put(path, text) {
    const folder = dirname(path);
    await makeFolder(folder);
    const draft = `${path}.${process.pid}.new`;
    try {
      await writeSynced(draft, text);
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await syncFolder(folder);
  },
};

/**
 * Appends and syncs; when that fails, cuts off what it had written and throws on. A torn last line, left by a crash, is
 * ended first: the new line must not be glued to it.
 */
export async function appendWholeLine(file: AppendableFile, line: string): Promise<void> {
  const { size } = await file.stat();
  const last = Buffer.from("\n");
  if (size > 0) await file.read(last, 0, 1, size - 1);
  try {
    await file.appendFile(`${last.toString() === "\n" ? "" : "\n"}${line}\n`);
    await file.sync();
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, "w");
  await file.writeFile(text);
  await file.sync();
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
