/**
 * Of what the verdict of a run speaks: of tolls, or, in the preview of an upgrade, of what the later Envoy changes on each
 * road and what an L7 policy costs with either. And for which Cilium releases the Envoys stand.
 */
import type { RunHeader } from "../../results/run-shape.js";
import { declaredChains, isSameChain, upgradeChains } from "../../scenarios/chains.js";
import { envoyOf, isPreview, roadName } from "../../scenarios/envoy-arms.js";
import { TOLLS, type Subject, type VerdictSubjects } from "./verdict-sentences.js";

export function subjectsOf({ scenarios, design }: Pick<RunHeader, "scenarios" | "design">): VerdictSubjects {
  if (!isPreview(scenarios)) return TOLLS;
  const versions = new Map(scenarios.map((scenario) => [scenario.name, envoyOf(scenario) ?? ""]));
  const versionOf = (arm: string): string => versions.get(arm) ?? "";
  const upgrades = upgradeChains(scenarios);
  const changes = [...upgrades]
    .sort((a, b) => Number(roadName(b.candidate) === "l7") - Number(roadName(a.candidate) === "l7"))
    .map((chain, index, all): Subject => {
      const [later, earlier] = [versionOf(chain.candidate), versionOf(chain.baseline)];
      const isNew = index === 0 || versionOf(all[index - 1]?.candidate ?? "") !== later;
      const road = roadName(chain.candidate);
      return { ...chain, subject: isNew ? `Envoy ${later} against ${earlier}: ${road}` : road, isChange: true };
    });
  const tolls = declaredChains(scenarios)
    .filter((chain) => !upgrades.some((known) => isSameChain(known, chain)))
    .map((chain): Subject => ({
      ...chain,
      subject: `An L7 policy in Envoy ${versionOf(chain.candidate)}`,
      tellsEnvoyCpu: true,
    }));
  const every = design.restarts?.everyBlocks;
  const restarts = every === undefined ? "" : `, both restarted with their slots changed ${blocksText(every)}`;
  return {
    subjects: [...changes, ...tolls],
    held: `each road through one Envoy against the same road through the other${restarts}`,
  };
}

/** `Envoy 1.37.0 is in the place of Cilium 1.20.0's 1.37.5; …`; null where no release was asked for. */
export function standInSentence({ standIns = [] }: Pick<RunHeader, "standIns">): string | null {
  if (standIns.length === 0) return null;
  const places = standIns.map(({ envoy, cilium, ships }) =>
    envoy === ships
      ? `Envoy ${envoy} is the version that Cilium ${cilium} ships`
      : `Envoy ${envoy} is in the place of Cilium ${cilium}'s ${ships}`,
  );
  return `${places.join(", ")}: upstream's build; Cilium's agent, filters and configuration of it are not compared.`;
}

const blocksText = (every: number): string => (every === 1 ? "before every block" : `every ${every} blocks`);
