/**
 * Where the package's own files lie, whether the code runs compiled from dist/ or, under the test runner, as TypeScript.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** A file that ships with the package beside the code, e.g. `resourcePath("proto/payments.proto")`. */
export function resourcePath(relative: string): string {
  return join(packageRoot, relative);
}

/**
 * A compiled program to start as a process of its own, e.g. `programPath("loadgen/worker-main")`. Always in dist/:
 * a child process is plain Node and cannot run TypeScript, so tests that start one need `npm run build` first.
 */
export function programPath(relative: string): string {
  return join(packageRoot, "dist", `${relative}.js`);
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("package.json not found above the program: the installation is damaged");
  return findRoot(parent);
}
