/**
 * Which roads of a run are held against which: the chains of METHOD §4.6, and in the preview of an upgrade each road
 * through the later Envoy against the same road through the earliest.
 */
import { CHAINS, EXPERIMENTAL_CHAINS, scenarioByName, type Chain } from "./catalogue.js";
import { compareVersions, envoyOf, envoysOf, isPreview, roadName } from "./envoy-arms.js";
import type { Scenario } from "./scenario.js";

/**
 * The comparisons that a run was made for, known before any number: its verdict. Of a preview: what the upgrade changes
 * on each road, and what L7 costs with each Envoy. Six at most with two Envoys, so that eight blocks can settle them.
 */
export function declaredChains(scenarios: readonly Scenario[]): readonly Chain[] {
  if (!isPreview(scenarios)) return CHAINS;
  return [...upgradeChains(scenarios), ...throughEach(scenarios, [{ candidate: "l7", baseline: "l4" }])];
}

/** The declared ones, and all others of interest: looked at, not decided on. */
export function comparedChains(scenarios: readonly Scenario[]): readonly Chain[] {
  const declared = declaredChains(scenarios);
  if (!isPreview(scenarios)) return [...declared, ...EXPERIMENTAL_CHAINS];
  const roads = [...new Set(armsOf(scenarios).map(({ name }) => roadName(name)))];
  const own = roads.flatMap((road): Chain[] => {
    const { baseline } = scenarioByName(road);
    return [{ candidate: road, baseline: "l4" }, ...(baseline === null ? [] : [{ candidate: road, baseline }])];
  });
  return distinct([...declared, ...throughEach(scenarios, [...CHAINS, ...EXPERIMENTAL_CHAINS, ...own])]);
}

/** Each road through a later Envoy against the same road through the earliest; empty where no preview was made. */
export function upgradeChains(scenarios: readonly Scenario[]): Chain[] {
  if (!isPreview(scenarios)) return [];
  return armsOf(scenarios).flatMap((arm) => {
    const [first] = armsOf(scenarios)
      .filter(({ name }) => roadName(name) === roadName(arm.name))
      .sort((a, b) => compareVersions(envoyOf(a) ?? "", envoyOf(b) ?? ""));
    return first === undefined || first === arm ? [] : [{ candidate: arm.name, baseline: first.name }];
  });
}

export function isSameChain(a: Chain, b: Chain): boolean {
  return a.candidate === b.candidate && a.baseline === b.baseline;
}

/** Roads with a proxy, controls left out. */
function armsOf(scenarios: readonly Scenario[]): Scenario[] {
  return scenarios.filter((scenario) => envoyOf(scenario) !== undefined && scenario.twinOf === null);
}

/** The same chains through each Envoy: both ends of a step through the same one. */
function throughEach(scenarios: readonly Scenario[], chains: readonly Chain[]): Chain[] {
  const proxied = new Set(armsOf(scenarios).map(({ name }) => roadName(name)));
  return distinct(
    envoysOf(scenarios).flatMap((envoy) => {
      const at = (road: string): string => (proxied.has(road) ? `${road}@${envoy ?? ""}` : road);
      return chains.map(({ candidate, baseline }) => ({ candidate: at(candidate), baseline: at(baseline) }));
    }),
  );
}

function distinct(chains: readonly Chain[]): Chain[] {
  return chains.filter((chain, index) => chains.findIndex((other) => isSameChain(other, chain)) === index);
}
