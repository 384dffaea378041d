/** Calls that failed, by status. */
import type { GrpcStatusName } from "./grpc/status.js";

export type FailureCounts = Readonly<Partial<Record<GrpcStatusName, number>>>;

export function addFailures(all: readonly FailureCounts[]): FailureCounts {
  const sum: Partial<Record<GrpcStatusName, number>> = {};
  for (const failed of all) {
    for (const [status, count] of Object.entries(failed) as [GrpcStatusName, number][]) {
      sum[status] = (sum[status] ?? 0) + count;
    }
  }
  return sum;
}
