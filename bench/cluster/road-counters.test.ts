import { describe, expect, test } from "vitest";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { PolicyMapEntry } from "./cilium-policy-map.js";
import { inBoth, type PathReading, type PodEndpoint } from "./datapath.js";
import { wantedOf } from "./enforcement.js";
import { roadCounters } from "./road-counters.js";

const NO_COUNTS = { received: 0, forwarded: 0, denied: 0, error: 0 };
const SERVER = { calls: { ProcessPayment: 9 }, connections: 1, handshakes: 0 };

function endpoint(podName: string, more: Partial<PodEndpoint> = {}): PodEndpoint {
  return {
    id: 1,
    identity: 5000,
    pod: { namespace: "tollgate-1", name: podName },
    podName,
    state: "ready",
    realizedRevision: 7,
    proxyRevision: null,
    enforced: "none",
    proxy: [],
    ...more,
  };
}

function proxied(location: "ingress" | "egress", received: number, denied: number, port = 50051): PodEndpoint["proxy"] {
  const requests = { ...NO_COUNTS, received, forwarded: received - denied, denied };
  return [{ location, port, protocol: "http", requests, responses: NO_COUNTS }];
}

function entry(more: Partial<PolicyMapEntry>): PolicyMapEntry {
  return {
    direction: "ingress",
    identity: 5000,
    port: 50051,
    protocol: 6,
    deny: false,
    proxyPort: 0,
    packets: 10,
    bytes: 900,
    ...more,
  };
}

function counters(
  road: string,
  endpoints: readonly PodEndpoint[],
  policies: readonly (readonly [string, readonly PolicyMapEntry[]])[] = [],
) {
  const scenario = scenarioByName(road);
  const reading: PathReading = { atNs: 5, endpoints, policies: new Map(policies) };
  return roadCounters(scenario, wantedOf(scenario, "server", ["gw", "fin"]), SERVER, reading);
}

describe("the counters of a road", () => {
  test("on ingress are the server's: what Envoy booked on its payments port", () => {
    const server = endpoint("server", { enforced: "ingress", proxy: proxied("ingress", 120, 20) });
    const { proxy, server: counted, precision } = counters("l7", [server, endpoint("gw"), endpoint("fin")]);
    expect(proxy).toMatchObject({ requests: 120, allowed: 100, denied: 20 });
    expect(counted).toEqual(SERVER);
    expect(precision).toBe("exact");
  });

  test("on egress are the callers' together", () => {
    const callers = [
      endpoint("gw", { enforced: "egress", proxy: proxied("egress", 98, 0) }),
      endpoint("fin", { enforced: "egress", proxy: [...proxied("egress", 2, 0), ...proxied("egress", 7, 0, 53)] }),
    ];
    expect(counters("l7-tls", [endpoint("server"), ...callers]).proxy).toMatchObject({ requests: 100, allowed: 100 });
  });

  test("tell of every proxied request of any road: an open road must see none", () => {
    const other = endpoint("payments-l7", { proxy: proxied("ingress", 31, 0) });
    const open = counters("no-policy", [endpoint("server"), endpoint("gw"), endpoint("fin"), other]);
    expect(open).toMatchObject({ proxy: null, anyProxyRequests: 31, policy: { packets: 0, bytes: 0, denied: 0 } });
  });

  test("are not moved by a pod of another road that was lost within the window, or came", () => {
    const own = [endpoint("server", { id: 1 }), endpoint("gw", { id: 2 }), endpoint("fin", { id: 3 })];
    const lost = endpoint("payments-l7", { id: 4, proxy: proxied("ingress", 31, 0) });
    const came = endpoint("payments-l7", { id: 5, proxy: proxied("ingress", 2, 0) });
    const reading = (...others: PodEndpoint[]): PathReading => ({
      atNs: 5,
      endpoints: [...own, ...others],
      policies: new Map(),
    });
    const scenario = scenarioByName("no-policy");
    const requests = inBoth(reading(lost), reading(came)).map(
      (one) => roadCounters(scenario, wantedOf(scenario, "server", ["gw", "fin"]), SERVER, one).anyProxyRequests,
    );
    expect(requests).toEqual([0, 0]);
  });

  test("are the packets of the payments port, in the policy's direction", () => {
    const maps = [
      entry({}),
      entry({ port: 50052 }),
      entry({ direction: "egress" }),
      entry({ identity: 6000, packets: 3 }),
    ];
    const bound = endpoint("server", { enforced: "ingress" });
    const { policy } = counters("l4", [bound, endpoint("gw"), endpoint("fin")], [["server", maps]]);
    expect(policy).toEqual({ packets: 13, bytes: 1800, denied: 0 });
  });

  test("are not told where another policy is in force than the road's", () => {
    expect(() => counters("l4", [endpoint("server"), endpoint("gw"), endpoint("fin")])).toThrow(
      'the wrong policy is in force on the road "l4"',
    );
    const stuck = endpoint("server", { enforced: "ingress", state: "regenerating" });
    expect(() => counters("l4", [stuck, endpoint("gw"), endpoint("fin")])).toThrow("the wrong policy is in force");
    expect(() => counters("l4", [endpoint("gw"), endpoint("fin")])).toThrow("the wrong policy is in force");
  });
});
