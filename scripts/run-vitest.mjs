/**
 * Runs vitest and counts what came of it: shared by `npm test` and `npm run test:cluster`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./ensure.mjs";

const summaryFile = join(ROOT, "dist/.test-summary.json");

/** { passed, failed, skipped } of a run; each skipped test's reason is printed by the reporter. */
export function runVitest(args, env = {}) {
  rmSync(summaryFile, { force: true });
  const program = join(ROOT, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(ROOT, "scripts/summary-reporter.mjs")}`];
  const { status } = spawnSync(process.execPath, [program, "run", ...reporters, ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  const none = { passed: 0, failed: 0, skipped: 0 };
  const counts = existsSync(summaryFile) ? { ...none, ...JSON.parse(readFileSync(summaryFile, "utf8")) } : none;
  // The runner's own word counts too: it may fail without a failed test (an error outside of tests, none found).
  if (status !== 0 && counts.failed === 0) counts.failed++;
  return counts;
}

/** The line that continuous integration reads. */
export function lastLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`;
}
