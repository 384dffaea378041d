/**
 * Which settings of the ConfigMap cilium-config came, went or got another default with which minor of Cilium, 1.14 to
 * 1.20, as data: read from the charts of the newest patch of each minor (Apache-2.0; facts, not text). A setting that is
 * in neither list is one that all of them know, or none.
 */
import { CILIUM_MINORS, type CiliumMinor } from "./cilium-releases.js";

/**
 * Whether a release's chart knows the setting: true also for one that it writes only when asked to.
 * @param version `1.18.4`; null is answered for a minor that is not in the table
 */
export function knowsSetting(version: string, setting: string): boolean | null {
  const minor = minorOf(version);
  if (minor === null) return null;
  const [came, went] = [minorThatHas(CAME_WITH, setting), minorThatHas(GONE_WITH, setting)];
  const at = rank(minor);
  return (came === null || at >= rank(came)) && (went === null || at < rank(went));
}

/** What the release's chart writes unless asked otherwise, of settings whose default has changed; undefined of others. */
export function changedDefault(version: string, setting: string): string | null | undefined {
  const minor = minorOf(version);
  const change = DEFAULTS_CHANGED[setting];
  if (minor === null || change === undefined) return undefined;
  return rank(minor) >= rank(change.with) ? change.after : change.before;
}

/** null: the setting was not written. Read from the charts of 1.18.4 and 1.19.6. */
const DEFAULTS_CHANGED: Readonly<
  Record<string, { readonly with: CiliumMinor; readonly before: string | null; readonly after: string }>
> = {
  "enable-drift-checker": { with: "1.19", before: null, after: "true" },
  "enable-dynamic-config": { with: "1.19", before: null, after: "true" },
  "enable-host-firewall": { with: "1.19", before: null, after: "false" },
  "enable-service-topology": { with: "1.19", before: null, after: "false" },
  "mesh-auth-enabled": { with: "1.19", before: "true", after: "false" },
  "policy-default-local-cluster": { with: "1.19", before: "false", after: "true" },
  "unmanaged-pod-watcher-interval": { with: "1.19", before: "15", after: "15s" },
};

