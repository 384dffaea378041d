/**
 * Envoy itself takes every bootstrap that is made for it, in each version that tollgate fetches.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CATALOGUE } from "../../scenarios/catalogue.js";
import { runCommand } from "../shell.js";
import { planRoads } from "./address-plan.js";
import { envoyConfig, proxiedRoads, type EnvoyConfigOptions } from "./envoy-config.js";
import { DEFAULT_ENVOY_VERSION, provisionEnvoy } from "./envoy-provision.js";
import { SERVICE_NAME } from "./lab-calls.js";
import { makeLabCertificates } from "./lab-certificates.js";

let folder: string;
let plain: EnvoyConfigOptions;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-envoy-"));
  const { envoy } = await makeLabCertificates(SERVICE_NAME, folder);
  plain = { adminSocket: join(folder, "admin.sock"), originalSource: false, proxyAlpn: false, tls: envoy };
});
afterAll(() => rm(folder, { recursive: true }));

// The default, and the oldest: a field that only newer versions know would be refused by it.
describe.each([DEFAULT_ENVOY_VERSION, "1.36.4"])("Envoy %s", (version) => {
  test.each([
    ["as Cilium has it", {}],
    ["with every switch on", { originalSource: true, proxyAlpn: true }],
  ])("takes the whole catalogue %s", async (_name, switches) => {
    const io = { env: process.env, run: runCommand, arch: process.arch, say: () => undefined };
    const { path } = await provisionEnvoy(version, io);
    const file = join(folder, "bootstrap.json");
    const config = envoyConfig(proxiedRoads(planRoads(CATALOGUE), null), { ...plain, ...switches });
    await writeFile(file, JSON.stringify(config));
    const validated = await runCommand(path, ["--mode", "validate", "--config-path", file, "--log-level", "warning"]);
    expect(validated).toMatchObject({ exitCode: 0, stdout: `configuration '${file}' OK\n` });
    expect(validated.stderr).not.toMatch(/deprecat|unknown field/i);
  });
});
