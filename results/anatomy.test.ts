import { describe, expect, test } from "vitest";
import { anatomyOf, type RoadAnatomy } from "./anatomy.js";
import { anatomyRecord, type AnatomyTrial } from "./anatomy-record.js";
import { PLACES } from "./anatomy-segments.js";
import { syntheticAnatomy, syntheticTrial } from "./synthetic-anatomy.js";

const ROADS = ["no-policy"];
const blocks = Array.from({ length: 8 }, (_, block) => block);
const stamped = blocks.map((block) => syntheticTrial("no-policy", block, true));
const plain = blocks.map((block) => syntheticTrial("no-policy", block, false));

function only(trials: readonly AnatomyTrial[]): RoadAnatomy {
  const [road] = anatomyOf(syntheticAnatomy(ROADS, trials)).roads;
  if (road === undefined) throw new Error("no road was told");
  return road;
}

describe("the anatomy of a road", () => {
  test("has segments whose means add up to the caller's mean", () => {
    const { segments, caller, wire } = only([...stamped, ...plain]);
    const sum = segments.reduce((total, { mean }) => total + mean.estimateNs, 0);
    expect(sum).toBeCloseTo(caller.mean.estimateNs, 3);
    const own = segments.at(-1);
    expect(own).toMatchObject({ owner: "caller", median: null });
    expect(sum - (own?.mean.estimateNs ?? 0)).toBeCloseTo(wire.mean.estimateNs, 3);
  });

  test("gives medians as they are, each with its interval over blocks", () => {
    const server = only(stamped).segments.find(({ name }) => name === "server")?.median;
    expect(server?.estimateNs).toBeCloseTo(34_000 * 1.07, 3);
    expect(server?.lowNs).toBeLessThan(server?.estimateNs ?? 0);
    expect(server?.highNs).toBeGreaterThan(server?.estimateNs ?? 0);
  });

  test("tells what looking cost, within blocks", () => {
    expect(only([...stamped, ...plain]).looking?.estimate).toBe(4_000);
    expect(only(stamped).looking).toBeNull();
  });

  test("names who has the call: Envoy where there is a proxy, else the kernel", () => {
    const owners = (road: string): string[] => {
      const trials = blocks.map((block) => syntheticTrial(road, block, true));
      return anatomyOf(syntheticAnatomy([road], trials)).roads.flatMap(({ segments }) =>
        segments.map((one) => one.owner),
      );
    };
    expect(owners("l4")).toEqual(["kernel", "kernel", "kernel", "server", "kernel", "kernel", "kernel", "caller"]);
    expect(owners("l7")).toEqual(["kernel", "envoy", "kernel", "server", "kernel", "envoy", "kernel", "caller"]);
  });

  test("is refused when too few trials booked what was sent, and says why", () => {
    const wrong = stamped.map((one, i) => (i < 3 ? { ...one, voidBecause: ["990 calls were booked of 1000"] } : one));
    expect(anatomyOf(syntheticAnatomy(ROADS, wrong))).toEqual({
      roads: [],
      untold: [["no-policy", "5 of at least 6 trials came out right: 990 calls were booked of 1000"]],
    });
  });

  test("leaves void trials out of every number", () => {
    const [first] = stamped as [AnatomyTrial, ...AnatomyTrial[]];
    const odd = { ...first, callerP50Ns: 1e9, callerMeanNs: 1e9, voidBecause: ["the path was contradicted"] };
    const road = only([...stamped, odd]);
    expect([road.trials, road.voidTrials.length]).toEqual([8, 1]);
    expect(road.caller).toEqual(only(stamped).caller);
  });

  test("counts a void trial once, however many its reasons, and the repeats apart", () => {
    const [first] = stamped as [AnatomyTrial, ...AnatomyTrial[]];
    const twice = { ...first, voidBecause: ["the path was contradicted", "990 calls were booked of 1000"] };
    const road = only([...stamped.slice(1), twice, { ...first, attempt: 1 }]);
    expect(road).toMatchObject({ trials: 8, repeats: 1 });
    expect(road.voidTrials).toEqual(["the path was contradicted; 990 calls were booked of 1000"]);
  });
});

