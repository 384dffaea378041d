/**
 * Runs of the built command on the testbed, for `*.cluster.test.ts`: what each keeps, and what it leaves in the cluster.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { readRun, latestRunId } from "../../results/run-store.js";
import type { Run } from "../../results/run-shape.js";
import { start, type Running } from "../verbs/tollgate.test-helper.js";
import type { Kubectl } from "./kubectl.js";
import { currentContext, openKubectl } from "./kubectl-command.js";
import { findLeftovers, removeRun, type Leftover } from "./leftovers.js";

/** The testbed's own image: it has no registry. Windows of 0.3 s keep a run short. */
export const RUN = ["run", "--env", "cluster", "--image", "tollgate.test/node:1", "--duration", "300ms"] as const;

export interface ClusterRuns {
  readonly kubectl: Kubectl;
  readonly results: string;
  start(...args: readonly string[]): Running;
  newest(): Promise<Run>;
  /** In namespaces of runs' own. */
  leftovers(): Promise<Leftover[]>;
}

/** For one test file; what a test leaves is no trouble of the next. */
export function clusterRuns(): ClusterRuns {
  let kubectl: Kubectl;
  let results: string;
  beforeAll(async () => {
    kubectl = openKubectl({ context: await currentContext(process.env), namespace: "default", env: process.env });
    results = await mkdtemp(join(tmpdir(), "tollgate-cluster-"));
  });
  afterAll(() => rm(results, { recursive: true, force: true }));
  const leftovers = (): Promise<Leftover[]> => findLeftovers(kubectl, null);
  afterEach(async () => {
    for (const leftover of await leftovers()) await removeRun(kubectl, leftover);
  });
  return {
    get kubectl() {
      return kubectl;
    },
    get results() {
      return results;
    },
    start: (...args) => start(...RUN, "--results", results, ...args),
    newest: async () => readRun(results, await latestRunId(results)),
    leftovers,
  };
}
