/**
 * The question itself, on the testbed: a run, then the same run with another Envoy alone, and with Cilium upgraded from
 * 1.18.4 to 1.19.6. Takes some minutes; TOLLGATE_TEST_UPGRADE=0 leaves it out.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { onlyWhere } from "../../proto/only-where.test-helper.js";
import { diffFingerprints } from "../../results/fingerprint.js";
import type { Run } from "../../results/run-shape.js";
import { tollgate } from "../verbs/tollgate.test-helper.js";
import { clusterRuns, RUN } from "./cluster-runs.test-helper.js";
import { bring, FIRST_ENVOY } from "./testbed.test-helper.js";

const runs = clusterRuns();
const isAsked = process.env["TOLLGATE_TEST_UPGRADE"] !== "0";

const OTHER_ENVOY = "1.40.0";
let before: Run;

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

const wished = onlyWhere(isAsked, "TOLLGATE_TEST_UPGRADE=0 leaves it out");

test("another Envoy is all that two runs around its upgrade differ by", { ...wished, timeout: 900_000 }, async () => {
  await bring("1.18.4", { envoy: OTHER_ENVOY });
  const after = await runLikewise("envoy");
  const changes = diffFingerprints(before.header.fingerprint, after.header.fingerprint);
  expect(changes).toContainEqual({ group: "Envoy", key: "envoy", before: FIRST_ENVOY, after: OTHER_ENVOY });
  expect(changes.filter(({ group }) => group !== "Envoy")).toEqual([]);
  expect(await compared("envoy")).toContain("Only one group of facts differs, Envoy");
});

test("an upgrade of Cilium is all that two runs around it differ by", { ...wished, timeout: 900_000 }, async () => {
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