describe("at level full", () => {
  const full = (road: string, wakeUps: boolean): RoadAnatomy => {
    const wish = { level: "full" as const, wakeUps };
    const trials = blocks.map((block) => syntheticTrial(road, block, true, wish));
    const [told] = anatomyOf(syntheticAnatomy([road], trials, wish)).roads;
    if (told === undefined) throw new Error("no road was told");
    return told;
  };
  test("each segment is told by who has the call, Envoy's only where there is one", () => {
    expect(full("l4", true).segments.map(({ owner, name }) => `${owner}: ${name}`)).toMatchInlineSnapshot(`
      [
        "kernel: caller's TCP, sending",
        "kernel: caller's link",
        "kernel: node: policy, forwarding",
        "kernel: server's link",
        "kernel: server's TCP",
        "scheduler: server wakes up",
        "server: server reads",
        "server: server handles the call",
        "kernel: server's TCP, sending",
        "kernel: server's link, back",
        "kernel: node: forwarding back",
        "kernel: caller's link, back",
        "kernel: caller's TCP, answer",
        "scheduler: caller wakes up",
        "caller: caller reads",
        "caller: caller's own code",
      ]
    `);
    expect(full("l7", true).segments.map(({ owner, name }) => `${owner}: ${name}`)).toMatchInlineSnapshot(`
      [
        "kernel: caller's TCP, sending",
        "kernel: caller's link",
        "kernel: policy, redirect, Envoy's TCP",
        "scheduler: Envoy wakes up",
        "envoy: Envoy reads",
        "envoy: Envoy, request",
        "kernel: Envoy's TCP, sending",
        "kernel: server's link",
        "kernel: server's TCP",
        "scheduler: server wakes up",
        "server: server reads",
        "server: server handles the call",
        "kernel: server's TCP, sending",
        "kernel: server's link, back",
        "kernel: Envoy's TCP, answer",
        "scheduler: Envoy wakes up again",
        "envoy: Envoy reads the answer",
        "envoy: Envoy, answer",
        "kernel: Envoy's TCP, sending back",
        "kernel: caller's link, back",
        "kernel: caller's TCP, answer",
        "scheduler: caller wakes up",
        "caller: caller reads",
        "caller: caller's own code",
      ]
    `);
  });

  test("a wake-up that is not told apart is in the segment of the process that was woken", () => {
    const [apart, together] = [full("l7", true), full("l7", false)];
    expect(together.segments.filter(({ owner }) => owner === "scheduler")).toEqual([]);
    const of = (road: RoadAnatomy, name: string): number =>
      road.segments.find((segment) => segment.name === name)?.median?.estimateNs ?? NaN;
    const parts = of(apart, "server wakes up") + of(apart, "server reads");
    expect(of(together, "server wakes up, reads")).toBeCloseTo(parts, 3);
  });

  test.each(["no-policy", "l7"])("the means of the segments add up to the caller's mean: %s", (road) => {
    for (const wakeUps of [true, false]) {
      const { segments, caller } = full(road, wakeUps);
      const sum = segments.reduce((total, { mean }) => total + mean.estimateNs, 0);
      expect(sum).toBeCloseTo(caller.mean.estimateNs, 3);
    }
  });
});

test("a delay in the server is in the server's segment and in no other", () => {
  const wish = { level: "full" as const, wakeUps: true };
  const DELAY_NS = 200_000;
  const at = PLACES.full.indexOf("server-write") - 1;
  const trials = blocks.map((block) => syntheticTrial("l7", block, true, wish));
  const delayed = trials.map((trial) => ({
    ...trial,
    stamps: trial.stamps && {
      ...trial.stamps,
      segments: trial.stamps.segments.map((one, i) =>
        i === at ? { ...one, p50Ns: one.p50Ns + DELAY_NS, sumNs: one.sumNs + DELAY_NS * one.calls } : one,
      ),
    },
  }));
  const told = (all: readonly AnatomyTrial[]): RoadAnatomy["segments"] =>
    anatomyOf(syntheticAnatomy(["l7"], all, wish)).roads[0]?.segments.slice(0, -1) ?? [];
  const grown = told(delayed).map(({ name, mean }, i) => [
    name,
    mean.estimateNs - (told(trials)[i]?.mean.estimateNs ?? 0),
  ]);
  for (const [name, byNs] of grown)
    expect(byNs, String(name)).toBeCloseTo(name === "server handles the call" ? DELAY_NS : 0, 3);
});

test("a record is what its schema says", () => {
  const record = syntheticAnatomy(ROADS, [...stamped, ...plain]);
  expect(anatomyRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
});
