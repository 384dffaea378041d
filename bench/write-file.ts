/** Puts what a verb tells into a file that the user named. */
import { writeFile } from "node:fs/promises";
import { EXIT, Fault } from "../loadgen/fault.js";

/**
 * @param flag the flag that named the file, for the Fault
 * @throws Fault (usage) when it cannot be written
 */
export async function writeNamedFile(flag: string, path: string, text: string, how: "w" | "a" = "w"): Promise<void> {
  try {
    await writeFile(path, text, { flag: how });
  } catch (error) {
    throw new Fault({
      fact: `${flag}: ${path} cannot be written`,
      seen: error instanceof Error ? error.message : String(error),
      try: `another ${flag}, or none`,
      exitCode: EXIT.usage,
    });
  }
}