/** The first minor whose chart knows them. */
const CAME_WITH: Partial<Record<CiliumMinor, string>> = {
  "1.15": `
    api-rate-limit bgp-secrets-namespace bpf-node-map-max controller-group-metrics enable-encryption-strict-mode
    enable-health-check-loadbalancer-ip enable-ingress-proxy-protocol enable-masquerade-to-route-source
    encryption-strict-mode-allow-remote-node-identities encryption-strict-mode-cidr hubble-export-allowlist
    hubble-export-denylist hubble-export-fieldmask hubble-export-file-max-backups hubble-export-file-max-size-mb
    hubble-export-file-path hubble-flowlogs-config-path hubble-redact-enabled hubble-redact-http-headers-allow
    hubble-redact-http-headers-deny hubble-redact-http-urlquery hubble-redact-http-userinfo
    hubble-redact-kafka-apikey max-connected-clusters mesh-auth-mutual-connect-timeout policy-cidr-match-mode
    service-no-backend-response wireguard-persistent-keepalive`,
  "1.16": `
    bpf-events-drop-enabled bpf-events-policy-verdict-enabled bpf-events-trace-enabled
    bpf-lb-sock-terminate-pod-connections ces-rate-limits clustermesh-enable-endpoint-sync
    clustermesh-enable-mcs-api direct-routing-skip-unreachable disable-external-ip-mitigation
    enable-gateway-api-alpn enable-gateway-api-app-protocol enable-gateway-api-proxy-protocol
    enable-ipsec-encrypted-overlay enable-node-ipam enable-node-selector-labels enable-route-mtu-for-cni-chaining
    enable-tcx envoy-access-log-buffer-size envoy-base-id envoy-config-retry-interval envoy-keep-cap-netbindservice
    force-device-detection gateway-api-hostnetwork-enabled gateway-api-hostnetwork-nodelabelselector
    gateway-api-service-externaltrafficpolicy gateway-api-xff-num-trusted-hops hubble-drop-events
    hubble-drop-events-interval hubble-drop-events-reasons hubble-metrics-server-enable-tls
    hubble-metrics-server-tls-cert-file hubble-metrics-server-tls-client-ca-files hubble-metrics-server-tls-key-file
    ingress-hostnetwork-enabled ingress-hostnetwork-nodelabelselector ingress-hostnetwork-shared-listener-port
    nat-map-stats-entries nat-map-stats-interval nodeport-addresses proxy-admin-port proxy-initial-fetch-timeout
    trace-sock`,
  "1.17": `
    bpf-conntrack-accounting bpf-distributed-lru bpf-events-default-burst-limit bpf-events-default-rate-limit
    bpf-lb-algorithm-annotation bpf-lb-mode-annotation bpf-lb-proto-diff bpf-lb-source-range-all-types
    ces-slice-mode default-lb-service-ipam enable-bgp-control-plane-status-report
    enable-endpoint-lockdown-on-policy-overflow enable-experimental-lb enable-internal-traffic-policy enable-lb-ipam
    enable-non-default-deny-policies enable-policy-secrets-sync enable-source-ip-verification
    envoy-default-log-level envoy-policy-restore-timeout health-check-icmp-failure-threshold http-retry-count
    hubble-dynamic-metrics-config-path install-uplink-routes-for-delegated-ipam ipam-multi-pool-pre-allocation
    operator-k8s-client-burst operator-k8s-client-qps policy-secrets-namespace
    policy-secrets-only-from-secrets-namespace proxy-max-concurrent-retries tunnel-source-port-range`,
  "1.18": `
    bgp-router-id-allocation-ip-pool bgp-router-id-allocation-mode bpf-lb-only bpf-policy-stats-map-max
    connectivity-probe-frequency-ratio enable-bbr-hostns-only enable-bgp-legacy-origin-attribute
    enable-drift-checker enable-dynamic-config enable-egress-gateway endpoint-policy-update-timeout
    envoy-http-upstream-linger-timeout http-stream-idle-timeout hubble-export-file-compress
    hubble-network-policy-correlation-enabled identity-management-mode ignore-flags-drift-checker
    k8s-api-server-urls l2-pod-announcements-interface-pattern lrp-address-matcher-cidrs metrics-sampling-interval
    node-labels policy-default-local-cluster tofqdns-preallocate-identities underlay-protocol`,
  "1.19": `
    alibabacloud-security-group-tags alibabacloud-security-groups alibabacloud-vswitch-tags alibabacloud-vswitches
    azure-interface-name bpf-policy-map-pressure-metrics-threshold clustermesh-cache-ttl
    clustermesh-mcs-api-install-crds enable-encryption-strict-mode-egress enable-encryption-strict-mode-ingress
    enable-no-service-endpoints-routable enable-standalone-dns-proxy enable-ztunnel
    encryption-strict-egress-allow-remote-node-identities encryption-strict-egress-cidr eni-delete-on-termination
    eni-disable-prefix-delegation eni-exclude-interface-tags eni-first-interface-index eni-security-group-tags
    eni-security-groups eni-subnet-ids eni-subnet-tags eni-use-primary-address hubble-export-aggregation-interval
    hubble-export-fieldaggregate hubble-lost-event-send-interval ip-tracing-option-type ipam-max-allocate
    ipam-min-allocate ipam-pre-allocate ipam-static-ip-tags operator-pprof-block-profile-rate
    operator-pprof-mutex-profile-fraction operator-prometheus-enable-tls operator-prometheus-tls-cert-file
    operator-prometheus-tls-client-ca-files operator-prometheus-tls-key-file packetization-layer-pmtud-mode
    pod-restart-selector policy-deny-response pprof-block-profile-rate pprof-mutex-profile-fraction
    proxy-cluster-max-connections proxy-cluster-max-requests proxy-max-active-downstream-connections
    proxy-use-original-source-address standalone-dns-proxy-server-port`,
  "1.20": `
    clustermesh-default-global-namespace datapath-plugins-state-dir enable-datapath-plugins
    enable-dynamic-source-lookup-nodeport enable-k8s-cluster-network-policy envoy-access-log-enabled
    envoy-node-locality-enabled envoy-xds-mode gateway-api-use-remote-address ingress-default-xff-num-trusted-hops
    ingress-hostnetwork-http-listener-port ingress-hostnetwork-https-listener-port
    ingress-hostnetwork-tls-passthrough-listener-port ingress-use-remote-address lb-reflector-wait-time prefer-ipv6
    proxy-cluster-max-pending-requests ztunnel-ca-type`,
};

/** The first minor whose chart no longer knows them. */
const GONE_WITH: Partial<Record<CiliumMinor, string>> = {
  "1.15": `
    cnp-node-status-gc-interval disable-cnp-status-updates enable-k8s-event-handover wireguard-encapsulate`,
  "1.16": `
    enable-remote-node-identity endpoint-status install-egress-gateway-routes sidecar-istio-proxy-image
    skip-cnp-status-startup-clean`,
  "1.17": `
    bgp-announce-lb-ip bgp-announce-pod-cidr enable-external-ips enable-wireguard-userspace-fallback`,
  "1.18": `
    arping-refresh-period ces-slice-mode enable-experimental-lb enable-high-scale-ipcache enable-host-port
    enable-ipv4-egress-gateway enable-k8s-terminating-endpoint enable-runtime-device-detection
    update-ec2-adapter-limit-via-api`,
  "1.19": `
    bpf-lb-only bpf-lb-proto-diff enable-custom-calls enable-encryption-strict-mode enable-internal-traffic-policy
    enable-k8s-endpoint-slice enable-node-port enable-session-affinity enable-svc-source-range-check
    encryption-strict-mode-allow-remote-node-identities encryption-strict-mode-cidr l2-pod-announcements-interface`,
  "1.20": `
    enable-ipsec-encrypted-overlay encrypt-interface hubble-redact-kafka-apikey`,
};

function minorThatHas(lists: Partial<Record<CiliumMinor, string>>, setting: string): CiliumMinor | null {
  return CILIUM_MINORS.find((minor) => lists[minor]?.split(/\s+/).includes(setting)) ?? null;
}

function minorOf(version: string): CiliumMinor | null {
  return CILIUM_MINORS.find((minor) => version.startsWith(`${minor}.`)) ?? null;
}

function rank(minor: CiliumMinor): number {
  return CILIUM_MINORS.indexOf(minor);
}
