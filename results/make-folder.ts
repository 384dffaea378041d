/**
 * Makes a folder and those above it. Node's own `mkdir` with `recursive` turns for ever where a file system answers ENOENT
 * to every name, as /proc does.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** Does nothing where it is there already. @throws what the file system refuses */
export async function makeFolder(path: string): Promise<void> {
  const refused = await refusal(path);
  if (refused === null || refused.code === "EEXIST") return;
  if (refused.code !== "ENOENT" || dirname(path) === path) throw refused;
  await makeFolder(dirname(path));
  const again = await refusal(path);
  if (again !== null && again.code !== "EEXIST") throw again;
}

async function refusal(path: string): Promise<NodeJS.ErrnoException | null> {
  try {
    await mkdir(path);
    return null;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
