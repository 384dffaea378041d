/**
 * The same road through Envoys of several versions, as arms of one design: `l7@1.36.4` beside `l7@1.37.0`. That is the
 * preview of an upgrade: everything of the two roads is the same but the program that takes the call.
 */
import { EXIT, Fault } from "../loadgen/fault.js";
import type { Scenario } from "./scenario.js";

/** A version of Envoy as a release names it: `1.36.4`. */
export const ENVOY_VERSION = /^\d+\.\d+\.\d+$/;

/** The Envoy that a road names; null: the run's own. Undefined: the road has no proxy. */
export function envoyOf({ road: { proxy } }: Pick<Scenario, "road">): string | null | undefined {
  return proxy.kind === "none" ? undefined : (proxy.envoy ?? null);
}

/** The Envoys that scenarios ask for, null for the run's own; none when no road has a proxy. */
export function envoysOf(scenarios: readonly Scenario[]): (string | null)[] {
  return [...new Set(scenarios.map(envoyOf).filter((envoy) => envoy !== undefined))];
}

/** The road without its Envoy: `l7` of `l7@1.36.4`. */
export function roadName(scenario: string): string {
  return scenario.split("@", 1)[0] ?? scenario;
}

/** Earlier before later. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing < 0 ? 0 : (left[differing] ?? 0) - (right[differing] ?? 0);
}

/**
 * A road through an Envoy of that version, held against the same road through the run's own; a twin stays the twin of
 * its original through the same Envoy.
 */
export function throughEnvoy(scenario: Scenario, version: string): Scenario {
  const at = (name: string): string => `${name}@${version}`;
  const { proxy } = scenario.road;
  if (proxy.kind === "none") return scenario;
  const same = {
    ...scenario,
    name: at(scenario.name),
    road: { ...scenario.road, proxy: { ...proxy, envoy: version } },
  };
  if (scenario.twinOf !== null) return { ...same, baseline: at(scenario.twinOf), twinOf: at(scenario.twinOf) };
  const question = `What would the road ${scenario.name} cost with Envoy ${version}?`;
  return { ...same, question, baseline: scenario.name, differs: `Envoy ${version}` };
}

/**
 * An arm per Envoy of each road that has one; the other roads as they are. The earliest version is the baseline: its
 * arms stand on the road's own baseline, those of the later versions on the same road through it.
 * @throws Fault (usage) for a road that names an Envoy already
 */
export function envoyArms(scenarios: readonly Scenario[], versions: readonly string[]): Scenario[] {
  const [earliest, ...later] = [...versions].sort(compareVersions);
  if (earliest === undefined) return [...scenarios];
  const proxied = new Set(scenarios.filter((one) => envoyOf(one) !== undefined).map(({ name }) => name));
  return scenarios.flatMap((scenario) => {
    if (!proxied.has(scenario.name)) return [scenario];
    if (envoyOf(scenario) !== null) throw namedAlready(scenario, versions);
    const { baseline, twinOf, differs, question } = scenario;
    const below = baseline !== null && proxied.has(baseline) ? `${baseline}@${earliest}` : baseline;
    const first = throughEnvoy(scenario, earliest);
    return [
      twinOf === null ? { ...first, baseline: below, differs, question } : first,
      ...later.map((version) => {
        const arm = throughEnvoy(scenario, version);
        return twinOf === null ? { ...arm, baseline: first.name } : arm;
      }),
    ];
  });
}

/** Whether every road with a proxy is there through each of several Envoys, and nothing leads through the run's own. */
export function isPreview(scenarios: readonly Scenario[]): boolean {
  const envoys = envoysOf(scenarios);
  return envoys.length > 1 && !envoys.includes(null);
}

function namedAlready({ name }: Scenario, versions: readonly string[]): Fault {
  return new Fault({
    fact: `the road "${name}" names an Envoy already`,
    expected: `roads without one: an arm of each is made for Envoy ${versions.join(" and ")}`,
    try: `--roads with ${roadName(name)}`,
    exitCode: EXIT.usage,
  });
}
