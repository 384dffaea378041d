import { describe, expect, test } from "vitest";
import type { CpuWindow } from "./cpu-window.js";
import {
  completedCalls,
  cpuPerCall,
  envoyCpuPerCall,
  isSuspectFor,
  metricOf,
  quantileNs,
  type MeasuredTrial,
} from "./trial-metrics.js";
import { SparseHistogram } from "./sparse-histogram.js";
import { syntheticRun } from "./synthetic-run.js";
import type { Trial, VerdictReason } from "./trial.js";

const single = trialOf("single");
const mix = trialOf("mix");
const refused = trialOf("refused");

function trialOf(pass: "single" | "mix" | "refused"): MeasuredTrial {
  const run = syntheticRun({ blocks: 1, scenarios: ["l7"], passes: [pass], callsPerTrial: 1_000 });
  return run.trials[0] as MeasuredTrial;
}

/** A thousand calls of 1, 2, … 1000 µs. */
function withServices(trial: MeasuredTrial, count: number): MeasuredTrial {
  const histogram = SparseHistogram.of(Array.from({ length: count }, (_, i) => (i + 1) * 1_000)).encode();
  const measurement = {
    ...trial.outcome.measurement,
    series: [{ method: "ProcessPayment", quantity: "service" as const, histogram }],
  };
  return { ...trial, outcome: { ...trial.outcome, measurement } };
}

describe("a quantile of a trial", () => {
  const metric = (count: number, name: "service_p50" | "service_p90" | "service_p99" | "service_p999"): number | null =>
    metricOf(withServices(single, count), "ProcessPayment", name);

  test("is read at its rank", () => {
    expect(metric(1_000, "service_p50")).toBe(500_223);
    expect(metric(1_000, "service_p99")).toBe(990_207);
  });

  test("needs ten calls beyond it", () => {
    expect(metric(999, "service_p99")).toBeNull();
    expect(metric(1_000, "service_p999")).toBeNull();
    expect(metric(100, "service_p90")).not.toBeNull();
    expect(metric(99, "service_p90")).toBeNull();
    expect(metric(20, "service_p50")).not.toBeNull();
    expect(metric(19, "service_p50")).toBeNull();
  });

  test("is not there where the method or the load has none", () => {
    expect(metricOf(single, "IssueRefund", "service_p50")).toBeNull();
    expect(metricOf(single, "ProcessPayment", "response_p50")).toBeNull();
    expect(metricOf(mix, "ProcessPayment", "response_p50")).toBeGreaterThan(
      metricOf(mix, "ProcessPayment", "service_p50")!,
    );
  });
});

describe("CPU per call", () => {
  const cpu: CpuWindow = {
    durationNs: 1e9,
    cpus: 2,
    node: {
      userNs: 400e6,
      systemNs: 200e6,
      softirqNs: 100e6,
      irqNs: 50e6,
      stealNs: 900e6,
      idleNs: 350e6,
      stealTicks: 90,
    },
    processes: [
      { role: "generator", name: "worker 0", pid: 1, cpuNs: 200e6, userNs: 0, systemNs: 0 },
      { role: "generator", name: "worker 1", pid: 2, cpuNs: 100e6, userNs: 0, systemNs: 0 },
      { role: "envoy", name: "envoy", pid: 3, cpuNs: 120e6, userNs: 0, systemNs: 0 },
      { role: "server", name: "server", pid: 4, cpuNs: 90e6, userNs: 0, systemNs: 0 },
    ],
  };
  const { measurement } = single.outcome;
  const calls = measurement.books.sent;

  test("of the road is the node's busy time above its idle floor, without the generator and without what was stolen", () => {
    expect(cpuPerCall(measurement, cpu, 0)).toBeCloseTo((750e6 - 300e6) / calls, 6);
    expect(cpuPerCall(measurement, cpu, 50e6)).toBeCloseTo((700e6 - 300e6) / calls, 6);
  });

  test("scales the idle floor with the window", () => {
    expect(cpuPerCall(measurement, { ...cpu, durationNs: 0.5e9 }, 50e6)).toBeCloseTo((725e6 - 300e6) / calls, 6);
  });

  test("of Envoy is its own, and nothing where none ran", () => {
    expect(envoyCpuPerCall(measurement, cpu)).toBeCloseTo(120e6 / calls, 6);
    expect(envoyCpuPerCall(measurement, { ...cpu, processes: [] })).toBeNull();
  });

  test("counts refused calls as completed, and needs one", () => {
    expect(completedCalls(refused.outcome.measurement)).toBe(1_000);
    const { books } = measurement;
    const none = { ...measurement, books: { ...books, ok: 0, failed: {} } };
    expect(cpuPerCall(none, cpu, 0)).toBeNull();
  });

  test("belongs to all methods together", () => {
    expect(metricOf(mix, "all", "cpu_per_call")).toBeGreaterThan(0);
    expect(metricOf(mix, "ProcessPayment", "cpu_per_call")).toBeNull();
    const blind = { ...mix, outcome: { ...mix.outcome, cpu: null } };
    expect(metricOf(blind, "all", "cpu_per_call")).toBeNull();
  });
});

describe("a doubt", () => {
  const doubted = (reason: Partial<VerdictReason>): MeasuredTrial => {
    const reasons = [{ state: "SUSPECT" as const, rule: "x", text: "x", ...reason }];
    return { ...mix, outcome: { ...mix.outcome, verdict: { state: "SUSPECT", reasons } } };
  };

  test("on the trial concerns every metric", () => {
    expect(isSuspectFor(doubted({}), "all", "cpu_per_call")).toBe(true);
    expect(isSuspectFor(mix, "all", "cpu_per_call")).toBe(false);
  });

  test("on one quantile concerns that quantile of response", () => {
    const trial = doubted({ quantile: 0.99 });
    expect(isSuspectFor(trial, "GetPaymentStatus", "response_p99")).toBe(true);
    expect(isSuspectFor(trial, "GetPaymentStatus", "response_p90")).toBe(false);
    expect(isSuspectFor(trial, "GetPaymentStatus", "service_p99")).toBe(false);
    expect(isSuspectFor(trial, "all", "cpu_per_call")).toBe(false);
  });
});

describe("the figure of a progress line", () => {
  test("is the headline's response, service, or time to be refused", () => {
    const shown = (trial: Trial): number | null => quantileNs(trial, 0.5);
    expect(shown(single)).toBe(metricOf(single, "ProcessPayment", "service_p50"));
    expect(shown(mix)).toBe(metricOf(mix, "ProcessPayment", "response_p50"));
    expect(shown(refused)).toBeGreaterThan(200_000);
    expect(shown({ ...single, outcome: { state: "failed", stage: "load", message: "" } })).toBeNull();
  });
});
