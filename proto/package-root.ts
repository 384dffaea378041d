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

/** The programs of the product, each bundled into a file of its own (scripts/bundle-programs.mjs). */
export type Program =
  | "bench/main"
  | "bench/lab/supervisor-main"
  | "bench/lab/probe-main"
  | "bench/lab/kernel-demo/kernel-client-main"
  | "loadgen/server-main"
  | "loadgen/worker-main";

/**
 * A program to start as a process of its own. Always in dist/: a child process is plain Node and cannot run TypeScript,
 * so tests that start one need `npm run build` first.
 */
export function programPath(program: Program): string {
  return join(packageRoot, "dist/programs", `${program}.js`);
}

/** Any module as tsc made it, for tests that start a program of their own. Needs `npm run build` as well. */
export function compiledPath(module: string): string {
  return join(packageRoot, "dist", `${module}.js`);
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("package.json not found above the program: the installation is damaged");
  return findRoot(parent);
}
