import { describe, expect, test } from "vitest";
import type { Measurement } from "../../loadgen/measurement.js";
import { ms, ns, seconds } from "../../loadgen/units.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { blocksNeeded } from "../../results/statistics/sample-size.js";
import { SparseHistogram } from "../../results/sparse-histogram.js";
import { HEADLINE_MIX } from "../../scenarios/standard-mix.js";
import { crossCheck, type CheckedWindow } from "./cross-check.js";
import { crossCheckJson, renderCrossCheck } from "./cross-check-text.js";
import { pairedDifference, smallestDetectable } from "./paired-difference.js";
import { measurePairs } from "./paired-windows.js";

describe("pairs of windows", () => {
  const collect = async (usable: (window: string, attempt: number) => boolean, pairs = 20) => {
    const log: string[] = [];
    const windows = await measurePairs({
      arms: ["a", "b"],
      pairs,
      seed: 3,
      measure: (arm, seed) => {
        log.push(`${arm}${seed}`);
        return Promise.resolve(`${arm}${seed}`);
      },
      usable: (window) => usable(window, log.filter((entry) => entry === window).length),
    });
    return { log, windows };
  };

  test("come in random order within, with one seed for both arms, and the first arm first in the result", async () => {
    const { log, windows } = await collect(() => true);
    expect(windows.dropped).toBe(0);
    expect(windows.pairs.every(([first, second]) => first.startsWith("a") && second === first.replace("a", "b"))).toBe(
      true,
    );
    const begins = log.filter((_, index) => index % 2 === 0).map((entry) => entry[0]);
    expect(new Set(begins)).toEqual(new Set(["a", "b"]));
    expect(new Set(windows.pairs.map(([first]) => first)).size).toBe(20);
  });

  test("the same seed gives the same order", async () => {
    expect((await collect(() => true)).log).toEqual((await collect(() => true)).log);
  });

  test("a void window is repeated twice at most", async () => {
    const third = await collect((window, attempt) => window.startsWith("a") || attempt === 3, 1);
    expect(third.log.filter((entry) => entry.startsWith("b"))).toHaveLength(3);
    expect(third.windows.pairs).toHaveLength(1);
    const never = await collect((window) => window.startsWith("a"), 2);
    expect(never.log.filter((entry) => entry.startsWith("b"))).toHaveLength(6);
    expect(never.windows).toEqual({ pairs: [], dropped: 2 });
  });
});

describe("the difference of pairs", () => {
  const firsts = [100, 110, 90, 105, 95, 100, 102, 98];

  test("a constant factor is found exactly, as ratio and in ns", () => {
    const found = pairedDifference(
      firsts,
      firsts.map((value) => value * 2),
    )!;
    for (const value of Object.values(found.ratio)) expect(value).toBeCloseTo(2, 12);
    expect(found.firstNs).toBe(100);
    expect(found.absoluteNs.estimate).toBeCloseTo(100, 0);
    // The exact signed-rank interval of 8 pairs at 95 %: ranks 4 and 33 of 36, really 96.1 %.
    expect(found.confidence).toBeCloseTo(0.961, 3);
    expect(found.n).toBe(8);
  });

  test("is not said of fewer than six pairs, nor of values without a logarithm", () => {
    expect(pairedDifference([1, 2, 3, 4, 5], [2, 3, 4, 5, 6])).toBeNull();
    expect(pairedDifference([0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1])).toBeNull();
  });

  test("the smallest detectable effect is where the planned blocks are just enough", () => {
    const seconds = firsts.map((value, i) => value * Math.exp(i % 2 === 0 ? 0.02 : -0.02));
    const effect = smallestDetectable(firsts, seconds)!;
    const sd = Math.sqrt(8 / 7) * 0.02;
    expect(blocksNeeded(sd, Math.log1p(effect) * 1.0001)).toBeLessThanOrEqual(8);
    expect(blocksNeeded(sd, Math.log1p(effect) * 0.98)).toBeGreaterThan(8);
  });

  test("identical windows detect anything, too few nothing", () => {
    expect(smallestDetectable(firsts, firsts)).toBe(0);
    expect(smallestDetectable([1, 2], [1, 2])).toBeNull();
  });
});

