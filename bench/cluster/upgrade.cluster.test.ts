/**
 * The question itself, on the testbed: a run, Cilium upgraded from 1.18.4 to 1.19.6, the same run again. Takes some
 * minutes and restarts every agent, so only with TOLLGATE_TEST_UPGRADE=1.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { onlyWhere } from "../../proto/only-where.test-helper.js";
import { packageRoot } from "../../proto/package-root.js";
import { diffFingerprints } from "../../results/fingerprint.js";
import { commandOutput, runCommand } from "../shell.js";
import { tollgate } from "../verbs/tollgate.test-helper.js";
import { clusterRuns, RUN } from "./cluster-runs.test-helper.js";

const runs = clusterRuns();
const isAsked = process.env["TOLLGATE_TEST_UPGRADE"] === "1";

/** Cilium's operator taints a node while its agent is not ready, for some seconds beyond the roll-out. */
async function bring(release: string): Promise<void> {
  await commandOutput(runCommand, join(packageRoot, "testbed/testbed"), ["upgrade", release]);
  const taints = ["get", "nodes", "-o", "jsonpath={.items[*].spec.taints}"];
  await vi.waitFor(
    async () => expect(await commandOutput(runCommand, "kubectl", taints, { env: process.env })).toBe(""),
    { timeout: 60_000, interval: 500 },
  );
}

beforeAll(async () => {
  if (isAsked) await bring("1.18.4");
}, 300_000);
afterAll(async () => {
  if (isAsked) await bring("1.18.4");
}, 300_000);

const onDemand = onlyWhere(isAsked, "it takes minutes: TOLLGATE_TEST_UPGRADE=1 npm run test:cluster");
test("an upgrade of Cilium is all that two runs around it differ by", { ...onDemand, timeout: 900_000 }, async () => {
  const design = ["--roads", "no-policy,l4,l7", "--passes", "single", "--blocks", "8", "--tag", "before"];
  const first = await runs.start(...design).ended;
  expect([0, 5], first.stderr).toContain(first.code);
  const before = await runs.newest();
  await bring("1.19.6");
  const likewise = [...RUN.slice(0, 5), "--like", before.header.id, "--tag", "after", "--results", runs.results];
  const second = await tollgate(...likewise);
  expect([0, 5], second.stderr).toContain(second.code);
  const after = await runs.newest();

  const changes = diffFingerprints(before.header.fingerprint, after.header.fingerprint);
  expect(changes).toContainEqual({ group: "Cilium", key: "cilium", before: "1.18.4", after: "1.19.6" });
  expect(changes.map(({ key }) => key)).toContain("cilium.config.policy-deny-response");
  const foreign = changes.filter(({ group }) => group !== "Cilium");
  expect(foreign).toEqual([]);

  const here = ["--results", runs.results];
  const compared = await tollgate("compare", "tag:before", "tag:after", ...here);
  expect(compared.code, compared.stderr).toBe(0);
  expect(compared.stdout).toMatch(/1\.18\.4.*1\.19\.6/);
  expect(compared.stdout.replace(/\s+/g, " ")).toContain("Only one group of facts differs, Cilium");
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
