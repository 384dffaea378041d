/**
 * The roads that an environment cannot show, told by their reasons: what one kernel or one cluster lacks usually keeps
 * several roads away, and is said once.
 */

/** `l7, l7-tls are not measured here: REASON`, one sentence per reason; takes scenario name → reason. */
export function notMeasuredSentences(notMeasured: ReadonlyMap<string, string>): string[] {
  return byReason(notMeasured).map(
    ([reason, roads]) => `${roads.join(", ")} ${roads.length === 1 ? "is" : "are"} not measured here: ${reason}`,
  );
}

/** `l7, l7-tls: REASON`, one line per reason, for a Fault that has nothing left to measure. */
export function notMeasuredLines(notMeasured: ReadonlyMap<string, string>): string {
  return byReason(notMeasured)
    .map(([reason, roads]) => `${roads.join(", ")}: ${reason}`)
    .join("\n");
}

function byReason(notMeasured: ReadonlyMap<string, string>): [reason: string, roads: readonly string[]][] {
  const roadsOf = new Map<string, string[]>();
  for (const [road, reason] of notMeasured) roadsOf.set(reason, [...(roadsOf.get(reason) ?? []), road]);
  return [...roadsOf];
}
