/**
 * A lab that stands, seen from the command line: the link to its supervisor, what it was ordered to be, and what it told
 * of itself once it was up.
 */
import type { LabPlacement } from "./placement.js";
import { SupervisorLink } from "./supervisor-link.js";
import type { LabOrder, LabReport } from "./supervisor-protocol.js";

export interface StandingLab {
  readonly link: SupervisorLink;
  readonly order: LabOrder;
  readonly report: LabReport;
}

export interface StandUpOptions {
  readonly rootless: boolean;
  readonly placement: LabPlacement;
  /** Settles when an Envoy is found: the namespaces are made meanwhile. */
  readonly ordered: Promise<LabOrder>;
  readonly signal: AbortSignal;
}

/** @throws Fault when no Envoy is found or the lab cannot stand; then nothing of it is left */
export async function standUp({ rootless, placement, ordered, signal }: StandUpOptions): Promise<StandingLab> {
  const launched = SupervisorLink.launch({ rootless, cpus: placement.rest });
  try {
    const [link, order] = await Promise.all([launched, ordered]);
    return { link, order, report: await link.call("up", order, { signal }) };
  } catch (error) {
    await launched.then(
      (link) => link.close(),
      () => undefined,
    );
    throw error;
  }
}
