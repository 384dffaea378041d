/**
 * `npm test`: installs what is missing, then lints, checks types and formatting, and runs every test. Each step runs
 * even when one before it failed; the last line is `N passed, N failed[, N skipped]` over checks and tests together.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
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

const summaryFile = join(ROOT, "dist/.test-summary.json");
rmSync(summaryFile, { force: true });
const testsOk = vitest(process.argv.slice(2));
if (existsSync(summaryFile)) {
  const summary = JSON.parse(readFileSync(summaryFile, "utf8"));
  for (const key of Object.keys(totals)) totals[key] += summary[key];
}
// The runner's own word counts too: it may fail without a failed test (an error outside of tests, none found).
if (!testsOk && totals.failed === 0) totals.failed++;

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
process.exitCode = totals.failed > 0 ? 1 : 0;

function npmRun(script) {
  return spawnSync("npm", ["run", "--silent", script], { cwd: ROOT, stdio: "inherit" }).status === 0;
}

function vitest(args) {
  const program = join(ROOT, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(ROOT, "scripts/summary-reporter.mjs")}`];
  return (
    spawnSync(process.execPath, [program, "run", ...reporters, ...args], { cwd: ROOT, stdio: "inherit" }).status === 0
  );
}
