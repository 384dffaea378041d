/**
 * Which Envoy each Cilium release ships. Patch releases change it too, so a "patch upgrade" may be a new Envoy minor.
 * Read from the chart of every stable release in cilium/charts (values.yaml, `envoy.image.tag`; Apache-2.0), 1.14.0 to
 * 1.20.0; a release that is not in the table is a Fault, never a guess.
 */
import { EXIT, Fault } from "../loadgen/fault.js";
import { ciliumRelease, releaseName, type CiliumMinor, type CiliumRelease } from "./cilium-releases.js";

export interface EnvoyOfCilium {
  /** The release meant, with its patch: `1.19.3`. */
  readonly cilium: string;
  /** `1.36` */
  readonly minor: string;
  /** `1.36.6` */
  readonly version: string;
}

interface EnvoyHistory {
  readonly newestPatch: number;
  /** Patch numbers that were never released. */
  readonly skipped?: readonly number[];
  /** [first patch, Envoy version], ascending. */
  readonly since: readonly (readonly [number, string])[];
}

// prettier-ignore
const ENVOY_HISTORY: Readonly<Record<CiliumMinor, EnvoyHistory>> = {
  "1.14": { newestPatch: 19, since: [[0, "1.25.9"], [3, "1.25.10"], [4, "1.26.6"], [7, "1.26.7"], [10, "1.27.4"], [11, "1.27.5"], [12, "1.28.4"], [13, "1.29.7"], [15, "1.29.9"], [17, "1.30.7"], [18, "1.30.8"], [19, "1.30.9"]] },
  "1.15": { newestPatch: 19, since: [[0, "1.27.2"], [1, "1.27.3"], [4, "1.27.4"], [5, "1.28.3"], [6, "1.28.4"], [7, "1.29.7"], [9, "1.29.9"], [11, "1.30.7"], [12, "1.30.8"], [13, "1.30.9"], [14, "1.31.5"], [16, "1.32.5"], [17, "1.32.6"], [19, "1.33.4"]] },
  "1.16": { newestPatch: 19, skipped: [14], since: [[0, "1.29.7"], [2, "1.29.9"], [4, "1.30.7"], [5, "1.30.8"], [6, "1.30.9"], [7, "1.31.5"], [9, "1.32.5"], [10, "1.32.6"], [12, "1.33.4"], [13, "1.33.6"], [15, "1.33.9"], [16, "1.34.10"], [18, "1.34.12"]] },
  "1.17": { newestPatch: 18, since: [[0, "1.31.5"], [3, "1.32.5"], [4, "1.32.6"], [6, "1.33.4"], [7, "1.33.6"], [8, "1.33.9"], [9, "1.34.10"], [11, "1.34.12"], [13, "1.35.9"], [15, "1.36.6"], [17, "1.36.8"], [18, "1.36.9"]] },
  "1.18": { newestPatch: 12, since: [[0, "1.34.4"], [2, "1.34.7"], [3, "1.34.10"], [5, "1.34.12"], [6, "1.35.9"], [9, "1.36.6"], [11, "1.36.8"], [12, "1.36.9"]] },
  "1.19": { newestPatch: 6, since: [[0, "1.35.9"], [3, "1.36.6"], [5, "1.36.8"], [6, "1.36.9"]] },
  "1.20": { newestPatch: 0, since: [[0, "1.37.5"]] },
};

/**
 * The Envoy in `1.19.3`, or in the newest known patch of `1.19`.
 * @throws Fault (usage) for a release that is not in the table.
 */
export function envoyOfCilium(release: string | CiliumRelease): EnvoyOfCilium {
  const asked = typeof release === "string" ? ciliumRelease(release) : release;
  const history = ENVOY_HISTORY[asked.minor];
  const patch = asked.patch ?? history.newestPatch;
  const version = history.since.findLast(([first]) => first <= patch)?.[1];
  if (version === undefined || patch > history.newestPatch || history.skipped?.includes(patch) === true) {
    throw new Fault({
      fact: `which Envoy Cilium ${releaseName(asked)} ships is not known to tollgate`,
      expected: `a stable release, ${asked.minor}.0 to ${asked.minor}.${history.newestPatch}`,
      try: "name the Envoy version itself, as its image tag shows it",
      exitCode: EXIT.usage,
    });
  }
  return { cilium: `${asked.minor}.${patch}`, minor: version.split(".").slice(0, 2).join("."), version };
}
