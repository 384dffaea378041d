/**
 * The rules that make a trial INVALID: its numbers belong to something else than the road under the asked load.
 */
import { GRPC_STATUS_NAMES, type GrpcStatusName } from "../loadgen/grpc/status.js";
import type { Books, MethodBooks } from "../loadgen/measurement.js";
import { seriesHistogram } from "./measured-series.js";
import { ALL_METHODS, headlineMethod, type TrialEvidence, type VerdictRule } from "./trial-evidence.js";
import type { VerdictReason } from "./trial.js";
import { THRESHOLDS } from "./verdict-thresholds.js";
import { countText, durationText, percentText } from "./verdict-words.js";

/** The counters of the path contradict what the scenario promises. */
export const pathContradicted: VerdictRule = ({ proof }) =>
  (proof?.contradictions ?? []).map((text) => invalid("path", text));

/** Every call accounted for, in total, per method and in the histograms (METHOD §2.6). */
export const booksBalance: VerdictRule = ({ measurement }) => {
  const { books, methods } = measurement;
  const sum = (pick: (method: MethodBooks) => number): number => methods.reduce((total, one) => total + pick(one), 0);
  const identities: [left: string, is: number, right: string, should: number][] = [
    ["scheduled", books.scheduled, "sent + unsent", books.sent + books.unsent],
    ["sent", books.sent, "ok + failed + in flight", books.ok + failures(books) + books.inFlightAtEnd],
    ["sent", books.sent, "sent of all methods", sum((one) => one.sent)],
    ["ok", books.ok, "ok of all methods", sum((one) => one.ok)],
    ["failed", failures(books), "failed of all methods", sum(failures)],
    ["sent in all", books.totalSent, "sent in all of all methods", sum((one) => one.totalSent)],
  ];
  const unbalanced = identities
    .filter(([, is, , should]) => is !== should)
    .map(([left, is, right, should]) =>
      invalid("books", `the books do not balance: ${left} ${countText(is)}, ${right} ${countText(should)}`),
    );
  return [...unbalanced, ...lostInHistograms(measurement)];
};

/** Calls that ended OK and are missing from the service histogram, or the other way round. */
function lostInHistograms(measurement: TrialEvidence["measurement"]): VerdictReason[] {
  return measurement.methods.flatMap(({ method, ok }) => {
    const series = measurement.series.find((one) => one.method === method && one.quantity === "service");
    const recorded = series?.histogram.count ?? 0;
    if (recorded === ok) return [];
    const text = `the books do not balance: ${method} ended OK ${countText(ok)} times, its service histogram holds ${countText(recorded)}`;
    return [invalid("books", text)];
  });
}

/** A window without a single call says nothing about its road, however well its books balance. */
export const sentSomething: VerdictRule = ({ measurement }) =>
  measurement.books.sent > 0 ? [] : [invalid("sent", "no call was sent in the window: the generator stood still")];

/** Less was sent than asked though streams were free: the generator fell behind. */
export const sentEnough: VerdictRule = ({ plan, measurement }) => {
  const { scheduled, sent } = measurement.books;
  if (plan.loop.kind === "closed" || scheduled === 0) return [];
  const share = sent / scheduled;
  if (share >= THRESHOLDS.sentShare || !hadRoom(plan, measurement)) return [];
  return [
    invalid(
      "sent",
      `${percentText(share)} of the scheduled calls were sent (${countText(sent)} of ${countText(scheduled)}) while streams were free`,
    ),
  ];
};

/** Room in flight: the loop was never seen with all of its streams taken. */
function hadRoom(plan: TrialEvidence["plan"], measurement: TrialEvidence["measurement"]): boolean {
  const peerLimit = Math.min(...measurement.connections.facts.map((facts) => facts.peerMaxConcurrentStreams), Infinity);
  const callers = new Set(plan.mix.map((share) => share.caller)).size;
  const cap = callers * plan.connections * Math.min(plan.streams, peerLimit);
  const fullest = Math.max(0, ...measurement.intervals.map((line) => line.inFlight));
  return fullest < cap;
}

/** Our own delay would be a visible part of the headline. */
export const lateness: VerdictRule = ({ plan, measurement }) => {
  const method = headlineMethod(plan);
  if (plan.loop.kind === "closed" || method === null) return [];
  const late = seriesHistogram(measurement, ALL_METHODS, "lateness")?.percentile(0.5) ?? 0;
  const response = seriesHistogram(measurement, method, "response")?.percentile(0.5) ?? Infinity;
  if (late <= THRESHOLDS.latenessShare * response) return [];
  const text = `calls left ${durationText(late)} late at p50, ${percentText(late / response)} of the response p50 of ${durationText(response)}`;
  return [invalid("lateness", text)];
};

/** A call ended as this road's policy never lets it end: refused where it is allowed, or let through where it is not. */
export const rightPolicy: VerdictRule = ({ measurement, expectedStatuses }) =>
  measurement.methods.flatMap((books) => {
    const expected = expectedStatuses.get(books.method) ?? "OK";
    const wrong: GrpcStatusName = expected === "OK" ? "PERMISSION_DENIED" : "OK";
    const seen = wrong === "OK" ? books.ok : (books.failed[wrong] ?? 0);
    if (seen === 0) return [];
    const text = `the wrong policy is in force: ${countText(seen)} of ${books.method} ended ${wrong}, promised is ${expected}`;
    return [invalid("policy", text)];
  });

/** Any other status that the road does not promise. */
export const expectedStatusesOnly: VerdictRule = ({ measurement, expectedStatuses }) =>
  measurement.methods.flatMap((books) => {
    const expected = expectedStatuses.get(books.method) ?? "OK";
    const judgedAsPolicy = expected === "OK" ? "PERMISSION_DENIED" : "OK";
    return GRPC_STATUS_NAMES.filter((status) => status !== expected && status !== judgedAsPolicy)
      .filter((status) => (books.failed[status] ?? 0) > 0)
      .map((status) =>
        invalid(
          "status",
          `${countText(books.failed[status] ?? 0)} of ${books.method} ended ${status}, expected is ${expected}`,
        ),
      );
  });

export const clockStepped: VerdictRule = ({ measurement }) =>
  measurement.health.clockStepped ? [invalid("clock", "the clock was stepped during the window")] : [];

/** The CPU quota of our cgroup ran out: time stood still for the generator, not for the road. */
export const throttled: VerdictRule = ({ measurement }) =>
  measurement.health.throttled > 0
    ? [invalid("throttled", `the CPU quota throttled the generator ${countText(measurement.health.throttled)} times`)]
    : [];

/** A worker that joined after the window had opened: less load than the plan says. */
export const startedInTime: VerdictRule = ({ plan, measurement }) => {
  const late = measurement.health.startedLateNs;
  if (late <= Math.max(plan.warmupNs, THRESHOLDS.startLateNs)) return [];
  return [invalid("start", `a worker began ${durationText(late)} late, when the window was already open`)];
};

function failures(books: Pick<Books, "failed">): number {
  return Object.values(books.failed).reduce((sum, count) => sum + count, 0);
}

function invalid(rule: string, text: string): VerdictReason {
  return { state: "INVALID", rule, text };
}
