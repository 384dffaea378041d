/**
 * What one window of load yields. Workers send theirs as JSON; `mergeMeasurements` (measurement-merger.ts) makes one of them.
 * Histograms travel as HdrHistogram V2 compressed base64, nanoseconds, 3 digits.
 */
import type { GrpcStatusName } from "./grpc/status.js";
import type { Nanoseconds } from "./units.js";
import type { ConnectionFacts } from "./transport.js";

export interface Measurement {
  /** CLOCK_MONOTONIC at the start of the window, and its true length. */
  readonly startedAtNs: Nanoseconds;
  readonly durationNs: Nanoseconds;
  readonly books: Books;
  readonly methods: readonly MethodBooks[];
  readonly series: readonly Series[];
  readonly connections: ConnectionSummary;
  readonly intervals: readonly IntervalLine[];
  readonly health: GeneratorHealth;
  /** Each worker's own state, second by second; absent in records from before it was told. */
  readonly seconds?: readonly GeneratorSecond[];
  readonly notes: readonly string[];
}

/**
 * Every call of the window, accounted for: scheduled = sent + unsent, sent = ok + Σ failed + inFlightAtEnd.
 * `total*` count priming, warm-up, window and drained calls together: what the road's counters must show.
 */
export interface Books {
  readonly scheduled: number;
  readonly sent: number;
  /** Scheduled in the window and never sent: dropped at a full cap, or still waiting when the window ended. */
  readonly unsent: number;
  readonly ok: number;
  readonly failed: Readonly<Partial<Record<GrpcStatusName, number>>>;
  readonly inFlightAtEnd: number;
  readonly totalSent: number;
  readonly totalEnded: number;
}

export interface MethodBooks {
  readonly method: string;
  readonly sent: number;
  readonly ok: number;
  readonly failed: Readonly<Partial<Record<GrpcStatusName, number>>>;
  /** Priming, warm-up, window and drain together. */
  readonly totalSent: number;
}

/** response = answered − intended; service = answered − sent; lateness = sent − intended; blocked = waiting for a stream;
 *  call = connect + handshake + service of a connection-per-call loop; failure = service of calls that ended so. */
export type Quantity = "response" | "service" | "lateness" | "blocked" | "call" | `failure:${GrpcStatusName}`;

export interface Series {
  /** Bare method name; "all" only for lateness and blocked of the whole loop. */
  readonly method: string;
  readonly quantity: Quantity;
  readonly histogram: EncodedHistogram;
}

export interface EncodedHistogram {
  /** V2 compressed, base64. */
  readonly v2: string;
  readonly count: number;
  /** Values above 60 s or below 1 ns that were clamped into range. */
  readonly clamped: number;
  /** To the nanosecond, where the buckets know them to 3 digits. Absent when empty, and in histograms of other tools. */
  readonly exact?: { readonly minNs: number; readonly maxNs: number; readonly sumNs: number };
}

export interface ConnectionSummary {
  readonly opened: number;
  readonly facts: readonly ConnectionFacts[];
  readonly connect: EncodedHistogram;
  readonly handshake: EncodedHistogram | null;
  readonly reconnects: number;
  readonly goaways: number;
  readonly protocolErrors: number;
  /** Calls per write in the window: 1 when streams are independent, near the number in flight in lockstep. */
  readonly callsPerWrite: number;
}

/** One line per interval of the window, for the picture over time. */
export interface IntervalLine {
  /** Where the interval begins, from the window's start. */
  readonly atNs: Nanoseconds;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly inFlight: number;
  /** Of the first method in the mix: response (open loop) or service (closed loop) of calls that ended OK. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
  readonly latenessP99Ns: number | null;
}

/** What the generator knows about itself: feeds the verdict of METHOD §3. Summed or worst over workers. */
export interface GeneratorHealth {
  readonly workers: number;
  readonly idle: "sleep" | "hybrid" | "spin";
  /** CPU of all workers in the window. */
  readonly cpuUserNs: Nanoseconds;
  readonly cpuSystemNs: Nanoseconds;
  /** /proc/self/schedstat where the kernel has it: exact ns, else null. */
  readonly cpuSchedNs: Nanoseconds | null;
  /** CPU burnt waiting for the next due time: not work. */
  readonly spinNs: Nanoseconds;
  /** Worst worker: (CPU − spin) / window. */
  readonly busyShare: number;
  readonly eventLoopUtilisation: number;
  readonly loopDelayMaxNs: Nanoseconds;
  readonly gcTotalNs: Nanoseconds;
  readonly gcLongestNs: Nanoseconds;
  /** Calls that were in flight during one of our own garbage collections. */
  readonly gcAffectedCalls: number;
  /** Kolmogorov distance of sent gaps from the asked distribution; null for closed loops or too few gaps. */
  readonly gapDistance: number | null;
  readonly halves: { readonly firstP50Ns: number | null; readonly secondP50Ns: number | null };
  /** cgroup nr_throttled moved in the window. */
  readonly throttled: number;
  readonly clockStepped: boolean;
  readonly startedLateNs: Nanoseconds;
  readonly pinnedCpus: string | null;
  /** What the hypervisor took of the whole machine; absent where /proc/stat does not tell. */
  readonly steal?: { readonly ticks: number; readonly share: number };
}

/** What one worker knows about itself in one second of the window: fields as in GeneratorHealth, which is their sum. */
export interface GeneratorSecond extends Pick<
  GeneratorHealth,
  | "cpuUserNs"
  | "cpuSystemNs"
  | "cpuSchedNs"
  | "spinNs"
  | "eventLoopUtilisation"
  | "loopDelayMaxNs"
  | "gcTotalNs"
  | "gcLongestNs"
  | "throttled"
  | "steal"
> {
  readonly worker: number;
  /** Where it begins, from the window's start; the first takes in the reading's lead, the last the answers' way. */
  readonly atNs: Nanoseconds;
  /** A second, and less at the window's end. */
  readonly lengthNs: Nanoseconds;
  /** Of an open loop. */
  readonly latenessP99Ns: number | null;
  /** At its end. */
  readonly inFlight: number;
}
