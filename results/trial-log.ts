/**
 * The interval log of one trial: one line per histogram, tagged `method/quantity`.
 */
import { readHlog, writeHlog } from "./hlog.js";
import { SparseHistogram } from "./sparse-histogram.js";
import { histogramTag, type NamedHistogram } from "./stored-trial.js";
import type { Trial } from "./trial.js";

/** Where the interval logs of a run lie in its folder. */
export const TRIALS_FOLDER = "trials";

/** Relative to the run's folder: `trials/0007-single-b2-l7-tls.hlog`, which sorts in the order of trials. */
export function trialLogFile(trial: Pick<Trial, "index" | "pass" | "block" | "scenario">): string {
  const scenario = trial.scenario.replace(/[^\w.+-]/g, "-");
  return `${TRIALS_FOLDER}/${String(trial.index).padStart(4, "0")}-${trial.pass}-b${trial.block}-${scenario}.hlog`;
}

export function writeTrialLog(trial: Trial, histograms: readonly NamedHistogram[]): string {
  const lengthNs = trial.outcome.state === "measured" ? trial.outcome.measurement.durationNs : trial.plan.windowNs;
  return writeHlog({
    startedAtMs: Date.parse(trial.startedAt),
    comments: [`tollgate trial ${trial.index}: ${trial.scenario}, ${trial.pass}, block ${trial.block}; nanoseconds`],
    lines: histograms.map(({ encoded, ...name }) => ({
      tag: histogramTag(name),
      atNs: trial.plan.warmupNs,
      lengthNs,
      maxNs: encoded.exact?.maxNs ?? SparseHistogram.decode(encoded).maxNs ?? 0,
      v2: encoded.v2,
    })),
  });
}

/**
 * The payloads by tag.
 * @throws Fault when the text is no interval log
 */
export function readTrialLog(text: string, where: string): ReadonlyMap<string, string> {
  return new Map(readHlog(text, where).lines.map(({ tag, v2 }) => [tag ?? "", v2]));
}
