import { describe, expect, test } from "vitest";
import { splitByRoad } from "./split-by-road.js";
import type { CallShare } from "./load-plan.js";
import { answersAfter, type Script } from "./testing/scripted-transport.js";
import { readSeries, runVirtualTrial, SOME_CALL, SOME_TARGET } from "./testing/virtual-trial.js";
import { ms } from "./units.js";

const ROADS = ["no-policy", "l4", "l7"];
const MIX: CallShare[] = ROADS.map((road) => ({ ...SOME_CALL, road }));
const TARGETS = Object.fromEntries(
  ROADS.map((road, i) => [road, { anyone: { ...SOME_TARGET, localAddress: `198.18.0.${i}` } }]),
);

/** One window over three roads, one call in flight, each road answering in its own time. */
async function interleaved(script: Script) {
  const plan = {
    mix: MIX,
    loop: { kind: "closed" as const, inFlight: 1, connectionPerCall: false },
    connections: 1,
    timeoutNs: ms(30),
  };
  const { measurement, transport } = await runVirtualTrial({
    plan,
    peer: { script },
    targets: {},
    roadTargets: TARGETS,
  });
  return { measurement, transport, roads: splitByRoad(measurement, { mix: MIX }) };
}

/** 50, 60 and 300 µs; connections are opened in the order of the mix. */
const OWN_TIME: Script = (call) => ({ at: call.at + ([50_000, 60_000, 300_000][call.connection] ?? 0) });

describe("a window over several roads", () => {
  test("gives each road connections of its own, to its own target", async () => {
    const { transport } = await interleaved(answersAfter(50_000));
    expect(transport.connections).toHaveLength(3);
    const addresses = new Map(transport.calls.map((call) => [call.connection, call.localAddress]));
    expect([...addresses]).toEqual([
      [0, "198.18.0.0"],
      [1, "198.18.0.1"],
      [2, "198.18.0.2"],
    ]);
  });

  test("has one call in flight over all roads together", async () => {
    const { transport } = await interleaved(OWN_TIME);
    const times = transport.calls.map((call) => ({ at: call.at, end: OWN_TIME(call)?.at ?? NaN }));
    for (const [i, { end }] of times.slice(0, -1).entries()) expect(times[i + 1]?.at).toBeGreaterThanOrEqual(end);
  });

  test("books each road's calls and times under its own method again", async () => {
    const { roads } = await interleaved(OWN_TIME);
    expect([...roads.keys()]).toEqual(ROADS);
    const p50 = [...roads.values()].map((one) => readSeries(one, "service")?.p50);
    expect(p50.map((ns) => Math.round((ns ?? 0) / 1000))).toEqual([50, 60, 300]);
    for (const one of roads.values()) expect(one.methods.map(({ method }) => method)).toEqual(["Call"]);
  });

  test("leaves the first call of each turn out of the numbers, and in the totals that prove the path", async () => {
    const { roads, transport } = await interleaved(OWN_TIME);
    for (const [index, one] of [...roads.values()].entries()) {
      const made = transport.calls.filter((call) => call.connection === index).length;
      expect(one.books.totalSent).toBe(made);
      expect(one.books.sent / one.books.totalSent).toBeLessThan(0.75);
      expect(one.books.sent).toBeGreaterThan(0);
    }
  });

  test("loses no call: the roads together are the window, and each one's books balance", async () => {
    const { measurement, roads } = await interleaved(OWN_TIME);
    const sum = (of: "sent" | "ok" | "totalSent"): number =>
      [...roads.values()].reduce((total, { books }) => total + books[of], 0);
    for (const of of ["sent", "ok", "totalSent"] as const) expect(sum(of)).toBe(measurement.books[of]);
    for (const { books } of roads.values()) {
      expect(books.scheduled).toBe(books.sent + books.unsent);
      expect(books.sent).toBe(books.ok + books.inFlightAtEnd);
      expect(books.totalEnded).toBe(books.totalSent);
    }
  });

  test("books a failed call on its own road only", async () => {
    const refusing: Script = (call) => ({ at: call.at + 50_000, status: call.connection === 2 ? 7 : 0 });
    const { roads } = await interleaved(refusing);
    expect(Object.keys(roads.get("l7")?.books.failed ?? {})).toEqual(["PERMISSION_DENIED"]);
    expect(roads.get("l7")?.books.ok).toBe(0);
    expect(roads.get("l4")?.books.failed).toEqual({});
  });

  test("breaks every road's books when those of the window do not balance", async () => {
    const { measurement } = await interleaved(OWN_TIME);
    const lost = { ...measurement, books: { ...measurement.books, scheduled: measurement.books.scheduled + 1 } };
    for (const { books } of splitByRoad(lost, { mix: MIX }).values()) {
      expect(books.scheduled).not.toBe(books.sent + books.unsent);
    }
  });

  test("refuses an order that knows no target of a road", async () => {
    const plan = { mix: MIX, loop: { kind: "closed" as const, inFlight: 1, connectionPerCall: false } };
    const trial = runVirtualTrial({ plan, peer: { script: OWN_TIME }, roadTargets: { l4: { anyone: SOME_TARGET } } });
    await expect(trial).rejects.toThrow("no target for the caller anyone on the road no-policy");
  });
});
