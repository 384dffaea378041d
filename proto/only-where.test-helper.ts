/** Tests that cannot run on every machine say why they do not: scripts/summary-reporter.mjs prints the reason. */

/**
 * Options of a suite or a test: `describe("h2load", onlyWhere(hasH2load, "h2load is not installed"), () => …)`.
 * @param reason why it cannot run where the condition does not hold
 */
export function onlyWhere(condition: boolean, reason: string): { skip?: boolean; meta?: object } {
  return condition ? {} : { skip: true, meta: { skipReason: reason } };
}
