/**
 * A client of the bench: ours, h2load, or grpc-js. Each keeps calls in flight on one connection, and says what that
 * came to.
 */
export type PeerName = "lean" | "h2load" | "grpc-js";

/** What is asked of every peer alike. */
export interface BenchCase {
  readonly inFlight: number;
  readonly tls: boolean;
}

export interface PeerReading {
  readonly callsPerSecond: number;
  /** User and system time of the whole process, from the operating system. */
  readonly cpuNsPerCall: number;
  /** At 1 in flight only: with more, a peer's own queue is in it. */
  readonly p50Ns: number | null;
  /** From the server's reads: near the number in flight in lockstep, 1 when calls are independent. */
  readonly callsPerRead: number;
}

export interface Peer {
  readonly name: PeerName;
  measure(benchCase: BenchCase): Promise<PeerReading>;
}
