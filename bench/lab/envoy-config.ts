/**
 * The static bootstrap of one Envoy, from the roads that lead through it: a listener and a cluster per road, with
 * statistics under the road's own prefix, so that counters are exact per road.
 *
 * The listeners are set as Cilium sets its own (pkg/envoy/xds_server.go), less what would blur a measurement: no access
 * log, no request ids, no retries, no stream idle timeout. What Cilium does by its own filters, stock filters do here:
 * original destination, RBAC by source address for `cilium.l7policy`.
 *
 * Knows nothing of processes and files but the paths it is given. Checked against Envoy itself by the lab test.
 */
import { PAYMENTS_SERVICE } from "../../proto/payments.js";
import { methodsRegex } from "../../scenarios/path-regex.js";
import type { AccessPolicy, AccessRule, Scenario } from "../../scenarios/scenario.js";
import type { Redirect, RoadPlan } from "./address-plan.js";

export interface EnvoyConfigOptions {
  readonly adminSocket: string;
  readonly originalSource: boolean;
  /** Offer h2 by ALPN on intercepted TLS. */
  readonly proxyAlpn: boolean;
  readonly tls: EnvoyTlsFiles;
}

/** PEM files. */
export interface EnvoyTlsFiles {
  /** Shown to clients: signed by the interception authority. */
  readonly certificate: string;
  readonly key: string;
  /** What the server's certificate must be signed by, and the name it must bear. */
  readonly serverAuthority: string;
  readonly serverName: string;
}

/** A road with a proxy; its statistics are `http.<prefix>.…`, `tcp.<prefix>.…`, `cluster.<prefix>.…`. */
export interface ProxiedRoad extends RoadPlan {
  readonly redirect: Redirect;
}

/** The statistics prefix of a road. Scenario names have dots and at signs, which statistics names may not. */
export function statPrefix(road: RoadPlan): string {
  return `road${road.number}`;
}

export function proxiedRoads(roads: readonly RoadPlan[], envoy: string | null): ProxiedRoad[] {
  return roads.filter((road): road is ProxiedRoad => road.redirect !== null && road.redirect.envoy === envoy);
}

/** The bootstrap, ready for JSON. */
export function envoyConfig(roads: readonly ProxiedRoad[], options: EnvoyConfigOptions): object {
  return {
    node: { id: "tollgate", cluster: "tollgate" },
    admin: { address: { pipe: { path: options.adminSocket, mode: 0o600 } } },
    static_resources: {
      listeners: roads.map((road) => listener(road, options)),
      clusters: roads.map((road) => cluster(road, options)),
    },
  };
}

function listener(road: ProxiedRoad, options: EnvoyConfigOptions): object {
  const { scenario, redirect } = road;
  return {
    name: scenario.name,
    stat_prefix: statPrefix(road),
    address: { socket_address: { address: "127.0.0.1", port_value: redirect.proxyPort } },
    transparent: true, // accepts connections to the server's address, as TPROXY hands them over
    listener_filters: [
      extension("original_dst", "envoy.extensions.filters.listener.original_dst.v3.OriginalDst"),
      ...(options.originalSource ? [originalSource()] : []),
    ],
    filter_chains: [
      {
        filters: [isTcp(scenario) ? tcpProxy(road) : httpConnectionManager(road)],
        ...(scenario.road.tls === "intercepted" ? { transport_socket: downstreamTls(options) } : {}),
      },
    ],
  };
}

/** Any mark of Cilium's "proxy to the world" kind: it must only differ from the one that is turned back to Envoy. */
const UPSTREAM_MARK = 0x0b00;

function originalSource(): object {
  return extension("original_src", "envoy.extensions.filters.listener.original_src.v3.OriginalSrc", {
    mark: UPSTREAM_MARK,
  });
}

function isTcp(scenario: Scenario): boolean {
  return scenario.road.proxy.kind === "tcp";
}

function tcpProxy(road: ProxiedRoad): object {
  return extension("tcp_proxy", "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", {
    stat_prefix: statPrefix(road),
    cluster: statPrefix(road),
  });
}

