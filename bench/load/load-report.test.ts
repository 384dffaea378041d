import { describe, expect, test } from "vitest";
import type { EncodedHistogram, GeneratorSecond, IntervalLine, Measurement } from "../../loadgen/measurement.js";
import { ms, ns, perSecond, seconds } from "../../loadgen/units.js";
import type { LoadOrder } from "../../loadgen/worker-protocol.js";
import { readHlog } from "../../results/hlog.js";
import { SparseHistogram } from "../../results/sparse-histogram.js";
import type { TrialVerdict } from "../../results/trial.js";
import { headlineHgrm, hlogText } from "./hdr-files.js";
import { latencyPicture } from "./latency-picture.js";
import { loadJson } from "./load-report.js";
import { renderLoad } from "./load-text.js";

const encoded = (values: readonly number[]): EncodedHistogram => SparseHistogram.of(values).encode();
const spread = (calls: number, from: number, to: number): number[] =>
  Array.from({ length: calls }, (_, i) => Math.round(from * (to / from) ** (i / (calls - 1))));

const ORDER: LoadOrder = {
  transport: "lean",
  plan: {
    loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(500) }, overflow: "queue" },
    warmupNs: seconds(1),
    windowNs: seconds(5),
    drainNs: seconds(2),
    totalCalls: null,
    mix: [
      {
        method: "ProcessPayment",
        path: "/payments.Payments/ProcessPayment",
        weight: 100,
        caller: "anyone",
        payload: { kind: "payments" },
      },
    ],
    seed: 12345,
    connections: 2,
    streams: 100,
    timeoutNs: seconds(2),
    idle: "auto",
    intervalNs: ms(500),
  },
  targets: {
    anyone: {
      host: "127.0.0.1",
      port: 50051,
      localAddress: null,
      authority: "127.0.0.1:50051",
      tls: null,
      connectTimeoutNs: seconds(5),
      literalHeaders: false,
    },
  },
};
const CLOSED: LoadOrder = {
  ...ORDER,
  plan: { ...ORDER.plan, loop: { kind: "closed", inFlight: 4, connectionPerCall: false } },
};

const MEASUREMENT: Measurement = {
  startedAtNs: ns(1e12),
  durationNs: seconds(5),
  books: {
    scheduled: 2500,
    sent: 2490,
    unsent: 10,
    ok: 2480,
    failed: { UNAVAILABLE: 7, DEADLINE_EXCEEDED: 2 },
    inFlightAtEnd: 1,
    totalSent: 2992,
    totalEnded: 2991,
  },
  methods: [
    {
      method: "ProcessPayment",
      sent: 2490,
      ok: 2480,
      failed: { UNAVAILABLE: 7, DEADLINE_EXCEEDED: 2 },
      totalSent: 2992,
    },
  ],
  series: [
    { method: "ProcessPayment", quantity: "response", histogram: encoded(spread(2480, 120_000, 9_000_000)) },
    { method: "ProcessPayment", quantity: "service", histogram: encoded(spread(2480, 118_000, 8_000_000)) },
    { method: "ProcessPayment", quantity: "lateness", histogram: encoded(spread(2490, 900, 60_000)) },
    { method: "all", quantity: "blocked", histogram: encoded(spread(12, 40_000, 900_000)) },
    { method: "ProcessPayment", quantity: "failure:UNAVAILABLE", histogram: encoded(spread(7, 1e6, 3e6)) },
    { method: "ProcessPayment", quantity: "failure:DEADLINE_EXCEEDED", histogram: encoded([2e9, 2.001e9]) },
  ],
  connections: {
    opened: 3,
    facts: [],
    connect: encoded([90_000, 110_000, 150_000]),
    handshake: null,
    reconnects: 1,
    goaways: 1,
    protocolErrors: 0,
    callsPerWrite: 1.21,
  },
  intervals: [],
  health: {
    workers: 2,
    idle: "hybrid",
    cpuUserNs: ns(400e6),
    cpuSystemNs: ns(200e6),
    cpuSchedNs: ns(610e6),
    spinNs: ns(500e6),
    busyShare: 0.022,
    eventLoopUtilisation: 0.1,
    loopDelayMaxNs: ns(1e6),
    gcTotalNs: ns(1.9e6),
    gcLongestNs: ns(1e6),
    gcAffectedCalls: 1,
    gapDistance: 0.01,
    halves: { firstP50Ns: 1e6, secondP50Ns: 1e6 },
    throttled: 0,
    clockStepped: false,
    startedLateNs: ns(0),
    pinnedCpus: "1",
  },
  notes: ["a connection was lost and opened again: the peer sent GOAWAY"],
};

