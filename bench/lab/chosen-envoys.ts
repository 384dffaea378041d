/**
 * From `--envoy` and `--cilium` to the Envoys of a run. One of either is the Envoy of every proxied road; two or more
 * are arms of a preview: each proxied road once through each of them.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { StandIn } from "../../results/run-shape.js";
import { compareVersions } from "../../scenarios/envoy-arms.js";
import { parseWanted, provisionEnvoy, type ProvisionIo } from "./envoy-provision.js";
import { standInFor } from "./stand-in.js";

export interface EnvoyFlags {
  /** Paths and versions. */
  readonly envoy: readonly string[];
  /** Cilium releases. */
  readonly cilium: readonly string[];
}

export interface ChosenEnvoys {
  /** Of roads that name none: a path, a version, or null for the default. */
  readonly own: string | null;
  /** Versions of a preview's arms, earlier first; empty where none is asked for. */
  readonly arms: readonly string[];
  /** Of arms that were given by path, by version. */
  readonly paths: ReadonlyMap<string, string>;
  readonly standIns: readonly StandIn[];
}

/**
 * Paths of a preview are asked for their version; nothing is fetched.
 * @throws Fault (usage) when both flags are given, a release has no preview, or two arms would be one program
 */
export async function chooseEnvoys(
  { envoy, cilium }: EnvoyFlags,
  io: Omit<ProvisionIo, "say" | "arch">,
): Promise<ChosenEnvoys> {
  if (envoy.length > 0 && cilium.length > 0) throw bothAsked(envoy, cilium);
  const standIns = cilium.map((release) => standInFor(release));
  const asked = cilium.length > 0 ? standIns.map((one) => one.envoy) : envoy;
  if (asked.length < 2) return { own: asked[0] ?? null, arms: [], paths: new Map(), standIns };
  const named = await Promise.all(asked.map((text) => versionOf(text, io)));
  refuseOneProgram(named, standIns);
  return {
    own: null,
    arms: named.map(({ version }) => version).sort(compareVersions),
    paths: new Map(named.flatMap(({ version, path }) => (path === null ? [] : [[version, path] as const]))),
    standIns,
  };
}

interface NamedArm {
  readonly asked: string;
  readonly version: string;
  readonly path: string | null;
}

async function versionOf(asked: string, io: Omit<ProvisionIo, "say" | "arch">): Promise<NamedArm> {
  const wanted = parseWanted(asked);
  if (wanted.kind === "version") return { asked, version: wanted.version, path: null };
  const { version } = await provisionEnvoy(wanted.path, { ...io, arch: process.arch, say: () => undefined });
  return { asked, version, path: wanted.path };
}

/** Arms are named by their version: two of one version would be one road, and mostly are one program. */
function refuseOneProgram(named: readonly NamedArm[], standIns: readonly StandIn[]): void {
  for (const [index, arm] of named.entries()) {
    const first = named.slice(0, index).findIndex(({ version }) => version === arm.version);
    if (first < 0) continue;
    const said = (at: number): string => {
      const standIn = standIns[at];
      return standIn === undefined ? (named[at]?.asked ?? "") : `Cilium ${standIn.cilium} (Envoy ${standIn.ships})`;
    };
    throw new Fault({
      fact: `${said(first)} and ${said(index)} come to the same Envoy, ${arm.version}`,
      expected: "two versions that differ",
      so: "a comparison of the two would only show noise",
      try:
        standIns.length > 0
          ? "--cilium with a release that ships another Envoy minor"
          : "--envoy 1.36.4 --envoy 1.37.0",
      exitCode: EXIT.usage,
    });
  }
}

function bothAsked(envoy: readonly string[], cilium: readonly string[]): Fault {
  return new Fault({
    fact: "--envoy and --cilium both say which Envoys to take",
    expected: "one of the two",
    seen: `--envoy ${envoy.join(" --envoy ")} --cilium ${cilium.join(" --cilium ")}`,
    try: `--cilium ${cilium.join(" --cilium ")}`,
    exitCode: EXIT.usage,
  });
}
