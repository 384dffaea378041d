/**
 * The question itself, on the testbed: a run, then the same run with another Envoy alone, and with Cilium upgraded from
 * 1.18.4 to 1.19.6. Takes some minutes and restarts every agent, so only with TOLLGATE_TEST_UPGRADE=1.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { onlyWhere } from "../../proto/only-where.test-helper.js";
import { packageRoot } from "../../proto/package-root.js";
import { diffFingerprints } from "../../results/fingerprint.js";
import type { Run } from "../../results/run-shape.js";
import { commandOutput, runCommand } from "../shell.js";
import { tollgate } from "../verbs/tollgate.test-helper.js";
import { clusterRuns, RUN } from "./cluster-runs.test-helper.js";

const runs = clusterRuns();
const isAsked = process.env["TOLLGATE_TEST_UPGRADE"] === "1";

const FIRST_ENVOY = "1.36.4";
const OTHER_ENVOY = "1.40.0";
let before: Run;

/** Cilium's operator taints a node while its agent is not ready, for some seconds beyond the roll-out. */
async function bring(release: string, envoy = FIRST_ENVOY): Promise<void> {
  const env = { ...process.env, TESTBED_ENVOY_VERSION: envoy };
  await commandOutput(runCommand, join(packageRoot, "testbed/testbed"), ["upgrade", release], { env });
  const taints = ["get", "nodes", "-o", "jsonpath={.items[*].spec.taints}"];
  await vi.waitFor(
    async () => expect(await commandOutput(runCommand, "kubectl", taints, { env: process.env })).toBe(""),
    { timeout: 60_000, interval: 500 },
  );
}

beforeAll(async () => {
  if (!isAsked) return;
  await bring("1.18.4");
  const design = ["--roads", "no-policy,l4,l7", "--passes", "single", "--blocks", "8", "--tag", "before"];
  const first = await runs.start(...design).ended;
  expect([0, 5], first.stderr).toContain(first.code);
  before = await runs.newest();
}, 600_000);
afterAll(async () => {
  if (isAsked) await bring("1.18.4");
}, 300_000);

async function runLikewise(tag: string): Promise<Run> {
  const { code, stderr } = await tollgate(
    ...[...RUN.slice(0, 5), "--like", before.header.id, "--tag", tag, "--results", runs.results],
  );
  expect([0, 5], stderr).toContain(code);
  return runs.newest();
}

async function compared(tag: string): Promise<string> {
  const { code, stdout, stderr } = await tollgate("compare", "tag:before", `tag:${tag}`, "--results", runs.results);
  expect(code, stderr).toBe(0);
  return stdout.replace(/\s+/g, " ");
}

const onDemand = onlyWhere(isAsked, "it takes minutes: TOLLGATE_TEST_UPGRADE=1 npm run test:cluster");

test("another Envoy is all that two runs around its upgrade differ by", { ...onDemand, timeout: 900_000 }, async () => {
  await bring("1.18.4", OTHER_ENVOY);
  const after = await runLikewise("envoy");
  const changes = diffFingerprints(before.header.fingerprint, after.header.fingerprint);
  expect(changes).toContainEqual({ group: "Envoy", key: "envoy", before: FIRST_ENVOY, after: OTHER_ENVOY });
  expect(changes.filter(({ group }) => group !== "Envoy")).toEqual([]);
  expect(await compared("envoy")).toContain("Only one group of facts differs, Envoy");
});

test("an upgrade of Cilium is all that two runs around it differ by", { ...onDemand, timeout: 900_000 }, async () => {
  await bring("1.19.6");
  const after = await runLikewise("after");
  const changes = diffFingerprints(before.header.fingerprint, after.header.fingerprint);
  expect(changes).toContainEqual({ group: "Cilium", key: "cilium", before: "1.18.4", after: "1.19.6" });
  expect(changes.map(({ key }) => key)).toContain("cilium.config.policy-deny-response");
  const foreign = changes.filter(({ group }) => group !== "Cilium");
  expect(foreign).toEqual([]);

  const text = await compared("after");
  expect(text).toMatch(/1\.18\.4.*1\.19\.6/);
  expect(text).toContain("Only one group of facts differs, Cilium");
  const here = ["--results", runs.results];
  const history = await tollgate("history", ...here);
  expect(history.stdout).toMatch(/1\.19\.6/);
  const gates = join(runs.results, "gates.yaml");
  await writeFile(
    gates,
    "gates:\n  - { road: l7, metric: p50, load: closed, against: baseline, max_regression: 10% }\n",
  );
  const gate = await tollgate("gate", "tag:after", "--gates", gates, "--baseline", "tag:before", ...here);
  expect([0, 3], gate.stderr).toContain(gate.code);
});
