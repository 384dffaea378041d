/**
 * On a machine that keeps no kernel configuration the doctor tries things out: that must say the truth here, where the
 * lab can run, and leave no trace.
 */
import { expect, test } from "vitest";
import { hostState } from "../lab/lab.test-helper.js";
import { thisHost, type DoctorHost } from "./host.js";
import { checkAnatomy, checkKernelFeatures, checkPolicyProgram, KERNEL_FEATURES } from "./lab-kernel.js";

const host: DoctorHost = { ...thisHost(process.env), kernelConfig: () => Promise.resolve(null) };

test("every feature is found by trying, as root and without, and nothing is left of it", async () => {
  const before = hostState();
  const asRoot = await checkKernelFeatures(host, { rootless: false });
  expect(asRoot.map(({ check, state }) => [check, state])).toEqual(
    KERNEL_FEATURES.map(({ option }) => [`CONFIG_${option}`, "ok"]),
  );
  const rootless = await checkKernelFeatures(host, { rootless: true });
  expect(rootless.every(({ state }) => state === "ok")).toBe(true);
  expect(await checkPolicyProgram(host, { rootless: false })).toMatchObject([{ state: "ok" }]);
  expect((await checkAnatomy(host, { rootless: false }))[0]).toMatchObject({ check: "anatomy", state: "ok" });
  expect(hostState()).toEqual(before);
});

test("a feature that does not work is told with the words of the program that tried it", async () => {
  const failing: DoctorHost = {
    ...host,
    run: (program, args, options) =>
      host.run(
        program,
        args.map((arg) => arg.replaceAll("tproxy to", "no-such-statement to")),
        options,
      ),
  };
  const found = await checkKernelFeatures(failing, { rootless: false });
  const broken = found.filter(({ state }) => state === "fail");
  expect(broken.map(({ check }) => check)).toEqual(["CONFIG_NFT_TPROXY", "CONFIG_NFT_SOCKET"]);
  expect(broken[0]?.text).toContain("Error: syntax error");
});