function window(medianNs: number, calls: number, cpuNs: number, state: "VALID" | "SUSPECT" = "VALID"): CheckedWindow {
  const service = Array.from({ length: calls }, (_, i) => Math.round(medianNs * (1 + (i - calls / 2) / calls / 10)));
  const measurement = {
    books: { ok: calls, failed: {} },
    series: [{ method: "ProcessPayment", quantity: "service", histogram: SparseHistogram.of(service).encode() }],
    health: { cpuSchedNs: ns(cpuNs * calls), cpuUserNs: ns(0), cpuSystemNs: ns(0), spinNs: ns(0) },
  } as unknown as Measurement;
  const plan = {
    loop: { kind: "closed", inFlight: 1, connectionPerCall: false },
    mix: HEADLINE_MIX,
    windowNs: seconds(1),
    warmupNs: ms(1),
  } as unknown as LoadOrder["plan"];
  const reasons = state === "VALID" ? [] : [{ state, rule: "halves", text: "moved" } as const];
  return { order: { transport: "lean", plan, targets: {} }, measurement, verdict: { state, reasons } };
}

describe("a cross-check", () => {
  const pairs = Array.from({ length: 8 }, (_, i): readonly [CheckedWindow, CheckedWindow] => [
    window(30_000 + i * 100, 2000, 5_000),
    window(300_000 + i * 1000, 400, 200_000, i === 0 ? "SUSPECT" : "VALID"),
  ]);
  const title = {
    where: "127.0.0.1:50051",
    call: "payments.Payments/ProcessPayment",
    load: "closed loop, 1 in flight",
    seed: 7,
  };

  test("tells what each transport said and how far they lie apart", () => {
    expect(renderCrossCheck(title, crossCheck({ pairs, dropped: 1 }))).toMatchInlineSnapshot(`
      "lean against grpc-js on 127.0.0.1:50051  payments.Payments/ProcessPayment
      closed loop, 1 in flight, 8 interleaved pairs (1 more void), seed 7

                              lean  grpc-js      grpc-js − lean                ratio
      service p50          30.4 µs   304 µs  +273 µs [271, 275]  ×10.0 [10.00, 10.0]
      service p99              n/a      n/a                 n/a                  n/a
      client CPU per call  5.00 µs   200 µs  +195 µs [195, 195]   ×40.0 [40.0, 40.0]

      96.1 % confidence, exact signed-rank
      n/a: fewer than 6 pairs, or fewer than 10 calls beyond the quantile in some window
      a call counts as sent when grpc-js is handed it, so its service holds the work of grpc-js itself
      doubts: halves 1×
      "
    `);
  });

  test("says n/a for a quantile with too few calls beyond it, and has no response in a closed loop", () => {
    const { rows } = crossCheck({ pairs, dropped: 0 });
    expect(rows.map(({ metric, difference }) => [metric, difference !== null])).toEqual([
      ["service_p50", true],
      ["service_p99", false],
      ["client_cpu_per_call", true],
    ]);
  });

  test("--json holds the same in nanoseconds", () => {
    const json = crossCheckJson(title, crossCheck({ pairs, dropped: 1 })) as { rows: Record<string, unknown>[] };
    expect(json).toMatchObject({ pairs: 8, dropped: 1, reasons: { halves: 1 }, seed: 7 });
    expect(json.rows[0]).toMatchObject({ metric: "service_p50", n: 8 });
    expect(json.rows[1]).toEqual({
      metric: "service_p99",
      lean_ns: null,
      grpc_js_ns: null,
      difference_ns: null,
      ratio: null,
      confidence: null,
      n: null,
    });
  });
});
