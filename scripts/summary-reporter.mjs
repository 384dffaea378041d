/**
 * A vitest reporter that prints why each skipped test was skipped and leaves the counts where scripts/test.mjs adds
 * them up.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./ensure.mjs";

export default class SummaryReporter {
  onTestRunEnd(modules) {
    const summary = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const result = test.result();
        if (result.state === "passed" || result.state === "failed") summary[result.state]++;
        else {
          summary.skipped++;
          process.stdout.write(
            `skipped: ${test.fullName}: ${result.note ?? test.meta().skipReason ?? "no reason given"}\n`,
          );
        }
      }
      // A file that could not be loaded has no tests of its own but is a failure all the same.
      if (tests === 0 && module.state() === "failed") summary.failed++;
    }
    mkdirSync(join(ROOT, "dist"), { recursive: true });
    writeFileSync(join(ROOT, "dist/.test-summary.json"), JSON.stringify(summary));
  }
}
