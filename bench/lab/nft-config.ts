/**
 * The redirect to Envoy as one `nft -f` text: what Cilium does with TPROXY for packets that its policy program has
 * marked. Maps, not lists of rules, so that every road pays the same look-up.
 *
 * Easy to get wrong: packets of connections that Envoy already has (its socket is transparent) must be caught before the
 * redirect, else the second packet of each connection is redirected again; and a road without proxy must leave the chain
 * before any of that.
 */
import { PAYMENTS_PORT } from "../../proto/payments.js";
import { KNOWN_CALLERS, TO_PROXY_MARK, type Redirect, type RoadPlan } from "./address-plan.js";

export interface NftOptions {
  /**
   * Who marks the packets of proxied roads. `nft`: where no eBPF program can be loaded, by source address; nothing is
   * judged then, packets are only turned to Envoy.
   */
  readonly marks: "ebpf" | "nft";
}

/** Null when no road has a proxy: then there is nothing to redirect. */
export function nftConfig(roads: readonly RoadPlan[], { marks }: NftOptions): string | null {
  const redirected = roads.flatMap((road) => (road.redirect === null ? [] : [{ road, redirect: road.redirect }]));
  if (redirected.length === 0) return null;
  const links = redirected.flatMap(({ road }) => [road.links.nodeToClient.name, road.links.nodeToServer.name]);
  const ports = redirected.map(({ redirect }) => `${hex(redirect.mark)} : ${redirect.proxyPort}`);
  const rules = [
    `iifname != { ${links.map((link) => `"${link}"`).join(", ")} } accept`,
    ...(marks === "nft" ? [markByAddress(redirected)] : []),
    `socket transparent 1 meta mark set ${hex(TO_PROXY_MARK)} accept`,
    `meta l4proto tcp tproxy to 127.0.0.1:meta mark map { ${ports.join(", ")} } meta mark set ${hex(TO_PROXY_MARK)} accept`,
  ];
  return [
    "table ip tollgate {",
    "  chain prerouting {",
    "    type filter hook prerouting priority mangle; policy accept;",
    ...rules.map((rule) => `    ${rule}`),
    "  }",
    "}",
    "",
  ].join("\n");
}

/** By the addresses of callers that a policy would know, so that a stranger's packets go past Envoy here as well. */
function markByAddress(redirected: readonly { readonly road: RoadPlan; readonly redirect: Redirect }[]): string {
  const marks = redirected.flatMap(({ road, redirect }) =>
    KNOWN_CALLERS.map((caller) => `${road.callers[caller]} : ${hex(redirect.mark)}`),
  );
  return `tcp dport ${PAYMENTS_PORT} meta mark set ip saddr map { ${marks.join(", ")} }`;
}

function hex(mark: number): string {
  return `0x${mark.toString(16).padStart(8, "0")}`;
}
