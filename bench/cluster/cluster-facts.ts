/**
 * What a run tells of the cluster that it is on: where things are placed, and what should be known of it beforehand.
 */
import { Fault } from "../../loadgen/fault.js";
import { diffFingerprints } from "../../results/fingerprint.js";
import type { Fingerprint } from "../../results/run-shape.js";
import type { EnvironmentFacts } from "../environment.js";
import { isTestbed } from "./cluster-fingerprint.js";
import type { ClusterSurvey, UsableNode } from "./cluster-survey.js";
import type { RunStand } from "./run-stand.js";
import { minorsApart } from "./version-skew.js";

export function placementOf([server, caller]: readonly [UsableNode, UsableNode]): EnvironmentFacts["placement"] {
  return {
    cpus: server.cpus,
    generator: `node ${caller.name}`,
    server: `node ${server.name}`,
    proxy: caller.name === server.name ? `node ${server.name}` : "the node of whose policy it is",
    envoyConcurrency: null,
  };
}

export function warningsOf({ cilium, versions }: ClusterSurvey): string[] {
  const warnings: string[] = [];
  if (isTestbed(cilium)) {
    warnings.push(
      "this is the contributors' testbed: a stock Envoy stands in for Cilium's, so no latency or CPU figure here says anything about Cilium",
    );
  }
  const skew = Math.abs(minorsApart(versions));
  if (skew > 1)
    warnings.push(`kubectl ${versions.client} and the API server ${versions.server} are ${skew} minors apart`);
  return warnings;
}

export async function cpuWarnings({ processes }: RunStand): Promise<string[]> {
  if ((await processes.read()) !== null) return [];
  return ["CPU of Cilium's agent and Envoy cannot be read in their pods: it is part of the residual"];
}

/** Somebody who upgrades Cilium meanwhile restarts its agents: what comes after is another set-up. */
export function requireUnchanged(before: Fingerprint, after: Fingerprint): void {
  const changed = diffFingerprints(before, after);
  if (changed.length === 0) return;
  throw new Fault({
    fact: "the cluster was changed while the run went on",
    expected: "the fingerprint that its first trials were measured under",
    seen: changed.map(({ key, before: was, after: is }) => `${key}: ${was ?? "-"} → ${is ?? "-"}`).join("\n"),
    so: "which trials were measured on which set-up is not known: the run ends here, what was measured is kept",
    try: "tollgate run, when the change is through",
  });
}
