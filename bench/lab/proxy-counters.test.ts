import { describe, expect, test } from "vitest";
import { scenarioByName } from "../../scenarios/catalogue.js";
import { planRoads } from "./address-plan.js";
import { proxiedRoads, type ProxiedRoad } from "./envoy-config.js";
import { anyRequestsOf, counterRegex, proxyCountersOf } from "./proxy-counters.js";

const [tcp, http] = proxiedRoads(planRoads([scenarioByName("l4-proxy"), scenarioByName("l7-tls")]), null) as [
  ProxiedRoad,
  ProxiedRoad,
];

const stats = new Map([
  ["tcp.road0.downstream_cx_total", 3],
  ["cluster.road0.upstream_cx_total", 3],
  ["http.road1.downstream_rq_total", 100],
  ["http.road1.rbac.allowed", 90],
  ["http.road1.rbac.denied", 10],
  ["http.road1.downstream_cx_total", 2],
  ["cluster.road1.upstream_cx_total", 1],
  ["cluster.road1.upstream_rq_total", 90],
  ["cluster.road1.upstream_cx_overflow", 1],
  ["cluster.road1.upstream_rq_pending_overflow", 4],
  ["listener.road1.ssl.handshake", 2],
  ["cluster.road1.ssl.handshake", 1],
  ["http.road11.downstream_rq_total", 7],
]);

describe("a road's counters", () => {
  test("are taken from its own statistics only", () => {
    expect(proxyCountersOf(http, stats)).toEqual({
      requests: 100,
      allowed: 90,
      denied: 10,
      downstreamConnections: 2,
      upstreamConnections: 1,
      upstreamRequests: 90,
      retries: 0,
      overflows: 5,
      connectFailures: 0,
      downstreamHandshakes: 2,
      upstreamHandshakes: 1,
    });
  });

  test("count connections and no requests on a road that only passes bytes on", () => {
    expect(proxyCountersOf(tcp, stats)).toMatchObject({
      requests: 0,
      downstreamConnections: 3,
      upstreamConnections: 3,
    });
  });
});

test("the requests of all roads are added up", () => {
  expect(anyRequestsOf(stats)).toBe(107);
});

describe("what Envoy is asked for", () => {
  const asked = (road: ProxiedRoad | null): string[] => {
    const regex = new RegExp(`^(${counterRegex(road)})$`);
    return [...stats.keys()].filter((name) => regex.test(name));
  };

  test("holds everything of the road and the requests of all others, and nothing more", () => {
    expect(asked(http)).toEqual([...stats.keys()].filter((name) => !name.includes("road0")));
    expect(asked(tcp)).toEqual(
      [...stats.keys()].filter(
        (name) => name.includes("road0") || (name.endsWith("_rq_total") && name.startsWith("http")),
      ),
    );
  });

  test("is the requests alone when the road does not lead through this Envoy", () => {
    expect(asked(null)).toEqual(["http.road1.downstream_rq_total", "http.road11.downstream_rq_total"]);
  });

  test("does not mistake one road for another whose number begins alike", () => {
    expect(asked(http).filter((name) => name.includes("road11"))).toEqual(["http.road11.downstream_rq_total"]);
  });
});
