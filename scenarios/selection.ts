/**
 * Some of the roads instead of all: those named, in catalogue order, each held against the nearest road below it that
 * was chosen as well. A name with a plus in front, as in `+l7-kernel`, is added to the others, or to the standard roads
 * where no other is named.
 */
import { CATALOGUE, CLUSTER_CATALOGUE, scenarioByName } from "./catalogue.js";
import type { Scenario } from "./scenario.js";

/** Every road that an environment can show, when nobody names some. Cilium has no policy for a plain TCP proxy. */
export function standardRoads(environment: "lab" | "cluster"): readonly Scenario[] {
  if (environment === "lab") return CATALOGUE;
  const shown = [...CATALOGUE, ...CLUSTER_CATALOGUE].filter(({ road }) => road.proxy.kind !== "tcp");
  return selectScenarios(shown.map(({ name }) => name));
}

/**
 * In catalogue order whatever the order of the names, so that tables and seeds do not depend on it. A baseline that was
 * not chosen is replaced by its own baseline, and so on; what differs then is everything between the two.
 * @throws Fault (usage) for a name that is no scenario
 */
export function selectScenarios(names: readonly string[]): Scenario[] {
  const wanted = [...new Map(wantedNames(names).map((name) => [name, scenarioByName(name)])).values()];
  const inOrder = [
    ...CATALOGUE.filter(({ name }) => wanted.some((one) => one.name === name)),
    ...wanted.filter(({ name }) => !CATALOGUE.some((one) => one.name === name)),
  ];
  const chosen = new Set(inOrder.map(({ name }) => name));
  return inOrder.map((scenario) => rebased(scenario, chosen));
}

function wantedNames(names: readonly string[]): string[] {
  const plain = names.filter((name) => !name.startsWith("+"));
  const added = names.filter((name) => name.startsWith("+")).map((name) => name.slice(1));
  return [...(plain.length > 0 || added.length === 0 ? plain : CATALOGUE.map(({ name }) => name)), ...added];
}

function rebased(scenario: Scenario, chosen: ReadonlySet<string>): Scenario {
  const between: string[] = [];
  let baseline = scenario.baseline;
  while (baseline !== null && !chosen.has(baseline)) {
    const skipped = scenarioByName(baseline);
    between.unshift(skipped.differs);
    baseline = skipped.baseline;
  }
  if (between.length === 0) return scenario;
  const twinOf = scenario.twinOf !== null && chosen.has(scenario.twinOf) ? scenario.twinOf : null;
  // A twin without its original is the original's road; at the floor there is nothing to differ from.
  const own = scenario.twinOf === null ? [...between, scenario.differs] : between;
  return { ...scenario, baseline, twinOf, differs: baseline === null ? "the floor" : own.join(", ") };
}
