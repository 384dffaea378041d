/**
 * All peers against the same server, interleaved: in each round every peer once, so that what disturbs the machine
 * disturbs them alike. The ratio of a round is ours over the peer's; the row is the median of the rounds.
 */
import type { BenchCase, Peer, PeerName, PeerReading } from "./peer.js";

export interface PeerRow {
  readonly peer: PeerName;
  readonly inFlight: number;
  readonly tls: boolean;
  /** Ours over the peer's: above 1 we are faster. */
  readonly rps_ratio: number;
  /** Below 1 we are cheaper. */
  readonly cpu_ratio: number;
  /** Below 1 we are quicker; at 1 in flight only. */
  readonly p50_ratio: number | null;
  readonly spread: { readonly rps: Range; readonly cpu: Range; readonly p50: Range | null };
  readonly ours: PeerReading;
  readonly theirs: PeerReading;
}

/** The smallest and the largest of the rounds. */
export type Range = readonly [number, number];

export const CASES: readonly BenchCase[] = [false, true].flatMap((tls) =>
  [1, 10, 100].map((inFlight) => ({ inFlight, tls })),
);

/** @param ours the first of every round */
export async function comparePeers(
  ours: Peer,
  others: readonly Peer[],
  rounds: number,
  say: (text: string) => void,
): Promise<PeerRow[]> {
  const rows: PeerRow[] = [];
  for (const benchCase of CASES) {
    const readings = new Map<PeerName, PeerReading[]>();
    for (let round = 0; round < rounds; round++) {
      say(`${caseName(benchCase)}, round ${round + 1} of ${rounds}`);
      for (const peer of [ours, ...others]) {
        const reading = await peer.measure(benchCase);
        readings.set(peer.name, [...(readings.get(peer.name) ?? []), reading]);
      }
    }
    for (const peer of others)
      rows.push(rowOf(peer.name, benchCase, readings.get(ours.name)!, readings.get(peer.name)!));
  }
  return rows;
}

export function caseName({ inFlight, tls }: BenchCase): string {
  return `${inFlight} in flight, ${tls ? "TLS" : "plaintext"}`;
}

/** `ours[i]` and `theirs[i]` are of one round. */
export function rowOf(
  peer: PeerName,
  benchCase: BenchCase,
  ours: readonly PeerReading[],
  theirs: readonly PeerReading[],
): PeerRow {
  const ratios = (of: (reading: PeerReading) => number) => ours.map((reading, i) => of(reading) / of(theirs[i]!));
  const rps = ratios(({ callsPerSecond }) => callsPerSecond);
  const cpu = ratios(({ cpuNsPerCall }) => cpuNsPerCall);
  const hasP50 = [...ours, ...theirs].every(({ p50Ns }) => p50Ns !== null);
  const p50 = hasP50 ? ratios(({ p50Ns }) => p50Ns!) : null;
  return {
    peer,
    ...benchCase,
    rps_ratio: median(rps),
    cpu_ratio: median(cpu),
    p50_ratio: p50 === null ? null : median(p50),
    spread: { rps: rangeOf(rps), cpu: rangeOf(cpu), p50: p50 === null ? null : rangeOf(p50) },
    ours: medianReading(ours),
    theirs: medianReading(theirs),
  };
}

function medianReading(readings: readonly PeerReading[]): PeerReading {
  const hasP50 = readings.every(({ p50Ns }) => p50Ns !== null);
  return {
    callsPerSecond: median(readings.map(({ callsPerSecond }) => callsPerSecond)),
    cpuNsPerCall: median(readings.map(({ cpuNsPerCall }) => cpuNsPerCall)),
    p50Ns: hasP50 ? median(readings.map(({ p50Ns }) => p50Ns!)) : null,
    callsPerRead: median(readings.map(({ callsPerRead }) => callsPerRead)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function rangeOf(values: readonly number[]): Range {
  return [Math.min(...values), Math.max(...values)];
}
