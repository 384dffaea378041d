/**
 * Which Envoys the roads of a run need, and that they are there: one for all scenarios that name none, and one for each
 * version that a scenario names (the preview of an upgrade).
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { envoysOf } from "../../scenarios/envoy-arms.js";
import { runCommand } from "../shell.js";
import { provisionEnvoy, type ProvisionedEnvoy } from "./envoy-provision.js";

export interface EnvoyWishes {
  /** For scenarios that name none: a path, a version, or null for the default. */
  readonly envoy: string | null;
  /** Programs for versions that scenarios name; the others are looked for and fetched. */
  readonly envoyPaths: ReadonlyMap<string, string>;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

export interface NamedEnvoy extends ProvisionedEnvoy {
  /** As scenarios name it; null: the one for those that name none. */
  readonly name: string | null;
}

/** In the order in which they shall be started first. @throws Fault as provisionEnvoy does, or when two are one program. */
export async function provisionEnvoys(scenarios: readonly Scenario[], wishes: EnvoyWishes): Promise<NamedEnvoy[]> {
  const io = { env: wishes.env, say: wishes.say, run: runCommand, arch: process.arch };
  const envoys: NamedEnvoy[] = [];
  for (const name of envoysOf(scenarios)) {
    const wanted = name === null ? wishes.envoy : (wishes.envoyPaths.get(name) ?? name);
    envoys.push({ name, ...(await provisionEnvoy(wanted, io)) });
  }
  refuseTwins(envoys);
  return envoys;
}

/** Two arms on one binary would compare a program with itself and call the noise an upgrade. */
export function refuseTwins(envoys: readonly NamedEnvoy[]): void {
  for (const [index, envoy] of envoys.entries()) {
    const twin = envoys.slice(0, index).find((earlier) => earlier.sha256 === envoy.sha256);
    if (twin === undefined) continue;
    const said = (name: string | null): string => (name === null ? "the run's own Envoy" : `Envoy ${name}`);
    throw new Fault({
      fact: `${said(twin.name)} and ${said(envoy.name)} are the same program`,
      expected: "two Envoys that differ",
      seen: `${twin.path} and ${envoy.path}, both ${envoy.version}`,
      so: "a comparison of the two would only show noise",
      try: "--envoy with another version",
      exitCode: EXIT.usage,
    });
  }
}
