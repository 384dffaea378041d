/** The files that flags name, read with a fault that names both. */
import { readFileSync } from "node:fs";
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { ReadText } from "./load-flags.js";

export const readTextFile: ReadText = (flag, file) => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new Fault({ fact: `${flag}: ${file} cannot be read`, seen, exitCode: EXIT.usage }, { cause: error });
  }
};
