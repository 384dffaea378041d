/**
 * `npm run test:cluster`: the end-to-end tests on a real Kubernetes with a real Cilium. Starts the testbed if it isn't up
 * (and builds it, the first time), runs every `*.cluster.test.ts` one at a time, and takes the testbed down if it was
 * this command that started it. Where the machine cannot be a testbed the tests are skipped as a whole and the reasons
 * printed. The upgrade tests are part of it (TOLLGATE_TEST_UPGRADE=0 leaves them out); a testbed that was up before is
 * left with the Cilium and the Envoy that it had, also after Ctrl-C. The last line is `N passed, N failed[, N skipped]`.
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
  const found = startedHere ? null : asItIs();
  try {
    if (startedHere && testbed(["up"], "inherit").status !== 0) {
      process.stdout.write("FAIL the testbed did not come up\n");
      return { passed: 0, failed: 1, skipped: 0 };
    }
    return runVitest(["--project", "cluster", ...process.argv.slice(2)], { KUBECONFIG: kubeconfig() });
  } finally {
    if (found === null) testbed(["down"], "inherit");
    else if (JSON.stringify(found) !== JSON.stringify(asItIs())) bringBack(found);
  }
}

/** Releases of Cilium's agent and Envoy, as their DaemonSets have them (`1.18.4`), and Cilium's settings. */
function asItIs() {
  const ask = (object, path) => {
    const args = ["-n", "kube-system", "get", object, "-o", `jsonpath={${path}}`];
    const env = { ...process.env, KUBECONFIG: kubeconfig() };
    return spawnSync("kubectl", args, { encoding: "utf8", env }).stdout ?? "";
  };
  const releaseOf = (name) => /:v([\d.]+)/.exec(ask(`daemonset/${name}`, "..image"))?.[1];
  const settings = ask("configmap/cilium-config", ".data");
  return { cilium: releaseOf("cilium"), envoy: releaseOf("cilium-envoy"), settings };
}

function bringBack({ cilium, envoy }) {
  testbed(["upgrade", cilium], "inherit", envoy === undefined ? {} : { TESTBED_ENVOY_VERSION: envoy });
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
function testbed(args, stderr = "pipe", env = {}) {
  const stdio = ["ignore", stderr === "inherit" ? 2 : "pipe", stderr];
  const result = spawnSync(join(ROOT, "testbed/testbed"), args, {
    ...{ encoding: "utf8", stdio },
    env: { ...process.env, ...env },
  });
  return { status: result.status, stdout: result.stdout ?? "" };
}
