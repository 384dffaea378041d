/**
 * Schemas of what a trial yielded, as it stands in a line of events.ndjson.
 */
import { z } from "zod";
import { GRPC_STATUS_NAMES } from "../loadgen/grpc/status.js";
import type { GeneratorHealth, GeneratorSecond, Measurement, Quantity } from "../loadgen/measurement.js";
import type { ConnectionFacts } from "../loadgen/transport.js";
import type { CpuWindow } from "./cpu-window.js";
import { count, loadPlan, nanoseconds } from "./load-record.js";
import type { PathCounters } from "./path-counters.js";
import { sameShape } from "./same-shape.js";
import type { HistogramNote, Stored, StoredTrial } from "./stored-trial.js";
import type { PathProof, TrialVerdict } from "./trial.js";

const statusName = z.enum(GRPC_STATUS_NAMES);
const share = z.number();
const failures = z.partialRecord(statusName, count);

const histogramNote = sameShape<HistogramNote>()(
  "HistogramNote",
  z.object({
    count,
    clamped: count,
    exact: z.object({ minNs: z.number(), maxNs: z.number(), sumNs: z.number() }).optional(),
  }),
);

const quantity = z.union([
  z.enum(["response", "service", "lateness", "blocked", "call"]),
  z.templateLiteral(["failure:", statusName]),
]) satisfies z.ZodType<Quantity>;

const connectionFacts = sameShape<ConnectionFacts>()(
  "ConnectionFacts",
  z.object({
    connectNs: nanoseconds,
    tls: z
      .object({
        handshakeNs: nanoseconds,
        version: z.string(),
        cipher: z.string(),
        resumed: z.boolean(),
        alpn: z.string().nullable(),
      })
      .nullable(),
    localAddress: z.string(),
    localPort: z.int(),
    peerMaxConcurrentStreams: z.number(),
  }),
);

const steal = z.object({ ticks: count, share });

const health = sameShape<GeneratorHealth>()(
  "GeneratorHealth",
  z.object({
    workers: count,
    idle: z.enum(["sleep", "hybrid", "spin"]),
    cpuUserNs: nanoseconds,
    cpuSystemNs: nanoseconds,
    cpuSchedNs: nanoseconds.nullable(),
    spinNs: nanoseconds,
    busyShare: share,
    eventLoopUtilisation: share,
    loopDelayMaxNs: nanoseconds,
    gcTotalNs: nanoseconds,
    gcLongestNs: nanoseconds,
    gcAffectedCalls: count,
    gapDistance: z.number().nullable(),
    halves: z.object({ firstP50Ns: z.number().nullable(), secondP50Ns: z.number().nullable() }),
    throttled: count,
    clockStepped: z.boolean(),
    startedLateNs: nanoseconds,
    pinnedCpus: z.string().nullable(),
    steal: steal.optional(),
  }),
);

const second = sameShape<GeneratorSecond>()(
  "GeneratorSecond",
  z.object({
    worker: count,
    atNs: nanoseconds,
    lengthNs: nanoseconds,
    cpuUserNs: nanoseconds,
    cpuSystemNs: nanoseconds,
    cpuSchedNs: nanoseconds.nullable(),
    spinNs: nanoseconds,
    eventLoopUtilisation: share,
    loopDelayMaxNs: nanoseconds,
    gcTotalNs: nanoseconds,
    gcLongestNs: nanoseconds,
    throttled: count,
    steal: steal.optional(),
    latenessP99Ns: z.number().nullable(),
    inFlight: count,
  }),
);

const measurement = sameShape<Stored<Measurement>>()(
  "Measurement",
  z.object({
    startedAtNs: nanoseconds,
    durationNs: nanoseconds,
    books: z.object({
      scheduled: count,
      sent: count,
      unsent: count,
      ok: count,
      failed: failures,
      inFlightAtEnd: count,
      totalSent: count,
      totalEnded: count,
    }),
    methods: z.array(z.object({ method: z.string(), sent: count, ok: count, failed: failures, totalSent: count })),
    series: z.array(z.object({ method: z.string(), quantity, histogram: histogramNote })),
    connections: z.object({
      opened: count,
      facts: z.array(connectionFacts),
      connect: histogramNote,
      handshake: histogramNote.nullable(),
      reconnects: count,
      goaways: count,
      protocolErrors: count,
      callsPerWrite: z.number(),
    }),
    intervals: z.array(
      z.object({
        atNs: nanoseconds,
        sent: count,
        ok: count,
        failed: count,
        inFlight: count,
        p50Ns: z.number().nullable(),
        p99Ns: z.number().nullable(),
        latenessP99Ns: z.number().nullable(),
      }),
    ),
    health,
    seconds: z.array(second).optional(),
    notes: z.array(z.string()),
  }),
);

