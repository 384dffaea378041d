import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "./fault.js";
import type { Measurement } from "./measurement.js";
import { answersAfter, type ScriptedCall } from "./testing/scripted-transport.js";
import { readSeries, runVirtualTrial, SOME_CALL, SOME_TARGET } from "./testing/virtual-trial.js";
import { ms, ns, perSecond, us } from "./units.js";

const constant = (rate: number) => ({
  kind: "open" as const,
  arrivals: { kind: "constant" as const, rate: perSecond(rate) },
  overflow: "queue" as const,
});
const closed = (inFlight: number) => ({ kind: "closed" as const, inFlight, connectionPerCall: false });

function expectBalancedBooks({ books, methods }: Measurement): void {
  const failures = Object.values(books.failed).reduce((sum, count) => sum + count, 0);
  expect(books.scheduled).toBe(books.sent + books.unsent);
  expect(books.sent).toBe(books.ok + failures + books.inFlightAtEnd);
  expect(methods.reduce((sum, method) => sum + method.sent, 0)).toBe(books.sent);
  expect(methods.reduce((sum, method) => sum + method.totalSent, 0)).toBe(books.totalSent);
}

describe("an open loop", () => {
  test("sends what is due in the window, and books warm-up and priming in the totals only", async () => {
    const { measurement, transport } = await runVirtualTrial({ peer: { script: answersAfter(200_000) } });
    expect(measurement.books).toEqual({
      scheduled: 100,
      sent: 100,
      unsent: 0,
      ok: 100,
      failed: {},
      inFlightAtEnd: 0,
      totalSent: 122,
      totalEnded: 122,
    });
    expect(transport.calls).toHaveLength(122);
    expect(measurement.durationNs).toBe(100e6);
  });

  test("primes each connection with one call before any other is sent", async () => {
    const { transport } = await runVirtualTrial({ plan: { connections: 3 }, peer: { script: answersAfter(3e6) } });
    const first = transport.calls.slice(0, 3);
    expect(first.map((call) => call.connection)).toEqual([0, 1, 2]);
    expect((first[1] as ScriptedCall).at - (first[0] as ScriptedCall).at).toBeGreaterThanOrEqual(3e6);
    expect((transport.calls[3] as ScriptedCall).at - (first[2] as ScriptedCall).at).toBeGreaterThanOrEqual(3e6);
  });

  test("waits after each caller's first priming call only where the plan asks for it", async () => {
    const between = async (plan: object): Promise<number> => {
      const { transport } = await runVirtualTrial({ plan, peer: { script: answersAfter(1e6) } });
      return (transport.calls[1] as ScriptedCall).at - (transport.calls[0] as ScriptedCall).at;
    };
    expect(await between({ primeSettleNs: ms(100) })).toBeGreaterThan(101e6);
    expect(await between({})).toBeLessThan(20e6);
  });

  test("spreads calls over its connections in turn", async () => {
    const { transport } = await runVirtualTrial({ plan: { connections: 4 }, peer: { script: answersAfter(1_000) } });
    const perConnection = [0, 1, 2, 3].map((c) => transport.calls.filter((call) => call.connection === c).length);
    expect(perConnection).toEqual([31, 31, 31, 31]);
  });

  test("shows a stalled server in the response of the calls behind it, not in their service", async () => {
    // The server stops for 40 ms in the middle of the window; with 4 streams in all, calls queue up behind it.
    const { measurement } = await runVirtualTrial({
      plan: { connections: 2, streams: 2 },
      peer: { script: ({ at, number }) => ({ at: number === 60 ? at + 40e6 : Math.max(at, stallEnd(at)) + 100_000 }) },
      arrange: (_world, _transport, startAt) => (stall = { from: startAt + 60e6, to: startAt + 100e6 }),
    });
    const response = readSeries(measurement, "response");
    const service = readSeries(measurement, "service");
    const lateness = readSeries(measurement, "lateness");
    const blocked = readSeries(measurement, "blocked", "all");
    expect(measurement.books.ok).toBe(100);
    expect(response?.max).toBeGreaterThan(35e6);
    // Only the few calls that held the streams took long to be served; those behind them waited for a stream.
    expect(blocked?.count).toBeGreaterThanOrEqual(30);
    expect(service?.p50).toBeLessThan(110_000);
    expect(service?.count).toBe(100);
    // Waiting for the peer's streams is no lateness of ours.
    expect(lateness?.max).toBeLessThan(1_000);
  });

  let stall = { from: 0, to: 0 };
  const stallEnd = (at: number): number => (at >= stall.from && at < stall.to ? stall.to : 0);

  test("books a late loop as lateness and in the response, never in the service", async () => {
    const { measurement } = await runVirtualTrial({
      peer: { script: answersAfter(300_000) },
      arrange: (world) => (world.latenessNs = () => 50_000),
    });
    expect(readSeries(measurement, "lateness")?.p50).toBeCloseTo(50_000, -2);
    expect(readSeries(measurement, "service")?.p50).toBeCloseTo(300_000, -3);
    expect(readSeries(measurement, "response")?.p50).toBeCloseTo(350_000, -3);
  });

  test("sends everything that became due while the loop was away, each call with its own intended time", async () => {
    const { measurement } = await runVirtualTrial({
      peer: { script: answersAfter(10_000) },
      arrange: (world, _transport, startAt) => {
        let isAway = true;
        world.latenessNs = (wanted) => (isAway && wanted > startAt + 50e6 ? ((isAway = false), 10e6) : 0);
      },
    });
    expect(measurement.books.sent).toBe(100);
    const lateness = readSeries(measurement, "lateness");
    expect(lateness?.max).toBeCloseTo(10e6, -4);
    expect(lateness?.count).toBe(100);
  });

  test("lays a call out shortly before it is due, and sends it no earlier than that", async () => {
    const { measurement, transport } = await runVirtualTrial({
      peer: { script: answersAfter(200_000) },
      arrange: (world) => (world.turnsEveryNs = 7_000),
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.sent).toBe(100);
    const laidOut = transport.calls.slice(3).map(({ at, startedAt }) => at - startedAt);
    expect(Math.min(...laidOut)).toBeGreaterThan(0);
    expect(Math.max(...laidOut)).toBeLessThanOrEqual(32_000);
    expect(readSeries(measurement, "lateness")).toMatchObject({ count: 100, max: expect.closeTo(0, -2) as number });
    expect(readSeries(measurement, "response")?.p50).toBeCloseTo(200_000, -3);
  });

  test("lays nothing out while an answer is on its way, since whatever reads it may flush", async () => {
    const { measurement, transport } = await runVirtualTrial({
      peer: { script: answersAfter(1.5e6) },
      arrange: (world) => (world.turnsEveryNs = 7_000),
    });
    expect(measurement.books.sent).toBe(100);
    expect(transport.calls.slice(3).every(({ at, startedAt }) => at === startedAt)).toBe(true);
  });

  test("sends a call that was laid out when the load is stopped, and books it as scheduled", async () => {
    const { measurement, transport } = await runVirtualTrial({
      peer: { script: answersAfter(200_000) },
      arrange: (world, _transport, startAt, session) => {
        world.turnsEveryNs = 7_000;
        // 10 µs before a call is due: it lies there already.
        world.at(startAt + 60e6 - 10_000, () => session.cancel());
      },
    });
    expectBalancedBooks(measurement);
    expect(transport.calls.at(-1)!.at).toBeGreaterThan(transport.calls.at(-1)!.startedAt);
    expect(measurement.books.inFlightAtEnd).toBe(0);
  });

  test("drops calls at a full cap when told so, and counts them as unsent", async () => {
    const { measurement } = await runVirtualTrial({
      plan: { loop: { ...constant(1_000), overflow: "drop" }, connections: 1, streams: 2 },
      peer: { script: answersAfter(10e6) },
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.scheduled).toBe(100);
    // Two streams of 10 ms each can carry 200 calls a second.
    expect(measurement.books.sent).toBeGreaterThanOrEqual(18);
    expect(measurement.books.sent).toBeLessThanOrEqual(22);
    expect(readSeries(measurement, "blocked", "all")).toBeNull();
  });

  test("keeps the peer's own limit of streams as well as ours", async () => {
    const { measurement, transport } = await runVirtualTrial({
      plan: { connections: 1, streams: 100 },
      peer: { script: answersAfter(10e6), maxStreams: 5 },
    });
    expectBalancedBooks(measurement);
    // 5 streams of 10 ms: 500 a second; the scripted transport throws when a call is started beyond its limit.
    expect(transport.calls.length).toBeLessThan(70);
    expect(readSeries(measurement, "blocked", "all")?.count).toBeGreaterThan(30);
  });

  test("counts calls that wait for a stream when the window ends as unsent", async () => {
    const { measurement } = await runVirtualTrial({
      plan: { connections: 1, streams: 1 },
      peer: { script: answersAfter(30e6) },
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.unsent).toBeGreaterThan(90);
  });

  test("ends calls at their deadline, and books a series for the status", async () => {
    const { measurement } = await runVirtualTrial({
      plan: { timeoutNs: ms(5) },
      peer: { script: ({ at, number }) => (number % 10 === 0 ? null : { at: at + 100_000 }) },
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.failed).toEqual({ DEADLINE_EXCEEDED: 10 });
    expect(measurement.books.inFlightAtEnd).toBe(0);
    const failure = readSeries(measurement, "failure:DEADLINE_EXCEEDED");
    expect(failure?.count).toBe(10);
    expect(failure?.min).toBeGreaterThanOrEqual(5e6);
    expect(readSeries(measurement, "service")?.count).toBe(90);
  });

  test("turns for its calls, not for their deadlines: a deadline alone keeps no core awake", async () => {
    const wanted: number[] = [];
    await runVirtualTrial({
      plan: {
        loop: { kind: "open", arrivals: { kind: "constant", rate: perSecond(100) }, overflow: "queue" },
        timeoutNs: ms(1_000),
      },
      peer: { script: answersAfter(4e6) },
      arrange: (world) => {
        world.latenessNs = (at) => {
          if (at < Infinity) wanted.push(at);
          return 0;
        };
      },
    });
    // 12 calls in 120 ms, and a dozen edges of warm-up, intervals, window and drain.
    expect(wanted.length).toBeLessThan(40);
  });

  test("keeps refused calls out of the series of answered ones", async () => {
    const { measurement } = await runVirtualTrial({
      peer: { script: ({ at, number }) => ({ at: at + 50_000, status: number % 2 === 0 ? 7 : 0 }) },
    });
    expect(measurement.books.failed).toEqual({ PERMISSION_DENIED: 50 });
    expect(readSeries(measurement, "failure:PERMISSION_DENIED")?.count).toBe(50);
    expect(readSeries(measurement, "response")?.count).toBe(50);
    expect(readSeries(measurement, "lateness")?.count).toBe(100);
  });

  test("counts calls that never end as in flight at the end of the drain", async () => {
    const { measurement, world, transport } = await runVirtualTrial({
      peer: { script: ({ at, number }) => (number === 50 ? null : { at: at + 1_000 }) },
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.inFlightAtEnd).toBe(1);
    expect(measurement.books.failed).toEqual({});
    expect(transport.open).toHaveLength(0);
    // The drain lasted as long as it may, and no longer.
    expect(world.clock() - measurement.startedAtNs - 100e6).toBeCloseTo(50e6, -6.5);
  });

  test("books calls that end in the drain", async () => {
    const { measurement } = await runVirtualTrial({ peer: { script: answersAfter(30e6) } });
    expect(measurement.books.ok).toBe(100);
    expect(readSeries(measurement, "response")?.count).toBe(100);
    expect(measurement.intervals).toEqual([]);
  });

  test("ends the window once the total is scheduled and sent", async () => {
    const { measurement } = await runVirtualTrial({ plan: { totalCalls: 30 }, peer: { script: answersAfter(1_000) } });
    expect(measurement.books.scheduled).toBe(30);
    expect(measurement.books.sent).toBe(30);
    expect(measurement.durationNs).toBeLessThan(32e6);
  });

  test("waits with a total for calls that wait for a stream", async () => {
    const { measurement } = await runVirtualTrial({
      plan: { totalCalls: 10, connections: 1, streams: 1, warmupNs: ms(0) },
      peer: { script: answersAfter(5e6) },
    });
    expect(measurement.books.sent).toBe(10);
    expect(measurement.durationNs).toBeGreaterThanOrEqual(45e6);
  });

  test("goes on after the connection was drained by GOAWAY, and counts it", async () => {
    const { measurement, transport } = await runVirtualTrial({
      plan: { connections: 1 },
      peer: { script: answersAfter(2e6) },
      arrange: (world, scripted, startAt) => world.at(startAt + 50e6, () => scripted.connections[0]?.drain()),
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.ok).toBe(100);
    expect(measurement.connections).toMatchObject({ opened: 2, reconnects: 1, goaways: 1 });
    expect(transport.calls.at(-1)?.connection).toBe(1);
  });

  test("takes another connection at once while calls still end on the drained one", async () => {
    const { measurement, transport } = await runVirtualTrial({
      plan: { connections: 1 },
      peer: { script: answersAfter(20e6) },
      arrange: (world, scripted, startAt) => world.at(startAt + 50.5e6, () => scripted.connections[0]?.drain()),
    });
    expect(measurement.books.ok).toBe(100);
    expect(readSeries(measurement, "blocked", "all")?.max).toBeLessThan(1e6);
    expect(transport.open).toHaveLength(0);
    expect(measurement.connections).toMatchObject({ opened: 2, reconnects: 1, goaways: 1 });
  });

  test("keeps its window where the schedule has it, however late the loop comes", async () => {
    let opensAt = 0;
    const { measurement } = await runVirtualTrial({
      peer: { script: answersAfter(1_000) },
      arrange: (world, _transport, startAt) => {
        opensAt = startAt + 20e6;
        world.latenessNs = () => 3e6;
      },
    });
    expect(measurement.startedAtNs).toBe(opensAt);
    expect(measurement.durationNs).toBe(100e6);
    expect(measurement.books.scheduled).toBe(100);
    expect(measurement.health.startedLateNs).toBe(3e6);
  });

  test("counts calls that were lost with their connection as failed and never sends them again", async () => {
    const { measurement, transport } = await runVirtualTrial({
      plan: { connections: 1 },
      peer: { script: answersAfter(5e6) },
      arrange: (world, scripted, startAt) => world.at(startAt + 60.5e6, () => scripted.connections[0]?.die("cut")),
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.failed).toEqual({ UNAVAILABLE: 5 });
    expect(transport.calls).toHaveLength(121);
    expect(measurement.connections.reconnects).toBe(1);
    expect(measurement.notes.join()).toContain("cut");
  });

  test("goes on asking a peer that refuses, and reports what could not be sent", async () => {
    const { measurement } = await runVirtualTrial({
      plan: { connections: 1, windowNs: ms(400) },
      peer: { script: answersAfter(1_000), refuseFrom: 1 },
      arrange: (world, scripted, startAt) => world.at(startAt + 120.5e6, () => scripted.connections[0]?.die("cut")),
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.unsent).toBeCloseTo(300, -1);
    expect(measurement.notes.some((note) => note.includes("refused the connection"))).toBe(true);
  });

  test("does not besiege a peer that hangs up on every connection", async () => {
    const { measurement, transport } = await runVirtualTrial({
      plan: { connections: 1, windowNs: ms(950) },
      peer: { script: answersAfter(1_000) },
      arrange: (world, scripted, startAt) => {
        const hangUp = (): void => {
          scripted.open[0]?.die("hung up");
          world.at(world.clock() + 1e6, hangUp);
        };
        world.at(startAt + 70e6, hangUp);
      },
    });
    expectBalancedBooks(measurement);
    expect(transport.connections.length).toBeLessThan(12);
  });

  test("tells of the window's opening, its intervals and its closing", async () => {
    const { events, intervals } = await runVirtualTrial({ peer: { script: answersAfter(100_000) } });
    expect(events).toEqual(["opened", "interval", "interval", "interval", "interval", "closed"]);
    expect(intervals.map(({ line }) => line.atNs)).toEqual([0, 25e6, 50e6, 75e6]);
    // The call that is due at the very end of an interval is sent before the interval is cut.
    expect(intervals.map(({ line }) => line.sent)).toEqual([26, 25, 25, 24]);
    expect(intervals[1]?.line.p50Ns).toBeCloseTo(100_000, -3.5);
  });

  test("compares the two halves of the window", async () => {
    let turn = 0;
    const { measurement } = await runVirtualTrial({
      peer: { script: ({ at }) => ({ at: at + (at < turn ? 100_000 : 400_000) }) },
      arrange: (_world, _transport, startAt) => (turn = startAt + 70e6),
    });
    const { firstP50Ns, secondP50Ns } = measurement.health.halves;
    expect(firstP50Ns).toBeCloseTo(100_000, -3.5);
    expect(secondP50Ns).toBeCloseTo(400_000, -4.5);
  });

  test("reports what was measured until it was cancelled in its window", async () => {
    const { measurement } = await runVirtualTrial({
      peer: { script: answersAfter(1_000) },
      arrange: (world, _transport, startAt, session) => world.at(startAt + 70.5e6, () => session.cancel()),
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.sent).toBe(51);
    expect(measurement.durationNs).toBeCloseTo(50.5e6, -5);
    expect(measurement.notes.join()).toContain("cancelled after 0.05 s");
  });

  test("drives two callers over connections of their own", async () => {
    const { transport, measurement } = await runVirtualTrial({
      plan: {
        mix: [
          { ...SOME_CALL, weight: 3, caller: "api-gateway" },
          { ...SOME_CALL, method: "Report", path: "/test.Service/Report", caller: "finance-batch-job" },
        ],
      },
      peer: { script: answersAfter(1_000) },
      targets: {
        "api-gateway": { ...SOME_TARGET, localAddress: "198.18.0.2" },
        "finance-batch-job": { ...SOME_TARGET, localAddress: "198.18.0.3" },
      },
    });
    const pairs = new Set(transport.calls.map((call) => `${call.path} ${call.localAddress} ${call.connection}`));
    expect([...pairs].sort()).toEqual([
      "/test.Service/Call 198.18.0.2 0",
      "/test.Service/Call 198.18.0.2 1",
      "/test.Service/Report 198.18.0.3 2",
      "/test.Service/Report 198.18.0.3 3",
    ]);
    expect(measurement.methods.map(({ method }) => method)).toEqual(["Call", "Report"]);
    expectBalancedBooks(measurement);
  });

  test("refuses an order that names no target for a caller", async () => {
    await expect(runVirtualTrial({ targets: {}, peer: { script: answersAfter(1) } })).rejects.toThrow(Fault);
  });

  test("gives up on a peer that takes no call", async () => {
    const peer = { script: answersAfter(1), maxStreams: 0 };
    await expect(runVirtualTrial({ peer })).rejects.toThrow("accepts connections but no call on them");
    const loop = { kind: "closed" as const, inFlight: 1, connectionPerCall: true };
    await expect(runVirtualTrial({ peer, plan: { loop } })).rejects.toThrow("accepts connections but no call on them");
  });

  test("gives up on a peer that answers no priming call", async () => {
    await expect(runVirtualTrial({ peer: { script: () => null } })).rejects.toThrow("answered no call within 5 s");
  });
});

describe("a closed loop", () => {
  test("keeps the asked number of calls in flight and knows no response", async () => {
    const { measurement, transport } = await runVirtualTrial({
      plan: { loop: closed(3) },
      peer: { script: answersAfter(1e6) },
    });
    expectBalancedBooks(measurement);
    // 3 calls of 1 ms each over 100 ms.
    expect(measurement.books.sent).toBeCloseTo(300, -1);
    expect(readSeries(measurement, "service")?.p50).toBeCloseTo(1e6, -4);
    expect(readSeries(measurement, "response")).toBeNull();
    expect(readSeries(measurement, "lateness")).toBeNull();
    expect(measurement.health.gapDistance).toBeNull();
    expect(transport.calls.length).toBe(measurement.books.totalSent);
  });

  test("stops at its total", async () => {
    const { measurement } = await runVirtualTrial({
      plan: { loop: closed(2), totalCalls: 25 },
      peer: { script: answersAfter(1e6) },
    });
    expect(measurement.books.scheduled).toBe(25);
    expect(measurement.books.ok).toBe(25);
  });

  test("writes the calls that answers read together ask for together", async () => {
    const { measurement } = await runVirtualTrial({
      plan: { loop: closed(4), connections: 1 },
      peer: { script: ({ at }) => ({ at: Math.ceil((at + 1) / 1e6) * 1e6 }) },
    });
    expect(measurement.connections.callsPerWrite).toBeGreaterThanOrEqual(1);
    expectBalancedBooks(measurement);
  });
});

describe("a loop with a connection for each call", () => {
  const perCall = { kind: "closed" as const, inFlight: 2, connectionPerCall: true };

  test("opens one for each call and books connect and service together as call", async () => {
    const { measurement, transport } = await runVirtualTrial({
      plan: { loop: perCall },
      peer: { script: answersAfter(400_000) },
    });
    expectBalancedBooks(measurement);
    expect(transport.connections).toHaveLength(transport.calls.length);
    expect(transport.open).toHaveLength(0);
    // 0.1 ms to connect, 0.4 ms to be served.
    expect(readSeries(measurement, "call")?.p50).toBeCloseTo(500_000, -3);
    expect(readSeries(measurement, "service")?.p50).toBeCloseTo(400_000, -3);
    expect(measurement.connections.connect.count).toBe(measurement.books.sent);
    expect(measurement.connections.opened).toBe(transport.connections.length);
  });

  test("counts calls whose connection is refused as unsent", async () => {
    let refusesAt = Infinity;
    const { measurement } = await runVirtualTrial({
      plan: { loop: perCall },
      peer: {
        script: answersAfter(400_000),
        get refuseAfter() {
          return refusesAt;
        },
      },
      arrange: (_world, _transport, startAt) => (refusesAt = startAt + 70e6),
    });
    expectBalancedBooks(measurement);
    expect(measurement.books.unsent).toBeGreaterThan(0);
    expect(measurement.notes.join()).toContain("refused the connection");
  });
});

test("books balance for any plan, and whatever the peer does", { timeout: 60_000 }, async () => {
  const behaviour = fc.record({
    serviceUs: fc.integer({ min: 1, max: 30_000 }),
    silentEvery: fc.integer({ min: 2, max: 50 }),
    failEvery: fc.integer({ min: 2, max: 50 }),
    maxStreams: fc.integer({ min: 1, max: 20 }),
    diesAtMs: fc.option(fc.integer({ min: 0, max: 150 })),
    drainsAtMs: fc.option(fc.integer({ min: 0, max: 150 })),
    lateUs: fc.integer({ min: 0, max: 3_000 }),
  });
  const plan = fc.record({
    rate: fc.integer({ min: 50, max: 4_000 }),
    arrivals: fc.constantFrom("constant", "poisson", "closed", "per-call"),
    overflow: fc.constantFrom<"queue" | "drop">("queue", "drop"),
    connections: fc.integer({ min: 1, max: 4 }),
    streams: fc.integer({ min: 1, max: 10 }),
    timeoutMs: fc.option(fc.integer({ min: 1, max: 40 })),
    total: fc.option(fc.integer({ min: 1, max: 200 })),
    seed: fc.integer(),
  });
  await fc.assert(
    fc.asyncProperty(plan, behaviour, async (asked, peer) => {
      const rate = perSecond(asked.rate);
      const { measurement, transport } = await runVirtualTrial({
        plan: {
          loop:
            asked.arrivals === "constant" || asked.arrivals === "poisson"
              ? {
                  kind: "open",
                  arrivals: { kind: asked.arrivals, rate },
                  overflow: asked.overflow,
                }
              : { kind: "closed", inFlight: 3, connectionPerCall: asked.arrivals === "per-call" },
          connections: asked.connections,
          streams: asked.streams,
          timeoutNs: asked.timeoutMs === null ? null : ms(asked.timeoutMs),
          totalCalls: asked.total,
          seed: asked.seed,
          windowNs: ms(80),
          drainNs: ms(20),
        },
        peer: {
          maxStreams: peer.maxStreams,
          script: ({ at, number }) => {
            if (number > 20 && number % peer.silentEvery === 0) return null;
            return { at: at + us(peer.serviceUs), status: number % peer.failEvery === 0 ? 13 : 0 };
          },
        },
        arrange: (world, scripted, startAt) => {
          world.latenessNs = () => us(peer.lateUs);
          if (peer.diesAtMs !== null) world.at(startAt + ms(peer.diesAtMs), () => scripted.open[0]?.die("cut"));
          if (peer.drainsAtMs !== null) world.at(startAt + ms(peer.drainsAtMs), () => scripted.open[0]?.drain());
        },
      });
      expectBalancedBooks(measurement);
      expect(measurement.books.totalSent).toBe(transport.calls.length);
      expect(ns(measurement.books.totalEnded)).toBeLessThanOrEqual(measurement.books.totalSent);
      expect(transport.open).toHaveLength(0);
    }),
    { numRuns: 40 },
  );
});
