/**
 * A road as the lab would build it: the entries of the policy program's map, the redirect, Envoy's bootstrap. The same
 * generators as the lab's own; the road is shown as the only one, so it has the first addresses.
 */
import { EXIT, Fault } from "../../loadgen/fault.js";
import { CLUSTER_CATALOGUE } from "../../scenarios/catalogue.js";
import { isExperimental } from "../../scenarios/l7-kernel.js";
import type { Scenario } from "../../scenarios/scenario.js";
import { writeYaml } from "../../scenarios/yaml.js";
import { planRoads } from "../lab/address-plan.js";
import { envoyConfig, proxiedRoads } from "../lab/envoy-config.js";
import { l7KernelBatch } from "../lab/l7-kernel-map.js";
import { nftConfig } from "../lab/nft-config.js";
import { policyBatch } from "../lab/policy-map.js";

export interface LabRendering {
  /** `bpftool batch`; null: no policy program on this road. */
  readonly policy: string | null;
  /** `nft -f`; null: no redirect. */
  readonly nft: string | null;
  /** Envoy's bootstrap; null: no proxy. */
  readonly envoy: object | null;
}

/** @throws Fault (usage) for a road that only a cluster can show. */
export function renderLab(scenario: Scenario): LabRendering {
  if (CLUSTER_CATALOGUE.includes(scenario)) throw clusterOnly(scenario);
  const roads = planRoads([scenario]);
  const policy = policyBatch(roads) + (isExperimental(scenario.road) ? l7KernelBatch(roads) : "");
  const proxied = roads.flatMap((road) => (road.redirect === null ? [] : proxiedRoads([road], road.redirect.envoy)));
  return {
    policy: policy === "" ? null : policy,
    nft: nftConfig(roads, { marks: "ebpf" }),
    envoy: proxied.length === 0 ? null : envoyConfig(proxied, ENVOY_OPTIONS),
  };
}

function clusterOnly({ name }: Scenario): Fault {
  return new Fault({
    fact: `the road "${name}" stands in a cluster only`,
    so: "the lab has no configuration for it",
    try: `tollgate scenarios render ${name} --target cilium`,
    exitCode: EXIT.usage,
  });
}

/** As the lab sets them by default; the files lie on its private tmpfs. */
const ENVOY_OPTIONS = {
  adminSocket: "/run/tollgate/envoy-default.sock",
  originalSource: false,
  proxyAlpn: false,
  tls: {
    certificate: "/run/tollgate/envoy.pem",
    key: "/run/tollgate/envoy.key",
    serverAuthority: "/run/tollgate/server-ca.pem",
    serverName: "payments.lab",
  },
};

export function labText(scenario: Scenario): string {
  const { policy, nft, envoy } = renderLab(scenario);
  const sections = [
    ...(policy === null ? [] : [`# eBPF policy map: bpftool batch file -\n${policy}`]),
    ...(nft === null ? [] : [`# redirect to Envoy: nft -f -\n${nft}`]),
    ...(envoy === null ? [] : [writeYaml([envoy], "Envoy: envoy --config-yaml")]),
  ];
  const head = `# tollgate scenario ${scenario.name}: ${scenario.question}\n`;
  const open = sections.length === 0 ? "# Nothing stands in this road: two veth pairs and routes.\n" : "";
  return [head + open, ...sections].join("\n");
}
