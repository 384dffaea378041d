import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// Three projects: "unit" needs nothing but Node; "lab" needs root and the packages that `npm test` installs, and runs
// one file at a time, because labs and process tests measure and would disturb each other; "cluster" needs the testbed
// (`npm run test:cluster` starts it), which is one, so it runs one file at a time as well; tests that bring it to another
// Cilium come last.
const LAST = ["secret-modes.cluster", "upgrade.cluster"];

class TestbedAsFoundFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => LAST.findIndex((name) => moduleId.includes(name));
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const common = { testTimeout: 30_000, hookTimeout: 60_000, pool: "forks" as const };
export default defineConfig({
  test: {
    sequence: { sequencer: TestbedAsFoundFirst },
    projects: [
      {
        test: {
          ...common,
          name: "unit",
          include: ["{proto,loadgen,scenarios,results,reports,bench}/**/*.test.ts"],
          exclude: ["**/*.lab.test.ts", "**/*.cluster.test.ts", "dist/**", "node_modules/**"],
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...common,
          name: "lab",
          include: ["{loadgen,bench,reports}/**/*.lab.test.ts"],
          exclude: ["dist/**", "node_modules/**"],
          fileParallelism: false,
          testTimeout: 180_000,
        },
      },
      {
        test: {
          ...common,
          name: "cluster",
          include: ["bench/**/*.cluster.test.ts"],
          exclude: ["dist/**", "node_modules/**"],
          fileParallelism: false,
          testTimeout: 180_000,
        },
      },
    ],
  },
});