const cpuWindow = sameShape<CpuWindow>()(
  "CpuWindow",
  z.object({
    durationNs: z.number(),
    cpus: z.number(),
    node: z.object({
      userNs: z.number(),
      systemNs: z.number(),
      softirqNs: z.number(),
      irqNs: z.number(),
      stealNs: z.number(),
      idleNs: z.number(),
      stealTicks: z.number(),
    }),
    processes: z.array(
      z.object({
        role: z.enum(["generator", "server", "envoy", "agent", "other"]),
        name: z.string(),
        pid: z.int(),
        cpuNs: z.number(),
        userNs: z.number(),
        systemNs: z.number(),
        busiestThreadNs: z.number().optional(),
      }),
    ),
  }),
);

const proxyCounters = z.object({
  requests: count,
  allowed: count,
  denied: count,
  downstreamConnections: count,
  upstreamConnections: count,
  upstreamRequests: count,
  retries: count,
  overflows: count,
  connectFailures: count,
  downstreamHandshakes: count,
  upstreamHandshakes: count,
});
const proxyCounter = proxyCounters.keyof();

const pathCounters = sameShape<PathCounters>()(
  "PathCounters",
  z.object({
    atNs: z.number(),
    server: z.object({ calls: z.record(z.string(), count), connections: count, handshakes: count }),
    proxy: proxyCounters.nullable(),
    anyProxyRequests: count.nullable(),
    policy: z.object({ packets: count, bytes: count, denied: count }).nullable(),
    kernel: z
      .object({
        hits: z.record(z.string(), count),
        ...{ denied: count, unjudged: count, outOfOrder: count, retransmitted: count },
      })
      .optional(),
    precision: z.enum(["exact", "lower-bound", "unreadable"]),
    unread: z.array(proxyCounter).optional(),
  }),
);

const pathProof = sameShape<PathProof>()(
  "PathProof",
  z.object({
    level: z.enum(["exact", "lower-bound", "behavioural", "contradicted"]),
    evidence: z.array(z.string()),
    contradictions: z.array(z.string()),
    doubts: z.array(z.string()),
  }),
);

const verdict = sameShape<TrialVerdict>()(
  "TrialVerdict",
  z.object({
    state: z.enum(["VALID", "SUSPECT", "INVALID"]),
    reasons: z.array(
      z.object({
        state: z.enum(["SUSPECT", "INVALID"]),
        rule: z.string(),
        text: z.string(),
        quantile: z.number().optional(),
        method: z.string().optional(),
      }),
    ),
  }),
);

const outcome = z.discriminatedUnion("state", [
  z.object({
    state: z.literal("measured"),
    measurement,
    cpu: cpuWindow.nullable(),
    path: z.object({ before: pathCounters, after: pathCounters, proof: pathProof }),
    verdict,
    programTime: z.object({ runNs: z.number(), runs: count }).optional(),
  }),
  z.object({
    state: z.literal("failed"),
    stage: z.enum(["place", "connect", "load", "drain", "counters"]),
    message: z.string(),
  }),
]);

export const passName = z.enum([
  "interleaved",
  "single",
  "mix",
  "refused",
  "reconnect",
  "ebpf-time",
  "capacity",
  "calibration",
]);

export const storedTrial = sameShape<StoredTrial>()(
  "Trial",
  z.object({
    index: count,
    pass: passName,
    scenario: z.string(),
    block: count,
    position: count,
    attempt: count,
    arrangement: count.optional(),
    startedAt: z.iso.datetime(),
    plan: loadPlan,
    outcome,
  }),
);
