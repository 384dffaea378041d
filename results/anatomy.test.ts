import { describe, expect, test } from "vitest";
import { anatomyOf, type RoadAnatomy } from "./anatomy.js";
import { anatomyRecord, type AnatomyTrial } from "./anatomy-record.js";
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
});

test("a record is what its schema says", () => {
  const record = syntheticAnatomy(ROADS, [...stamped, ...plain]);
  expect(anatomyRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
});
