import { expect, test } from "vitest";
import { rowsText, targetsText } from "./bench-text.js";
import { CASES, comparePeers, median, rowOf } from "./compare-peers.js";
import type { BenchCase, Peer, PeerName, PeerReading } from "./peer.js";
import { targetsOf, type BenchResult } from "./targets.js";

function reading(callsPerSecond: number, cpuNsPerCall: number, p50Ns: number | null = null): PeerReading {
  return { callsPerSecond, cpuNsPerCall, p50Ns, callsPerRead: 1 };
}

test("a row is the median of its rounds' ratios, each within one round", () => {
  const ours = [reading(200, 10, 30), reading(400, 20, 40), reading(90, 30, 50)];
  const theirs = [reading(100, 20, 60), reading(100, 20, 40), reading(100, 20, 25)];
  const row = rowOf("h2load", { inFlight: 1, tls: false }, ours, theirs);
  expect(row).toMatchObject({ peer: "h2load", inFlight: 1, tls: false });
  expect([row.rps_ratio, row.cpu_ratio, row.p50_ratio]).toEqual([2, 1, 1]);
  expect(row.spread).toEqual({ rps: [0.9, 4], cpu: [0.5, 1.5], p50: [0.5, 2] });
  expect(row.ours.callsPerSecond).toBe(200);
});

test("without a p50 of both there is no ratio of them", () => {
  const row = rowOf("grpc-js", { inFlight: 10, tls: true }, [reading(1, 1, 5)], [reading(1, 1)]);
  expect([row.p50_ratio, row.spread.p50]).toEqual([null, null]);
});

test("the median of an even number lies between the middle two", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});

test("each round asks every peer once, ours first", async () => {
  const asked: string[] = [];
  const peer = (name: PeerName): Peer => ({
    name,
    measure: ({ inFlight, tls }: BenchCase) => {
      asked.push(`${name} ${inFlight}${tls ? " TLS" : ""}`);
      return Promise.resolve(reading(1, 1));
    },
  });
  const rows = await comparePeers(peer("lean"), [peer("h2load"), peer("grpc-js")], 2, () => undefined);
  expect(asked.slice(0, 6)).toEqual(["lean 1", "h2load 1", "grpc-js 1", "lean 1", "h2load 1", "grpc-js 1"]);
  expect(asked).toHaveLength(CASES.length * 2 * 3);
  expect(rows).toHaveLength(CASES.length * 2);
});

function result(cpuAgainstH2load: number): BenchResult {
  const row = (peer: PeerName, inFlight: number) =>
    rowOf(peer, { inFlight, tls: false }, [reading(3, cpuAgainstH2load, 1)], [reading(1, 1, 1)]);
  return {
    rows: [row("h2load", 1), row("h2load", 10), row("h2load", 100), row("grpc-js", 10)],
    openLoop: {
      openNsPerCall: [20, 40, 10],
      independentNsPerCall: [10, 10, 10],
      lockstepNsPerCall: [5, 5, 5],
      callsPerWrite: [1, 1, 10],
    },
    lateness: [{ p50Ns: 900, p99Ns: 200_000 }],
    recordingNs: [100],
    memory: { afterFirst: 100, afterLast: 101, calls: 10_000_000 },
  };
}

test("targets tell an aim reached, a promise kept, and one that is broken", () => {
  const reached = new Map(targetsOf(result(0.5)).map((target) => [target.name, target.reached]));
  expect(reached.get("CPU per call against h2load, 100 in flight")).toBe("promise");
  expect(reached.get("CPU per call against h2load, 10 in flight")).toBe("aim");
  expect(reached.get("calls/s against h2load, 1 in flight")).toBe("aim");
  expect(reached.get("CPU per call, open loop against closed over 4")).toBe("promise");
  expect(reached.get("CPU per call, open loop against closed over 1")).toBe("no");
  expect(reached.get("lateness p50 at 1,000/s, µs")).toBe("promise");
  expect(reached.get("lateness p99 at 1,000/s, µs")).toBe("no");
  expect(reached.get("CPU per call against grpc-js, 10 in flight")).toBe("no");
  expect(reached.get("memory after 10 million calls against 1 million")).toBe("promise");
});

test("what was not measured is no promise kept", () => {
  const targets = targetsOf({ ...result(0.5), rows: [], memory: null });
  expect(targets.find(({ name }) => name.startsWith("calls/s"))).toMatchObject({ seen: NaN, reached: "no" });
  expect(targets.some(({ name }) => name.startsWith("memory"))).toBe(false);
});

test("both tables name what they hold", () => {
  const { rows } = result(0.5);
  expect(rowsText(rows)).toMatch(/^h2load +100 +3× \[3, 3\] +0\.5× \[0\.5, 0\.5\] /m);
  const text = targetsText(targetsOf(result(0.5)));
  expect(text).toMatch(/^CPU per call against grpc-js, 10 in flight +0\.5 +≤ 0\.0667 +≤ 0\.0333 +no$/m);
});
