import { describe, expect, test } from "vitest";
import type { Measurement } from "../loadgen/measurement.js";
import { ns } from "../loadgen/units.js";
import { CATALOGUE, scenarioByName } from "../scenarios/catalogue.js";
import type { PathCounters, PolicyCounters, ProxyCounters } from "./path-counters.js";
import { provePath } from "./path-proof.js";
import { syntheticRun } from "./synthetic-run.js";
import type { MeasuredTrial } from "./trial-metrics.js";
import type { PathProof, PassName } from "./trial.js";

interface Reading {
  readonly road: string;
  readonly measurement: Measurement;
  readonly before: PathCounters;
  readonly after: PathCounters;
}

/** A trial whose counters are what its road promises. */
function reading(road: string, pass: PassName = "mix"): Reading {
  const run = syntheticRun({ blocks: 1, scenarios: [road], passes: [pass], callsPerTrial: 500 });
  const { measurement, path } = (run.trials[0] as MeasuredTrial).outcome;
  return { road, measurement, before: path.before, after: path.after };
}

function prove({ road, before, after, measurement }: Reading): PathProof {
  return provePath(scenarioByName(road).promise, before, after, measurement);
}

/** The same reading with counters that moved further, or less far. */
function moved(
  one: Reading,
  by: {
    readonly proxy?: Partial<ProxyCounters>;
    readonly policy?: Partial<PolicyCounters>;
    readonly any?: number;
    readonly calls?: Readonly<Record<string, number>>;
    readonly connections?: number;
    readonly handshakes?: number;
  },
): Reading {
  const { after } = one;
  const added = <T extends object>(base: T | null, change: Partial<T> = {}): T | null =>
    base === null
      ? null
      : {
          ...base,
          ...Object.fromEntries(
            Object.entries(change).map(([k, v]) => [k, (base as Record<string, number>)[k]! + (v as number)]),
          ),
        };
  const calls = { ...after.server.calls };
  for (const [method, change] of Object.entries(by.calls ?? {})) calls[method] = (calls[method] ?? 0) + change;
  return {
    ...one,
    after: {
      ...after,
      server: {
        calls,
        connections: after.server.connections + (by.connections ?? 0),
        handshakes: after.server.handshakes + (by.handshakes ?? 0),
      },
      proxy: added(after.proxy, by.proxy),
      policy: added(after.policy, by.policy),
      anyProxyRequests: after.anyProxyRequests === null ? null : after.anyProxyRequests + (by.any ?? 0),
    },
  };
}

const withPrecision = (one: Reading, precision: PathCounters["precision"]): Reading => ({
  ...one,
  after: { ...one.after, precision },
});

const l7 = reading("l7");
const TOTAL = l7.measurement.books.totalSent.toLocaleString("en-US");

describe("a road that keeps its promise", () => {
  test("is proven exactly, on every road of the catalogue", () => {
    for (const { name } of CATALOGUE) {
      const proof = prove(reading(name));
      expect(proof, name).toMatchObject({ level: "exact", contradictions: [], doubts: [] });
      expect(proof.evidence.length).toBeGreaterThan(3);
    }
  });

  test("is proven with the figures of both books", () => {
    expect(prove(l7).evidence).toContain(`the proxy counted requests: ${TOTAL}, the client's books say ${TOTAL}`);
  });

  test("is proven with refused calls: the proxy counts and refuses them all, the server sees none", () => {
    const refused = reading("l7", "refused");
    expect(prove(refused)).toMatchObject({ level: "exact", contradictions: [] });
    expect(prove(refused).evidence).toContain(
      `the proxy's rules refused ${refused.measurement.books.totalSent}, the client's books say ${refused.measurement.books.totalSent}`,
    );
    expect(prove(moved(refused, { calls: { IssueRefund: 1 } })).level).toBe("contradicted");
    expect(prove(moved(refused, { proxy: { denied: -1, allowed: 1 } })).contradictions).toHaveLength(2);
  });
});