function httpConnectionManager(road: ProxiedRoad): object {
  const { proxy } = road.scenario.road;
  const access = proxy.kind === "http" ? proxy.access : null;
  const name = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  return extension("http_connection_manager", name, {
    stat_prefix: statPrefix(road),
    codec_type: "AUTO", // tells h2 by its preface, so that TLS without ALPN works
    use_remote_address: true,
    skip_xff_append: true,
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: "UNESCAPE_AND_REDIRECT",
    generate_request_id: false,
    stream_idle_timeout: "0s",
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: routes(statPrefix(road)) }] },
    http_filters: [
      ...(access === null ? [] : [accessFilter(road, access)]),
      extension("router", "envoy.extensions.filters.http.router.v3.Router"),
    ],
  });
}

/** No retry policy: a retried call would be two for the server and one for the client. */
function routes(cluster: string): object[] {
  // 0s: as long as the call's own grpc-timeout says.
  const route = { cluster, timeout: "0s", max_stream_duration: { grpc_timeout_header_max: "0s" } };
  return [
    { match: { prefix: "/", grpc: {} }, route },
    { match: { prefix: "/" }, route: { cluster, timeout: "0s" } },
  ];
}

/** ALLOW rules: what none of them matches is answered with 403, which gRPC reads as PERMISSION_DENIED. */
function accessFilter(road: ProxiedRoad, access: AccessPolicy): object {
  const fillers = Array.from({ length: access.fillerRules }, (_, index) => [policyName(index), filler(road, index)]);
  const rules = access.rules.map((rule, index) => [
    policyName(access.fillerRules + index),
    accessRule(road, rule.caller, methodsRegex(PAYMENTS_SERVICE, rule.methods)),
  ]);
  return extension("rbac", "envoy.extensions.filters.http.rbac.v3.RBAC", {
    rules: { action: "ALLOW", policies: Object.fromEntries([...fillers, ...rules]) as object },
  });
}

/** Envoy tries policies in the order of their names, so that numbers are padded. */
function policyName(index: number): string {
  return `rule-${String(index).padStart(6, "0")}`;
}

/** Matches the caller, whose path then is held against it in vain: what a rule for another method costs. */
function filler(road: ProxiedRoad, index: number): object {
  const caller = index % 2 === 0 ? "api-gateway" : "finance-batch-job";
  return accessRule(road, caller, methodsRegex(PAYMENTS_SERVICE, [`Filler${index}`]));
}

function accessRule(road: ProxiedRoad, caller: AccessRule["caller"], pathRegex: string): object {
  const header = (name: string, string_match: object): object => ({ header: { name, string_match } });
  return {
    permissions: [
      {
        and_rules: {
          rules: [header(":method", { exact: "POST" }), header(":path", { safe_regex: { regex: pathRegex } })],
        },
      },
    ],
    principals: [{ direct_remote_ip: { address_prefix: road.callers[caller], prefix_len: 32 } }],
  };
}

/** No ALPN unless asked for: Cilium's agent never sets alpn_protocols on its downstream contexts. */
function downstreamTls({ tls, proxyAlpn }: EnvoyConfigOptions): object {
  return extension("tls", "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", {
    common_tls_context: {
      ...(proxyAlpn ? { alpn_protocols: ["h2"] } : {}),
      tls_certificates: [{ certificate_chain: file(tls.certificate), private_key: file(tls.key) }],
    },
  });
}

function upstreamTls({ tls }: EnvoyConfigOptions): object {
  const subject = { san_type: "DNS", matcher: { exact: tls.serverName } };
  return extension("tls", "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", {
    sni: tls.serverName,
    common_tls_context: {
      alpn_protocols: ["h2"],
      validation_context: { trusted_ca: file(tls.serverAuthority), match_typed_subject_alt_names: [subject] },
    },
  });
}

function cluster(road: ProxiedRoad, options: EnvoyConfigOptions): object {
  const { scenario } = road;
  const http = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return {
    name: statPrefix(road),
    type: "ORIGINAL_DST",
    lb_policy: "CLUSTER_PROVIDED",
    connect_timeout: "2s",
    // A host that is forgotten between two trials would be met by a burst of connections in the next one.
    cleanup_interval: "86400s",
    ...(isTcp(scenario)
      ? {}
      : {
          typed_extension_protocol_options: {
            [http]: { "@type": typeUrl(http), explicit_http_config: { http2_protocol_options: {} } },
          },
        }),
    ...(scenario.road.tls === "intercepted" ? { transport_socket: upstreamTls(options) } : {}),
  };
}

function extension(name: string, type: string, config: object = {}): object {
  return { name, typed_config: { "@type": typeUrl(type), ...config } };
}

function typeUrl(type: string): string {
  return `type.googleapis.com/${type}`;
}

function file(filename: string): object {
  return { filename };
}
