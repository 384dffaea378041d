/**
 * What the counters along the road and the CPU readings of a synthetic trial show: exactly what its books say.
 */
import type { Measurement } from "../loadgen/measurement.js";
import type { Scenario } from "../scenarios/scenario.js";
import type { CpuWindow } from "./cpu-window.js";
import type { PathCounters } from "./path-counters.js";

/** Of the window: Envoy about as costly as the lab saw it, the server about as costly as the kernel's part. */
export function syntheticCpu(scenario: Scenario, measurement: Measurement, noise: number): CpuWindow {
  const calls = measurement.books.sent * noise;
  const envoyPerCall = { none: 0, tcp: 68_000, http: scenario.road.tls === "none" ? 218_000 : 257_000 };
  const envoy = calls * envoyPerCall[scenario.road.proxy.kind];
  const server = calls * 15_000;
  const generator = measurement.health.cpuUserNs + measurement.health.cpuSystemNs;
  const { durationNs } = measurement;
  const process = (role: "generator" | "server" | "envoy", pid: number, cpuNs: number) => ({
    ...{ role, name: role, pid, cpuNs },
    userNs: cpuNs * 0.6,
    systemNs: cpuNs * 0.4,
  });
  const busy = envoy + server + generator + durationNs * 0.008;
  return {
    durationNs,
    cpus: 2,
    node: {
      userNs: busy * 0.5,
      systemNs: busy * 0.35,
      softirqNs: busy * 0.15,
      irqNs: 0,
      stealNs: 0,
      idleNs: Math.max(0, durationNs * 2 - busy),
      stealTicks: 0,
    },
    processes: [process("generator", 101, generator), process("server", 102, server), process("envoy", 103, envoy)],
  };
}

const NO_REQUESTS = {
  requests: 0,
  allowed: 0,
  denied: 0,
  downstreamConnections: 0,
  upstreamConnections: 0,
  upstreamRequests: 0,
  retries: 0,
  overflows: 0,
  connectFailures: 0,
  downstreamHandshakes: 0,
  upstreamHandshakes: 0,
};

const NOTHING_JUDGED = { hits: {}, denied: 0, unjudged: 0, outOfOrder: 0, retransmitted: 0 };

export function emptyCounters({ promise }: Scenario): PathCounters {
  return {
    atNs: 0,
    server: { calls: {}, connections: 0, handshakes: 0 },
    proxy: promise.proxied === "none" ? null : NO_REQUESTS,
    anyProxyRequests: 0,
    policy: promise.judged ? { packets: 0, bytes: 0, denied: 0 } : null,
    ...(promise.countedByRule === true ? { kernel: NOTHING_JUDGED } : {}),
    precision: "exact",
  };
}

/** The counters after calls that went the way that is promised. */
export function movedCounters(
  scenario: Scenario,
  before: PathCounters,
  measurement: Measurement,
  isRefused: boolean,
): PathCounters {
  const { promise } = scenario;
  const { totalSent } = measurement.books;
  const { opened } = measurement.connections;
  const allowed = isRefused ? 0 : totalSent;
  const http = promise.proxied === "http";
  const judgesCalls = promise.refusal === "PERMISSION_DENIED";
  const intercepted = promise.handshakes === "proxy-and-server";
  const upstream = http ? 1 : opened;
  return {
    ...before,
    atNs: measurement.durationNs,
    server: {
      calls: isRefused ? {} : Object.fromEntries(measurement.methods.map((one) => [one.method, one.totalSent])),
      connections: upstream,
      handshakes: promise.handshakes === "none" ? 0 : upstream,
    },
    proxy:
      before.proxy === null
        ? null
        : {
            ...NO_REQUESTS,
            requests: http ? totalSent : 0,
            allowed: http && judgesCalls ? allowed : 0,
            denied: http && judgesCalls ? totalSent - allowed : 0,
            downstreamConnections: opened,
            upstreamConnections: upstream,
            upstreamRequests: http ? allowed : 0,
            downstreamHandshakes: intercepted ? opened : 0,
            upstreamHandshakes: intercepted ? upstream : 0,
          },
    anyProxyRequests: http ? totalSent : 0,
    policy: promise.judged ? { packets: totalSent * 2, bytes: totalSent * 400, denied: 0 } : null,
    ...(before.kernel === undefined
      ? {}
      : {
          kernel: {
            ...before.kernel,
            hits: Object.fromEntries(measurement.methods.map((one) => [one.method, one.totalSent])),
          },
        }),
  };
}
