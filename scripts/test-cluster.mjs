/**
 * `npm run test:cluster`: the end-to-end tests on a real Kubernetes with a real Cilium. Starts the testbed if it isn't up
 * (and builds it, the first time), runs every `*.cluster.test.ts` one at a time, and takes the testbed down if it was
 * this command that started it. Where the machine cannot be a testbed the tests are skipped as a whole and the reasons
 * printed. The last line is `N passed, N failed[, N skipped]`.
 *
 * Flags behind `--` go to vitest; TESTBED_CACHE says where the testbed is built.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureBuild, ensureNode, ensureNodeModules, ROOT } from "./ensure.mjs";
import { lastLine, runVitest } from "./run-vitest.mjs";

// The terminal sends Ctrl-C to the children as well: they end, and the testbed is taken down all the same.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

ensureNode();
const startedHere = !isUp();
const lacks = startedHere ? whatLacks() : [];
if (lacks.length > 0) {
  process.stdout.write("skipped: every test on a cluster: this machine cannot be a testbed\n");
  for (const lack of lacks) process.stdout.write(`  ${lack}\n`);
  process.stdout.write(lastLine({ passed: 0, failed: 0, skipped: 1 }));
} else {
  ensureNodeModules();
  ensureBuild();
  const counts = testOnTestbed();
  process.stdout.write(lastLine(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

function testOnTestbed() {
  try {
    if (startedHere && testbed(["up"], "inherit").status !== 0) {
      process.stdout.write("FAIL the testbed did not come up\n");
      return { passed: 0, failed: 1, skipped: 0 };
    }
    return runVitest(["--project", "cluster", ...process.argv.slice(2)], { KUBECONFIG: kubeconfig() });
  } finally {
    if (startedHere) testbed(["down"], "inherit");
  }
}

function isUp() {
  return testbed(["status"]).stdout.includes("running  node");
}

function whatLacks() {
  return testbed(["check"]).stdout.trim().split("\n").filter(Boolean);
}

function kubeconfig() {
  return testbed(["env"]).stdout.trim().replace("export KUBECONFIG=", "");
}

/** The path of the kubeconfig that `up` prints is no result of ours: its stdout is shown as progress. */
function testbed(args, stderr = "pipe") {
  const stdio = ["ignore", stderr === "inherit" ? 2 : "pipe", stderr];
  const result = spawnSync(join(ROOT, "testbed/testbed"), args, { encoding: "utf8", stdio });
  return { status: result.status, stdout: result.stdout ?? "" };
}