const INVALID: TrialVerdict = {
  state: "INVALID",
  reasons: [
    { state: "INVALID", rule: "status", text: "7 of ProcessPayment ended UNAVAILABLE, expected is OK" },
    {
      state: "SUSPECT",
      rule: "halves",
      text: "p50 moved from 1 ms in the first half of the window to 2 ms in the second",
    },
  ],
};
const VALID: TrialVerdict = { state: "VALID", reasons: [] };

const text = (changes: Partial<Parameters<typeof renderLoad>[0]> = {}): string =>
  renderLoad({
    order: ORDER,
    measurement: MEASUREMENT,
    verdict: INVALID,
    interrupted: false,
    colour: false,
    ...changes,
  });

describe("what a person reads", () => {
  test("an open loop: response, service and lateness side by side, how calls ended, the verdict and why", () => {
    expect(text()).toMatchInlineSnapshot(`
      "127.0.0.1:50051  payments.Payments/ProcessPayment
      load         open loop, poisson 500/s for 5 s (after 1 s of warm-up), seed 12345
      over         lean, plaintext, 2 connections × 100 streams, 2 workers on CPU 1, idle hybrid
      sent         2,490 of 2,500 scheduled, 498/s, 10 never sent: no stream was free

                      response    service   lateness
      min               120 µs     118 µs     900 ns
      p50              1.04 ms     971 µs    7.34 µs
      p90              5.84 ms    5.25 ms    39.4 µs
      p99              8.63 ms    7.68 ms    57.6 µs
      p99.9                n/a        n/a        n/a
      max              9.00 ms    8.00 ms    60.0 µs
      mean             2.06 ms    1.87 ms    14.1 µs
      calls              2,480      2,480      2,490

      response, calls from …
         100 µs │██████████████▏                  129
         150 µs │██████████████████               165
         200 µs │█████████████████████████▌       233
         300 µs │████████████████████████████████ 293
         500 µs │█████████████████████▏           193
         700 µs │██████████████████████▍          205
        1.00 ms │█████████████████████████▌       233
        1.50 ms │██████████████████               165
        2.00 ms │█████████████████████████▌       233
        3.00 ms │████████████████████████████████ 293
        5.00 ms │█████████████████████▏           193
        7.00 ms │███████████████▉                 145

      statuses     OK 2,480 · DEADLINE_EXCEEDED 2 (2.00 s to 2.00 s) · UNAVAILABLE 7 (1.00 ms to 3.00 ms) · 1 unanswered at the end
      blocked      12 calls waited for a stream, p50 165 µs, max 900 µs
      connections  3 opened · connect p50 110 µs, max 150 µs · 1× lost and opened again · 1 GOAWAY
      generator    44.2 µs of CPU per call · busy 2.20 % · waiting in a spin 10.0 % · 1.21 calls per write · garbage collection 1.90 ms

      note         a connection was lost and opened again: the peer sent GOAWAY
      path         not proven: this command knows no road
      verdict      INVALID
                   invalid: 7 of ProcessPayment ended UNAVAILABLE, expected is OK
                   suspect: p50 moved from 1 ms in the first half of the window to 2 ms in the second
      "
    `);
  });

  test("a closed loop has no intended times, so neither response nor lateness", () => {
    const closed = text({ order: CLOSED, verdict: VALID });
    expect(closed).toContain("load         closed loop, 4 in flight for 5 s (after 1 s of warm-up), seed 12345");
    expect(closed).toContain("sent         2,490 calls, 498/s");
    expect(closed).not.toMatch(/response|lateness/);
    expect(closed).toContain("service, calls from …");
    expect(closed.trimEnd().endsWith("verdict      VALID")).toBe(true);
  });

  test("a quantile with fewer than ten calls beyond it is n/a", () => {
    const few = {
      ...MEASUREMENT,
      series: [{ method: "ProcessPayment", quantity: "service" as const, histogram: encoded(spread(150, 1e5, 1e6)) }],
    };
    const rows = text({ order: CLOSED, measurement: few }).split("\n");
    const cell = (label: string): string =>
      rows
        .find((row) => row.startsWith(`${label} `))!
        .slice(13)
        .trim();
    expect([cell("p50"), cell("p90"), cell("p99"), cell("p99.9")]).toEqual(["314 µs", "794 µs", "n/a", "n/a"]);
  });

  test("an interrupted window says what was asked", () => {
    const cut = text({ interrupted: true, measurement: { ...MEASUREMENT, durationNs: ns(1.25e9) } });
    expect(cut).toContain("for 1.25 s (5 s asked, cut short)");
  });

  test("colour paints the verdict and nothing changes without it", () => {
    const plain = text();
    const painted = text({ colour: true });
    expect(painted).toContain("\u001b[31mINVALID\u001b[0m");
    expect(painted.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  });
});

describe("a window of several seconds", () => {
  const line = (second: number, p99Ns: number | null): IntervalLine => ({
    atNs: seconds(second),
    sent: 500 + second,
    ok: 499,
    failed: second === 2 ? 3 : 0,
    inFlight: 1,
    p50Ns: p99Ns === null ? null : 120_000,
    p99Ns,
    latenessP99Ns: 9_000,
  });
  const own = (worker: number, second: number, cpuUserNs: number): GeneratorSecond => ({
    worker,
    atNs: seconds(second),
    lengthNs: seconds(1),
    cpuUserNs: ns(cpuUserNs),
    cpuSystemNs: ns(50e6),
    cpuSchedNs: null,
    spinNs: ns(30e6),
    eventLoopUtilisation: 0.4,
    loopDelayMaxNs: ns(250_000),
    gcTotalNs: ns(2e6),
    gcLongestNs: ns(second === 1 ? 1.5e6 : 0),
    throttled: 0,
    steal: { ticks: 2, share: 0.01 },
    latenessP99Ns: 9_000,
    inFlight: 1,
  });
  const measurement: Measurement = {
    ...MEASUREMENT,
    intervals: [line(0, 300_000), line(1, 7_000_000), line(2, null)],
    seconds: [0, 1, 2].flatMap((second) => [own(0, second, 100e6), own(1, second, 280e6)]),
  };

  test("is told second by second, with the worst worker's state", () => {
    const told = text({ measurement });
    const table = told.slice(told.indexOf("seconds, response"), told.indexOf("\n\nstatuses"));
    expect(`\n${table}\n`).toBe(`
seconds, response of calls that ended in them; the generator's worst worker beside
       from       sent     failed        p50        p99  in flight   late p99       busy loop delay gc longest
        0 s        500          0     120 µs     300 µs          1    9.00 µs     30.0 %     250 µs       0 µs
        1 s        501          0     120 µs    7.00 ms          1    9.00 µs     30.0 %     250 µs    1.50 ms
        2 s        502          3        n/a        n/a          1    9.00 µs     30.0 %     250 µs       0 µs
`);
  });

  test("that are too many for a page is told by its slowest ones, in their order", () => {
    const many = Array.from({ length: 40 }, (_, second) => line(second, second % 3 === 0 ? 9e6 + second : 1e6));
    const told = text({ measurement: { ...MEASUREMENT, intervals: many } });
    expect(told).toContain("the 12 slowest of 40 seconds, response");
    expect([...told.matchAll(/^ +(\d+) s /gm)].map(([, from]) => Number(from))).toEqual([
      6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39,
    ]);
  });

  test("is told to machines with every worker's own state", () => {
    const json = loadJson(ORDER, measurement, VALID);
    expect(json.intervals).toHaveLength(3);
    expect(json.intervals[2]).toEqual({
      at_ns: 2e9,
      sent: 502,
      ok: 499,
      failed: 3,
      in_flight: 1,
      p50_ns: null,
      p99_ns: null,
      lateness_p99_ns: 9_000,
    });
    expect(json.seconds).toHaveLength(6);
    expect(json.seconds[3]).toMatchObject({ worker: 1, at_ns: 1e9, gc_longest_ns: 1.5e6, steal_ticks: 2 });
  });
});

describe("the picture", () => {
  test("every call is in one row, whatever the spread", () => {
    for (const values of [[1], [5, 5, 5], spread(1000, 1, 60e9), spread(1000, 1e5, 1.3e5), spread(50, 999, 1001)]) {
      const rows = latencyPicture(SparseHistogram.of(values));
      const counts = rows.map((row) => Number(row.trim().split(" ").at(-1)!.replaceAll(",", "")));
      expect(rows.length).toBeLessThanOrEqual(14);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
    }
  });

  test("is empty for no calls", () => expect(latencyPicture(SparseHistogram.of([]))).toEqual([]));
});

describe("--json", () => {
  const json = loadJson(ORDER, MEASUREMENT, INVALID);

  test("has exactly the fields that were promised, and behind them the window second by second", () => {
    expect(Object.keys(json)).toEqual([
      "target",
      "call",
      "offered_rate",
      "achieved_rate",
      "scheduled",
      "sent",
      "ok",
      "failed",
      "in_flight_at_end",
      "duration_ns",
      "response",
      "service",
      "lateness",
      "blocked",
      "connect",
      "handshake",
      "cpu",
      "verdict",
      "intervals",
      "seconds",
    ]);
    expect(json).toMatchObject({
      target: "127.0.0.1:50051",
      call: "payments.Payments/ProcessPayment",
      offered_rate: 500,
      achieved_rate: 498,
      failed: { UNAVAILABLE: 7, DEADLINE_EXCEEDED: 2 },
      in_flight_at_end: 1,
      duration_ns: 5e9,
      handshake: null,
      // (610 − 500) ms over 2,489 calls that ended.
      cpu: { user_ns: 400e6, system_ns: 200e6, per_call_ns: 44_194 },
      verdict: { state: "INVALID" },
    });
  });

  test("a latency has count, quantiles, ends and mean in whole nanoseconds", () => {
    expect(json.service.count).toBe(2480);
    expect(json.service.min_ns).toBe(118_000);
    expect(json.service.max_ns).toBe(8_000_000);
    const { p50_ns, p90_ns, p99_ns, p999_ns, mean_ns } = json.service;
    expect([p50_ns, p90_ns, p99_ns, p999_ns, mean_ns].every(Number.isInteger)).toBe(true);
    // The quantiles of a geometric spread are known: 118 µs · (8000/118)^q, to 3 digits.
    for (const [q, value] of [
      [0.5, p50_ns],
      [0.9, p90_ns],
      [0.99, p99_ns],
    ] as const) {
      expect(value! / (118_000 * (8_000_000 / 118_000) ** q)).toBeCloseTo(1, 2);
    }
  });

  test("the identities of METHOD §2.6 can be checked from it", () => {
    const failed = Object.values(json.failed).reduce((sum, count) => sum + count, 0);
    expect(json.sent).toBe(json.ok + failed + json.in_flight_at_end);
  });

  test("a closed loop offers no rate and has neither response nor lateness", () => {
    expect(loadJson(CLOSED, MEASUREMENT, VALID)).toMatchObject({ offered_rate: null, response: null, lateness: null });
  });

  test("nothing measured is told as nulls with a count of 0, never NaN", () => {
    const nothing: Measurement = {
      ...MEASUREMENT,
      durationNs: ns(0),
      series: [],
      books: { ...MEASUREMENT.books, ok: 0, failed: {} },
    };
    const empty = loadJson(ORDER, nothing, INVALID);
    expect(empty.service).toEqual({
      count: 0,
      min_ns: null,
      p50_ns: null,
      p90_ns: null,
      p99_ns: null,
      p999_ns: null,
      max_ns: null,
      mean_ns: null,
    });
    expect([empty.achieved_rate, empty.cpu.per_call_ns]).toEqual([0, null]);
  });
});

describe("files for other tools", () => {
  test("the interval log holds every series under its tag, without a blank line", () => {
    const log = hlogText(ORDER, MEASUREMENT, 1_795_458_600_000);
    expect(log.trimEnd().split("\n")).not.toContain("");
    const { lines, startedAtMs } = readHlog(log, "test");
    expect(startedAtMs).toBe(1_795_458_600_000);
    expect(lines.map(({ tag }) => tag)).toEqual([
      "ProcessPayment/response",
      "ProcessPayment/service",
      "ProcessPayment/lateness",
      "all/blocked",
      "ProcessPayment/failure:UNAVAILABLE",
      "ProcessPayment/failure:DEADLINE_EXCEEDED",
      "all/connect",
    ]);
    const service = SparseHistogram.decode({ v2: lines[1]!.v2, count: 2480, clamped: 0 });
    expect(service.count).toBe(2480);
  });

  test("the percentile text is HdrHistogram's, with its unit stated", () => {
    const few: Measurement = {
      ...MEASUREMENT,
      series: [{ method: "ProcessPayment", quantity: "response", histogram: encoded([1e6, 2e6, 3e6, 4e6, 50e6]) }],
    };
    expect(headlineHgrm(ORDER, few)).toMatchInlineSnapshot(`
      "#[response of payments.Payments/ProcessPayment at 127.0.0.1:50051, values in milliseconds]
             Value     Percentile TotalCount 1/(1-Percentile)

          1.000447 0.000000000000          1           1.00
          1.000447 0.100000000000          1           1.11
          1.000447 0.200000000000          1           1.25
          2.000895 0.300000000000          2           1.43
          2.000895 0.400000000000          2           1.67
          3.000319 0.500000000000          3           2.00
          3.000319 0.550000000000          3           2.22
          3.000319 0.600000000000          3           2.50
          4.001791 0.650000000000          4           2.86
          4.001791 0.700000000000          4           3.33
          4.001791 0.750000000000          4           4.00
          4.001791 0.775000000000          4           4.44
         50.000000 1.000000000000          5
      #[Mean    =    12.000000, StdDeviation   =    19.021278]
      #[Max     =    50.000000, Total count    =            5]
      "
    `);
  });
});