describe("a road is contradicted by", () => {
  const contradictions: [what: string, reading: Reading, words: RegExp][] = [
    ["one request that the proxy did not count", moved(l7, { proxy: { requests: -1 } }), /the proxy counted requests/],
    ["one request that is not ours", moved(l7, { proxy: { requests: 1 } }), /the proxy counted requests/],
    ["a call that its rules did not judge", moved(l7, { proxy: { allowed: -1 } }), /rules allowed/],
    ["a call that its rules refused", moved(l7, { proxy: { denied: 1 } }), /rules refused 1,/],
    ["a call that was not passed on", moved(l7, { proxy: { upstreamRequests: -1 } }), /passed on/],
    ["a retry", moved(l7, { proxy: { retries: 1 } }), /1 retries/],
    ["an overflow", moved(l7, { proxy: { overflows: 2 } }), /2 overflows/],
    ["a failed connection", moved(l7, { proxy: { connectFailures: 1 } }), /1 failed connections/],
    [
      "a call that the server did not count",
      moved(l7, { calls: { ProcessPayment: -1 } }),
      /ProcessPayment: the server counted/,
    ],
    [
      "a call of a method that was not sent",
      moved(l7, { calls: { IssueRefund: 1 } }),
      /IssueRefund: the server counted 1,/,
    ],
    ["TLS where none is promised", moved(l7, { handshakes: 1 }), /promised without TLS/],
    ["TLS at the proxy where none is promised", moved(l7, { proxy: { downstreamHandshakes: 1 } }), /no part in TLS/],
    [
      "a policy program that saw nothing",
      moved(l7, { policy: { packets: -l7.after.policy!.packets } }),
      /judged 0 packets/,
    ],
    [
      "a policy program that saw too little",
      moved(l7, { policy: { bytes: -l7.after.policy!.bytes + 100 } }),
      /are at least/,
    ],
    ["any proxy's request on a road without", moved(reading("l4"), { any: 1 }), /none are promised/],
    [
      "a request on a road through a TCP proxy",
      moved(reading("l4-proxy"), { proxy: { requests: 1 } }),
      /1 HTTP requests/,
    ],
    [
      "a connection past the TCP proxy",
      moved(reading("l4-proxy"), { proxy: { downstreamConnections: -1 } }),
      /counted connections/,
    ],
    [
      "a refused call where nothing is judged",
      moved(reading("l7-visibility"), { proxy: { denied: 1 } }),
      /refused 1 calls/,
    ],
    ["a plain connection on a TLS road", moved(reading("tls"), { handshakes: -1 }), /the client opened/],
    [
      "a client that was not handshaken with",
      moved(reading("l7-tls"), { proxy: { downstreamHandshakes: -1 } }),
      /counted TLS handshakes/,
    ],
    [
      "plaintext from the proxy to the server",
      moved(reading("l7-tls"), { proxy: { upstreamHandshakes: -1 } }),
      /0 TLS handshakes on 1 new/,
    ],
    ["a server that took a plain connection", moved(reading("l7-tls"), { handshakes: -1 }), /0 TLS handshakes on 1/],
  ];
  test.each(contradictions)("%s", (_, one, words) => {
    const proof = prove(one);
    expect(proof.level).toBe("contradicted");
    expect(
      proof.contradictions.some((text) => words.test(text)),
      proof.contradictions.join("\n"),
    ).toBe(true);
  });

  test("a counter that fell: its process was started anew", () => {
    const before = { ...l7.before, proxy: { ...l7.before.proxy!, requests: 10_000 } };
    const proof = prove({ ...l7, before });
    expect(proof.contradictions[0]).toMatch(/the proxy's requests fell by .*: what counts was started anew/);
  });

  test("a program that judged packets of a road without a policy", () => {
    const bare = reading("no-policy");
    const policy = { packets: 0, bytes: 0, denied: 0 };
    const seen = {
      ...bare,
      before: { ...bare.before, policy },
      after: { ...bare.after, policy: { ...policy, packets: 3 } },
    };
    expect(prove(seen).contradictions).toEqual(["the policy program judged 3 packets, none are promised"]);
    expect(prove({ ...seen, after: { ...seen.after, policy } }).level).toBe("exact");
  });
});

describe("a doubt, but no contradiction, is", () => {
  const doubts: [what: string, reading: Reading, words: RegExp][] = [
    ["a burst of connections to the server", moved(l7, { proxy: { upstreamConnections: 20 } }), /a burst/],
    [
      "a connection that the client did not open",
      moved(l7, { proxy: { downstreamConnections: 1 } }),
      /the client opened/,
    ],
    ["a server that counts other connections than the client", moved(reading("l4"), { connections: 1 }), /connections/],
    ["a packet that the policy dropped", moved(l7, { policy: { denied: 1 } }), /dropped 1 packets/],
    [
      "a TCP proxy with more connections to the server",
      moved(reading("l4-proxy"), { proxy: { upstreamConnections: 1 } }),
      /for/,
    ],
  ];
  test.each(doubts)("%s", (_, one, words) => {
    const proof = prove(one);
    expect(proof).toMatchObject({ level: "exact", contradictions: [] });
    expect(
      proof.doubts.some((text) => words.test(text)),
      proof.doubts.join("\n"),
    ).toBe(true);
  });

  test("a call that never ended and that one counter has seen and another has not", () => {
    const { books } = l7.measurement;
    const measurement = { ...l7.measurement, books: { ...books, totalEnded: books.totalSent - 2 } };
    const short = moved({ ...l7, measurement }, { calls: { ProcessPayment: -2 } });
    expect(prove(short)).toMatchObject({ level: "exact", contradictions: [] });
    expect(prove(short).doubts[0]).toMatch(/2 calls never ended/);
    expect(prove(moved(short, { calls: { ProcessPayment: -1 } })).level).toBe("contradicted");
  });
});

describe("connections that outlive a trial", () => {
  test("need no new handshake between proxy and server", () => {
    const tls = reading("l7-tls");
    const grown = <T extends ProxyCounters | null>(proxy: T): ProxyCounters => ({
      ...proxy!,
      upstreamHandshakes: 1,
      upstreamConnections: 1,
    });
    const reused = {
      ...tls,
      before: { ...tls.before, proxy: grown(tls.before.proxy) },
      after: {
        ...tls.after,
        proxy: grown(tls.after.proxy),
        server: { ...tls.after.server, connections: 0, handshakes: 0 },
      },
    };
    expect(prove(reused)).toMatchObject({ level: "exact", contradictions: [], doubts: [] });
  });

  test("must have been handshaken once", () => {
    const tls = reading("l7-tls");
    const never = moved(tls, {
      proxy: { upstreamHandshakes: -1, upstreamConnections: -1 },
      connections: -1,
      handshakes: -1,
    });
    expect(prove(never).contradictions[0]).toMatch(/0 since it started/);
  });
});

describe("counters that others move too", () => {
  test("prove no more than a lower bound", () => {
    const shared = withPrecision(
      moved(l7, { proxy: { requests: 500, allowed: 500, upstreamRequests: 500, retries: 3 } }),
      "lower-bound",
    );
    expect(prove(shared)).toMatchObject({ level: "lower-bound", contradictions: [] });
    expect(prove(shared).doubts).toEqual(["the proxy counted 3 retries"]);
  });

  test("contradict when they moved by less than what was sent", () => {
    expect(prove(withPrecision(moved(l7, { proxy: { requests: -1 } }), "lower-bound")).level).toBe("contradicted");
  });

  test("do not contradict a road without a proxy", () => {
    const others = withPrecision(moved(reading("no-policy"), { any: 12 }), "lower-bound");
    expect(prove(others)).toMatchObject({ level: "lower-bound", contradictions: [] });
    expect(prove(withPrecision(reading("no-policy"), "lower-bound")).level).toBe("exact");
  });
});

test("counters that cannot be read leave behaviour as the only proof", () => {
  expect(prove(withPrecision(l7, "unreadable"))).toMatchObject({ level: "behavioural", contradictions: [] });
  const blind = { ...l7, before: { ...l7.before, policy: null }, after: { ...l7.after, policy: null } };
  expect(prove(blind).level).toBe("behavioural");
  const bare = reading("no-policy");
  const noProxies = { ...bare, after: { ...bare.after, anyProxyRequests: null } };
  expect(prove(noProxies).level).toBe("behavioural");
});

describe("where the proxy's own counters are those of a whole node", () => {
  const unread: PathCounters["unread"] = [
    "downstreamConnections",
    "upstreamConnections",
    "upstreamRequests",
    "retries",
    "overflows",
    "connectFailures",
    "downstreamHandshakes",
    "upstreamHandshakes",
  ];
  /** As the cluster reads it: what the agent books for an endpoint, and nothing of Envoy's own. */
  const booked = (one: Reading): Reading => {
    const without = (counters: PathCounters): PathCounters => ({
      ...counters,
      unread,
      proxy:
        counters.proxy === null ? null : { ...counters.proxy, ...Object.fromEntries(unread.map((name) => [name, 0])) },
    });
    const handshakeNs = ns(100_000);
    const tls = { handshakeNs, version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", resumed: false, alpn: null };
    const facts = { connectNs: ns(50_000), tls, localAddress: "", localPort: 0, peerMaxConcurrentStreams: 100 };
    const { measurement } = one;
    return {
      road: one.road,
      measurement: { ...measurement, connections: { ...measurement.connections, facts: [facts] } },
      before: without(one.before),
      after: without(one.after),
    };
  };

  test("requests and refusals alone prove the road exactly", () => {
    for (const road of ["l7", "l7-tls", "l7-visibility"]) {
      expect(prove(booked(reading(road))), road).toMatchObject({ level: "exact", contradictions: [], doubts: [] });
    }
    expect(prove(booked(reading("l7", "refused"))).level).toBe("exact");
  });

  test("one request too many or too few contradicts it all the same", () => {
    expect(prove(moved(booked(l7), { proxy: { requests: 1 } })).level).toBe("contradicted");
    expect(prove(moved(booked(l7), { proxy: { denied: 1 } })).level).toBe("contradicted");
  });

  test("TLS is proven by its two ends: a server that never shook hands contradicts", () => {
    const tls = booked(reading("l7-tls"));
    const never = { ...tls, after: { ...tls.after, server: { ...tls.after.server, handshakes: 0 } } };
    expect(prove(tls).evidence).toContain(
      "the client shook hands with the proxy's certificate, which the server does not have",
    );
    expect(prove({ ...never, before: never.after }).level).toBe("contradicted");
  });
});
