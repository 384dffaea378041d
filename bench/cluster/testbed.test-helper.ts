/**
 * The testbed brought to another Cilium, Envoy or setting, for the tests that are about that. They come last
 * (vitest.config.ts), and bring it back.
 */
import { join } from "node:path";
import { expect, vi } from "vitest";
import { packageRoot } from "../../proto/package-root.js";
import { commandOutput, runCommand } from "../shell.js";

export const FIRST_ENVOY = "1.36.4";

interface Wish {
  readonly envoy?: string;
  /** Helm values, beyond the testbed's own; agents and operator are restarted with them. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Cilium's operator taints a node while its agent is not ready, for some seconds beyond the roll-out. */
export async function bring(release: string, { envoy = FIRST_ENVOY, values = {} }: Wish = {}): Promise<void> {
  const members = JSON.stringify(values).slice(1, -1);
  const env = { ...process.env, TESTBED_ENVOY_VERSION: envoy, TESTBED_VALUES: members };
  await commandOutput(runCommand, join(packageRoot, "testbed/testbed"), ["upgrade", release], { env });
  const taints = ["get", "nodes", "-o", "jsonpath={.items[*].spec.taints}"];
  await vi.waitFor(
    async () => expect(await commandOutput(runCommand, "kubectl", taints, { env: process.env })).toBe(""),
    { timeout: 60_000, interval: 500 },
  );
}
