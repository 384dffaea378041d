/**
 * `npm test`: installs what is missing, then lints, checks types and formatting, and runs every test. Each step runs
 * even when one before it failed; the last line is `N passed, N failed[, N skipped]` over checks and tests together.
 */
import { spawnSync } from "node:child_process";
import {
  ensureBuild,
  ensureNode,
  ensureNodeModules,
  ensurePackages,
  LAB_PROGRAMS,
  ROOT,
  TEST_FILES,
  TEST_PROGRAMS,
} from "./ensure.mjs";
import { lastLine, runVitest } from "./run-vitest.mjs";

ensureNode();
ensurePackages([...LAB_PROGRAMS, ...TEST_PROGRAMS], TEST_FILES);
ensureNodeModules();
ensureBuild();

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const check of ["typecheck", "lint", "format:check"]) {
  const ok = npmRun(check);
  totals[ok ? "passed" : "failed"]++;
  process.stdout.write(`${ok ? "ok  " : "FAIL"} npm run ${check}\n`);
}

const flags = process.argv.slice(2);
const projects = flags.some((flag) => flag.startsWith("--project")) ? [] : ["--project", "unit", "--project", "lab"];
const tests = runVitest([...projects, ...flags]);
for (const key of Object.keys(totals)) totals[key] += tests[key];

process.stdout.write(lastLine(totals));
process.exitCode = totals.failed > 0 ? 1 : 0;

function npmRun(script) {
  return spawnSync("npm", ["run", "--silent", script], { cwd: ROOT, stdio: "inherit" }).status === 0;
}
