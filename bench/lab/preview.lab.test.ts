/**
 * The preview of an upgrade in a real lab: two Envoys that really are the two versions, each proven to have taken its own
 * arms and nothing else, before and after they have changed their slots.
 */
import { readlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { provePath } from "../../results/path-proof.js";
import { envoyArms } from "../../scenarios/envoy-arms.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { REFUSED_METHOD } from "../../scenarios/access-policy.js";
import { selectScenarios } from "../../scenarios/selection.js";
import { share } from "../../scenarios/standard-mix.js";
import type { WindowReading } from "../environment.js";
import { startLab, type LabEnvironment } from "./lab-environment.js";
import { COMMANDS, descendants, labOptions, SHORT_PLAN } from "./lab.test-helper.js";

const noSignal = new AbortController().signal;
const ARMS = envoyArms(selectScenarios(["l4", "l4-proxy", "l7", "l7-tls"]), ["1.36.4", "1.37.0"]);

function measured(lab: LabEnvironment, scenario: Scenario, plan = SHORT_PLAN): Promise<WindowReading> {
  return lab.measure({ scenario, plan, transport: "lean", programTime: false }, noSignal);
}

/** Versions of the running Envoys in the order in which they were started, from the files that they are. */
function runningEnvoys(): { readonly pid: number; readonly version: string }[] {
  return descendants(process.pid)
    .filter(({ command }) => COMMANDS.envoy.test(command))
    .sort((a, b) => a.pid - b.pid)
    .map(({ pid }) => ({ pid, version: /envoy\/([\d.]+)\/envoy/.exec(readlinkSync(`/proc/${pid}/exe`))?.[1] ?? "" }));
}

async function proveEveryArm(lab: LabEnvironment): Promise<void> {
  for (const scenario of ARMS) {
    const { before, after, measurement, cpu } = await measured(lab, scenario);
    const { level, contradictions } = provePath(scenario.promise, before, after, measurement);
    expect({ arm: scenario.name, level, contradictions }).toEqual({
      arm: scenario.name,
      level: "exact",
      contradictions: [],
    });
    const version = scenario.name.split("@")[1];
    if (version === undefined) continue;
    const spent = (name: string) => cpu?.processes.find((one) => one.name === name)?.cpuNs ?? 0;
    const other = version === "1.36.4" ? "1.37.0" : "1.36.4";
    expect(spent(`Envoy ${version}`), scenario.name).toBeGreaterThan(spent(`Envoy ${other}`));
  }
}

test("both Envoys run, take exactly their own arms, and change slots with every restart", async () => {
  await using lab = await startLab(labOptions());
  const { fingerprint } = await lab.prepare(ARMS, noSignal);
  expect(fingerprint).toMatchObject({ "envoy@1.36.4": "1.36.4", "envoy@1.37.0": "1.37.0" });
  expect(fingerprint["envoy@1.36.4.sha256"]).not.toBe(fingerprint["envoy@1.37.0.sha256"]);
  const first = runningEnvoys();
  expect(first.map(({ version }) => version)).toEqual(["1.36.4", "1.37.0"]);
  await proveEveryArm(lab);

  await lab.rearrange(1, noSignal);
  const second = runningEnvoys();
  expect(second.map(({ version }) => version)).toEqual(["1.37.0", "1.36.4"]);
  for (const { pid } of first) expect(second.map((one) => one.pid)).not.toContain(pid);
  await proveEveryArm(lab);

  await lab.rearrange(2, noSignal);
  expect(runningEnvoys().map(({ version }) => version)).toEqual(["1.36.4", "1.37.0"]);
  const refused = { ...SHORT_PLAN, mix: [share(REFUSED_METHOD, 100, "api-gateway")] };
  for (const scenario of ARMS.filter(({ promise }) => promise.refusal === "PERMISSION_DENIED")) {
    // The first window of a new Envoy, and no call of it goes on to the server.
    const { before, after, measurement } = await measured(lab, scenario, refused);
    expect(provePath(scenario.promise, before, after, measurement)).toMatchObject({
      level: "exact",
      contradictions: [],
    });
  }
  const l7 = ARMS.find(({ name }) => name === "l7@1.37.0") as Scenario;
  expect((await lab.probe(l7, "api-gateway", "IssueRefund")).seen).toBe("PERMISSION_DENIED");
});
