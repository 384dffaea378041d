/**
 * One window over several roads, taken apart: what each road's measurement would have been had it been alone. Calls,
 * histograms and connections are its own; what the generator says of itself is the same for all.
 */
import type { LoadPlan } from "./load-plan.js";
import { recordName } from "./load-plan.js";
import type { Books, Measurement, MethodBooks } from "./measurement.js";

/**
 * @param measurement of a window whose mix names roads
 * @returns by road, in the order of the mix
 */
export function splitByRoad(measurement: Measurement, { mix }: Pick<LoadPlan, "mix">): Map<string, Measurement> {
  const roads = [...new Set(mix.flatMap(({ road }) => (road === undefined ? [] : [road])))];
  return new Map(roads.map((road) => [road, ofRoad(measurement, mix, road, roads.length)]));
}

function ofRoad(whole: Measurement, mix: LoadPlan["mix"], road: string, roads: number): Measurement {
  const bare = new Map(mix.filter((share) => share.road === road).map((share) => [recordName(share), share.method]));
  const renamed = <T extends { readonly method: string }>(all: readonly T[]): T[] =>
    all.flatMap((one) => {
      const method = bare.get(one.method);
      return method === undefined ? [] : [{ ...one, method }];
    });
  const methods = renamed(whole.methods);
  const books = booksOf(methods, whole.books);
  const share = whole.books.sent === 0 ? 0 : books.sent / whole.books.sent;
  return {
    ...whole,
    books,
    methods,
    series: renamed(whole.series),
    connections: { ...whole.connections, opened: whole.connections.opened / roads },
    intervals: [],
    health: {
      ...whole.health,
      gcAffectedCalls: Math.ceil(whole.health.gcAffectedCalls * share),
      // A drift within the window is the same for all roads: to take it out of their differences is what they take turns for.
      halves: { firstP50Ns: null, secondP50Ns: null },
    },
  };
}

/**
 * A closed loop leaves nothing unsent. Which road a call that never ended belongs to is told by what else is missing
 * there; if the books of the whole window do not balance, no road's do.
 */
function booksOf(methods: readonly MethodBooks[], whole: Books): Books {
  const sum = (of: (one: MethodBooks) => number): number => methods.reduce((total, one) => total + of(one), 0);
  const failed: Record<string, number> = {};
  for (const one of methods) {
    for (const [status, count] of Object.entries(one.failed)) failed[status] = (failed[status] ?? 0) + count;
  }
  const sent = sum((one) => one.sent);
  const ok = sum((one) => one.ok);
  const totalSent = sum((one) => one.totalSent);
  const missing = sent - ok - Object.values(failed).reduce((total, count) => total + count, 0);
  const imbalance = whole.scheduled - whole.sent - whole.unsent;
  return {
    scheduled: sent + imbalance,
    sent,
    unsent: 0,
    ok,
    failed,
    inFlightAtEnd: whole.inFlightAtEnd === 0 ? 0 : missing,
    totalSent,
    totalEnded: totalSent - Math.min(totalSent, whole.totalSent - whole.totalEnded),
  };
}
