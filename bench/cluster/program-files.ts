/**
 * What every pod of a run finds under /app: the one program, as this tollgate was built with it.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resourcePath } from "../../proto/package-root.js";
import { version } from "../version.js";
import type { ProgramFiles } from "./manifests.js";

export async function programFiles(): Promise<ProgramFiles> {
  const read = (path: string): Promise<string> => readFile(resourcePath(path), "utf8");
  return {
    program: await read("dist/pods/program.mjs"),
    proto: await read("proto/payments.proto"),
    packageJson: JSON.stringify({ name: "tollgate", version, type: "module" }),
  };
}

export function programSha256({ program, proto }: ProgramFiles): string {
  return createHash("sha256").update(program).update(proto).digest("hex");
}
