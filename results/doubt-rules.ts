/**
 * The rules that make a trial SUSPECT: it may enter a comparison, and the comparison says so.
 */
import type { CpuWindow } from "./cpu-window.js";
import { seriesHistogram } from "./measured-series.js";
import { countBeyond } from "./sparse-histogram.js";
import type { VerdictRule } from "./trial-evidence.js";
import type { VerdictReason } from "./trial.js";
import { THRESHOLDS } from "./verdict-thresholds.js";
import { countText, durationText, percentText } from "./verdict-words.js";

/** The path could not be proven to the call, or showed something odd. */
export const pathDoubts: VerdictRule = ({ proof }) => {
  if (proof === null) return [];
  const level = LEVEL_WORDS[proof.level];
  return [...(level === null ? [] : [level]), ...proof.doubts].map((text) => suspect("path", text));
};

const LEVEL_WORDS = {
  exact: null,
  contradicted: null,
  "lower-bound": "the path is proven as a lower bound only: its counters are shared with other traffic",
  behavioural: "the path is proven by behaviour only: its counters cannot be read here",
} as const;

/** The quantiles of response that reports speak of. */
export const RESPONSE_QUANTILES = [0.5, 0.9, 0.99, 0.999] as const;

/** A quantile of response that our own waiting made, not the road: that quantile only. */
export const responseExcess: VerdictRule = ({ measurement }) =>
  measurement.methods.flatMap(({ method }) => {
    const response = seriesHistogram(measurement, method, "response");
    const service = seriesHistogram(measurement, method, "service");
    if (response === null || service === null) return [];
    return RESPONSE_QUANTILES.flatMap((q): VerdictReason[] => {
      if (countBeyond(q, response.count) < THRESHOLDS.beyondInTrial) return [];
      const whole = response.percentile(q) ?? 0;
      const excess = whole - (service.percentile(q) ?? 0);
      if (excess <= THRESHOLDS.responseExcess * whole) return [];
      const text = `${method}: ${percentText(excess / whole)} of the response p${q * 100} (${durationText(whole)}) passed before the call was sent`;
      return [{ ...suspect("response", text), quantile: q, method }];
    });
  });

/** The hypervisor took time that the window's clock went on counting. */
export const steal: VerdictRule = ({ cpu, measurement }) => {
  const seen = cpu === null ? measurement.health.steal : stealOf(cpu);
  if (seen === undefined || seen.ticks < THRESHOLDS.stealTicks || seen.share <= THRESHOLDS.stealShare) return [];
  return [suspect("steal", `the hypervisor took ${percentText(seen.share)} of the CPU time (${seen.ticks} ticks)`)];
};

function stealOf({ node, durationNs, cpus }: CpuWindow): { ticks: number; share: number } {
  return { ticks: node.stealTicks, share: node.stealNs / (durationNs * cpus) };
}

export const ownCollections: VerdictRule = ({ measurement }) => {
  const { sent } = measurement.books;
  const affected = measurement.health.gcAffectedCalls;
  if (sent === 0 || affected <= THRESHOLDS.gcShare * sent) return [];
  const text = `${percentText(affected / sent)} of the calls (${countText(affected)}) were in flight during our own garbage collection`;
  return [suspect("gc", text)];
};

/** Calls left at other gaps than asked. Null for closed loops, or too few gaps to tell. */
export const arrivals: VerdictRule = ({ measurement }) => {
  const distance = measurement.health.gapDistance;
  if (distance === null || distance <= THRESHOLDS.gapDistance) return [];
  return [
    suspect(
      "arrivals",
      `the gaps between calls lie ${distance.toFixed(3)} (Kolmogorov distance) from the asked distribution`,
    ),
  ];
};

/** Still warming up, or something else began in the middle. */
export const steadyHalves: VerdictRule = ({ measurement }) => {
  const { firstP50Ns, secondP50Ns } = measurement.health.halves;
  if (firstP50Ns === null || secondP50Ns === null) return [];
  const [low, high] = [Math.min(firstP50Ns, secondP50Ns), Math.max(firstP50Ns, secondP50Ns)];
  if (high - low <= THRESHOLDS.halvesDrift * low) return [];
  const text = `p50 moved from ${durationText(firstP50Ns)} in the first half of the window to ${durationText(secondP50Ns)} in the second`;
  return [suspect("halves", text)];
};

export const generatorBusy: VerdictRule = ({ measurement }) => {
  const { busyShare } = measurement.health;
  if (busyShare <= THRESHOLDS.generatorBusy) return [];
  return [suspect("generator", `the generator was busy ${percentText(busyShare)} of its core, idle spin excluded`)];
};

/**
 * A closed loop has no lateness to show that its process was kept from running; a loop that spins has the longest time
 * between two of its turns.
 */
export const generatorStalled: VerdictRule = ({ plan, measurement }) => {
  const { loopDelayMaxNs, idle } = measurement.health;
  const share = loopDelayMaxNs / measurement.durationNs;
  if (plan.loop.kind === "open" || idle !== "spin" || share <= THRESHOLDS.loopStall) return [];
  const text = `the generator stood still for ${durationText(loopDelayMaxNs)}, ${percentText(share)} of the window, in one piece`;
  return [suspect("stall", text)];
};

function suspect(rule: string, text: string): VerdictReason {
  return { state: "SUSPECT", rule, text };
}
