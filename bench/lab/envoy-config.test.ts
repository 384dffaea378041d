import { describe, expect, test } from "vitest";
import { PAYMENTS_ACCESS } from "../../scenarios/access-policy.js";
import { CATALOGUE, scenarioByName } from "../../scenarios/catalogue.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { planRoads } from "./address-plan.js";
import { envoyConfig, proxiedRoads, type EnvoyConfigOptions } from "./envoy-config.js";

const OPTIONS: EnvoyConfigOptions = {
  adminSocket: "/run/tollgate/admin.sock",
  originalSource: false,
  proxyAlpn: false,
  tls: { certificate: "/c.pem", key: "/c.key", serverAuthority: "/ca.pem", serverName: "payments.lab" },
};

/** Looks into a bootstrap by path, `listeners.0.stat_prefix`: what is not there is undefined. */
function look(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

function configured(scenarios: readonly Scenario[], options: Partial<EnvoyConfigOptions> = {}): object {
  return envoyConfig(proxiedRoads(planRoads(scenarios), null), { ...OPTIONS, ...options });
}

function listenerOf(name: string, options: Partial<EnvoyConfigOptions> = {}): unknown {
  return look(configured([scenarioByName(name)], options), "static_resources.listeners.0");
}

function clusterOf(name: string): unknown {
  return look(configured([scenarioByName(name)]), "static_resources.clusters.0");
}

const FIRST_FILTER = "filter_chains.0.filters.0";

function hcmOf(listener: unknown): unknown {
  return look(listener, `${FIRST_FILTER}.typed_config`);
}

function policiesOf(listener: unknown): Record<string, unknown> {
  return look(hcmOf(listener), "http_filters.0.typed_config.rules.policies") as Record<string, unknown>;
}

function namesOf(list: unknown): unknown[] {
  return (list as { name: string }[]).map(({ name }) => name);
}

describe("the bootstrap", () => {
  test("has a listener and a cluster with statistics of their own for each proxied road, and for no other", () => {
    const config = configured(CATALOGUE);
    const listeners = look(config, "static_resources.listeners") as Record<string, unknown>[];
    const proxied = CATALOGUE.flatMap(({ promise, name }, number) =>
      promise.proxied === "none" ? [] : [{ name, prefix: `road${number}`, port: 10_001 + number }],
    );
    expect(listeners.map(({ name, stat_prefix, address }) => [name, stat_prefix, address])).toEqual(
      proxied.map(({ name, prefix, port }) => [
        name,
        prefix,
        { socket_address: { address: "127.0.0.1", port_value: port } },
      ]),
    );
    expect(namesOf(look(config, "static_resources.clusters"))).toEqual(proxied.map(({ prefix }) => prefix));
  });

  test("leaves roads of another Envoy to that one", () => {
    const roads = planRoads([scenarioByName("l7"), scenarioByName("l7@1.36.4")]);
    expect(proxiedRoads(roads, null).map(({ scenario }) => scenario.name)).toEqual(["l7"]);
    expect(proxiedRoads(roads, "1.36.4").map(({ scenario }) => scenario.name)).toEqual(["l7@1.36.4"]);
  });

  test("keeps the admin interface to its owner", () => {
    expect(look(configured(CATALOGUE), "admin.address.pipe")).toEqual({
      path: "/run/tollgate/admin.sock",
      mode: 0o600,
    });
  });
});

describe("a road with rules", () => {
  test("allows each caller its methods, POST only, by anchored and escaped path", () => {
    const listener = listenerOf("l7");
    expect(namesOf(look(hcmOf(listener), "http_filters"))).toEqual(["rbac", "router"]);
    expect(look(hcmOf(listener), "http_filters.0.typed_config.rules.action")).toBe("ALLOW");
    expect(Object.values(policiesOf(listener))).toEqual([
      {
        permissions: [
          {
            and_rules: {
              rules: [
                { header: { name: ":method", string_match: { exact: "POST" } } },
                {
                  header: {
                    name: ":path",
                    string_match: {
                      safe_regex: { regex: String.raw`^/payments\.Payments/(ProcessPayment|GetPaymentStatus)$` },
                    },
                  },
                },
              ],
            },
          },
        ],
        principals: [{ direct_remote_ip: { address_prefix: "198.18.0.2", prefix_len: 32 } }],
      },
      expect.objectContaining({
        principals: [{ direct_remote_ip: { address_prefix: "198.18.0.3", prefix_len: 32 } }],
      }),
    ]);
  });

  test("has its fillers tried before the rules that match", () => {
    const l7 = scenarioByName("l7");
    const filled: Scenario = {
      ...l7,
      road: { ...l7.road, proxy: { kind: "http", access: { ...PAYMENTS_ACCESS, fillerRules: 1000 }, envoy: null } },
    };
    const policies = policiesOf(look(configured([filled]), "static_resources.listeners.0"));
    const names = Object.keys(policies);
    expect(names).toHaveLength(1002);
    expect([...names].sort()).toEqual(names);
    expect(JSON.stringify(policies[names[999] ?? ""])).toContain("Filler999");
    expect(JSON.stringify(policies[names[1000] ?? ""])).toContain("ProcessPayment");
  });

  test("is quiet: no request ids, no retries, no timeouts of its own", () => {
    const hcm = hcmOf(listenerOf("l7"));
    expect(hcm).toMatchObject({ generate_request_id: false, stream_idle_timeout: "0s", codec_type: "AUTO" });
    expect(look(hcm, "access_log")).toBeUndefined();
    const routes = look(hcm, "route_config.virtual_hosts.0.routes") as { route: Record<string, unknown> }[];
    for (const { route } of routes) {
      expect(route["timeout"]).toBe("0s");
      expect(route["retry_policy"]).toBeUndefined();
    }
  });
});

describe("other roads", () => {
  test("without rules parse HTTP and judge nothing", () => {
    expect(namesOf(look(hcmOf(listenerOf("l7-visibility")), "http_filters"))).toEqual(["router"]);
  });

  test("without HTTP pass bytes on, to a cluster that does not speak HTTP/2 itself", () => {
    expect(look(listenerOf("l4-proxy"), `${FIRST_FILTER}.name`)).toBe("tcp_proxy");
    expect(look(clusterOf("l4-proxy"), "typed_extension_protocol_options")).toBeUndefined();
    expect(look(clusterOf("l7"), "typed_extension_protocol_options")).toBeDefined();
  });
});

describe("intercepted TLS", () => {
  const DOWNSTREAM = "filter_chains.0.transport_socket.typed_config.common_tls_context";

  test("negotiates no ALPN with the client unless asked to", () => {
    const alpn = `${DOWNSTREAM}.alpn_protocols`;
    expect(look(listenerOf("l7-tls"), `${DOWNSTREAM}.tls_certificates.0.private_key.filename`)).toBe("/c.key");
    expect(look(listenerOf("l7-tls"), alpn)).toBeUndefined();
    expect(look(listenerOf("l7-tls", { proxyAlpn: true }), alpn)).toEqual(["h2"]);
  });

  test("is put on again towards the server, whose name and authority are verified", () => {
    expect(look(clusterOf("l7-tls"), "transport_socket.typed_config")).toMatchObject({
      sni: "payments.lab",
      common_tls_context: {
        alpn_protocols: ["h2"],
        validation_context: {
          trusted_ca: { filename: "/ca.pem" },
          match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "payments.lab" } }],
        },
      },
    });
  });

  test("is nowhere on plaintext roads", () => {
    expect(look(listenerOf("l7"), "filter_chains.0.transport_socket")).toBeUndefined();
    expect(look(clusterOf("l7"), "transport_socket")).toBeUndefined();
  });
});

test("the client's address is used towards the server only when asked for", () => {
  const filters = (originalSource: boolean): unknown[] =>
    namesOf(look(listenerOf("l7", { originalSource }), "listener_filters"));
  expect(filters(false)).toEqual(["original_dst"]);
  expect(filters(true)).toEqual(["original_dst", "original_src"]);
});
