/**
 * A trial as it lies on disk: everything but its histograms, which are the bulk of it, stands in one line of
 * events.ndjson; the histograms lie in an interval log of their own, where other tools can read them too.
 */
import type { EncodedHistogram, Quantity } from "../loadgen/measurement.js";
import type { Trial } from "./trial.js";

/** A histogram without its counts. */
export type HistogramNote = Omit<EncodedHistogram, "v2">;

/** T with each histogram replaced by its note. */
export type Stored<T> = T extends number
  ? T
  : T extends EncodedHistogram
    ? HistogramNote
    : T extends object
      ? { readonly [Key in keyof T]: Stored<Exclude<T[Key], undefined>> }
      : T;

export type StoredTrial = Stored<Trial>;

/** What a histogram of a trial counts: the Tag of its line in the interval log is `method/quantity`. */
export interface HistogramName {
  readonly method: string;
  readonly quantity: Quantity | "connect" | "handshake";
}

export interface NamedHistogram extends HistogramName {
  readonly encoded: EncodedHistogram;
}

export const histogramTag = ({ method, quantity }: HistogramName): string => `${method}/${quantity}`;

/** Connections carry calls of every method. */
const CONNECT: HistogramName = { method: "all", quantity: "connect" };
const HANDSHAKE: HistogramName = { method: "all", quantity: "handshake" };

/** Takes a trial apart: what goes into its line, and the histograms that go beside it. */
export function storeTrial(trial: Trial): { stored: StoredTrial; histograms: NamedHistogram[] } {
  const histograms: NamedHistogram[] = [];
  const outcome = trial.outcome;
  if (outcome.state === "failed") return { stored: { ...trial, outcome }, histograms };
  const takeOut = ({ method, quantity }: HistogramName, encoded: EncodedHistogram): HistogramNote => {
    histograms.push({ method, quantity, encoded });
    const { v2: _, ...note } = encoded;
    return note;
  };
  const { series, connections, ...rest } = outcome.measurement;
  const measurement = {
    ...rest,
    series: series.map((one) => ({ ...one, histogram: takeOut(one, one.histogram) })),
    connections: {
      ...connections,
      connect: takeOut(CONNECT, connections.connect),
      handshake: connections.handshake === null ? null : takeOut(HANDSHAKE, connections.handshake),
    },
  };
  return { stored: { ...trial, outcome: { ...outcome, measurement } }, histograms };
}

/** Puts it together again. Null when a histogram that its line speaks of is not among `histograms` (tag → V2). */
export function restoreTrial(stored: StoredTrial, histograms: ReadonlyMap<string, string>): Trial | null {
  if (stored.outcome.state === "failed") return stored as Trial;
  let complete = true;
  const putBack = (name: HistogramName, note: HistogramNote): EncodedHistogram => {
    const v2 = histograms.get(histogramTag(name));
    complete &&= v2 !== undefined;
    return { v2: v2 ?? "", ...note };
  };
  const { series, connections, ...rest } = stored.outcome.measurement;
  const measurement = {
    ...rest,
    series: series.map((one) => ({ ...one, histogram: putBack(one, one.histogram) })),
    connections: {
      ...connections,
      connect: putBack(CONNECT, connections.connect),
      handshake: connections.handshake === null ? null : putBack(HANDSHAKE, connections.handshake),
    },
  };
  return complete ? { ...stored, outcome: { ...stored.outcome, measurement } } : null;
}
