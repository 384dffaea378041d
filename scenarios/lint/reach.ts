/** What a policy cuts off without meaning to: name resolution behind an egress policy, and paths that tools need. */
import type { YamlMap } from "../yaml.js";
import type { Remark } from "./finding.js";
import { weightSince, type LintContext, type LintRule } from "./lint-context.js";
import type { PolicyDocument, PolicySpec, PortEntry, PortRule } from "./policy-document.js";
import { canonical, keyPlace, text } from "./yaml-access.js";
import { Re2Error } from "./re2-error.js";
import { matchesWhole } from "./re2-match.js";
import { parseRe2, type Re2Node } from "./re2-syntax.js";
import { covers, type Peer } from "./selectors.js";

export const reachRule: LintRule = (policy, context) => [
  ...policy.specs.flatMap((spec) => noDns(spec, policy, context)),
  ...forgottenPaths(policy),
  ...authentication(policy, context),
];

/** An egress section makes egress default-deny, unless enableDefaultDeny says otherwise. */
function noDns(spec: PolicySpec, policy: PolicyDocument, { policies }: LintContext): Remark[] {
  const egress = spec.rules.filter((rule) => rule.direction === "egress" && !rule.deny);
  const denies = text(spec.node, "enableDefaultDeny", "egress") !== "false";
  if (egress.length === 0 || !denies) return [];
  const beside = policies
    .filter((other) => other.namespace === policy.namespace || other.namespace === null)
    .flatMap((other) => other.specs)
    .filter((other) => covers(other.selector, spec.selector));
  if (beside.some(resolvesNames)) return [];
  return [
    {
      at: keyPlace(spec.node, "egress"),
      severity: "warning",
      rule: "no-dns",
      message: "egress is closed but for these rules, and none of them lets DNS through",
      because: ["Clients that dial a Service by its name end in UNAVAILABLE: name resolution failed."],
      remedy: "allow port 53, protocol ANY, to k8s-app: kube-dns in kube-system",
    },
  ];
}

function resolvesNames({ rules }: PolicySpec): boolean {
  return rules
    .filter((rule) => rule.direction === "egress" && !rule.deny)
    .some(({ node, peers, ports }) =>
      ports.length === 0 ? mayReachDns(node, peers) : ports.flatMap((rule) => rule.ports).some(isDnsPort),
    );
}

/** A rule for all ports: does it name peers among which a DNS server may be? */
function mayReachDns(rule: YamlMap, peers: readonly Peer[]): boolean {
  return peers.some(({ kind }) => kind === "anyone") || /dns|"(cluster|host|remote-node)"/i.test(canonical(rule));
}

function isDnsPort({ port, endPort }: PortEntry): boolean {
  const from = Number(port);
  return port === "0" || /^(dns|domain)/.test(port ?? "") || (from <= 53 && 53 <= (endPort ?? from));
}

const TOOLS = [
  ["gRPC health checks", ["/grpc.health.v1.Health/Check"]],
  [
    "server reflection",
    [
      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ],
  ],
] as const;

/** Once per policy, where its first judging rule stands: most services have both, and most policies forget them. */
function forgottenPaths(policy: PolicyDocument): Remark[] {
  const judging = ingressPorts(policy).filter((rule) => rule.http.some((http) => text(http, "path") !== undefined));
  const [first] = judging;
  if (first === undefined) return [];
  const patterns = judging.flatMap((rule) => rule.http).map(pattern);
  if (patterns.includes(null)) return [];
  const refused = TOOLS.filter(
    ([, paths]) => !paths.some((path) => patterns.some((known) => known !== null && matchesWhole(known, path))),
  );
  if (refused.length === 0) return [];
  return [
    {
      at: keyPlace(first.node, "rules"),
      severity: "info",
      rule: "tools-refused",
      message: `${refused.map(([name]) => name).join(" and ")}: allowed to no caller here`,
      because: [
        "Health checks by other pods and grpcurl are refused. Probes of the kubelet go through Envoy too and show in its counters.",
      ],
      remedy: "right if nobody needs them; else allow their paths, or serve health on another port",
    },
  ];
}

function ingressPorts(policy: PolicyDocument): readonly PortRule[] {
  return policy.specs
    .flatMap((spec) => spec.rules)
    .filter((rule) => rule.direction === "ingress" && !rule.deny)
    .flatMap((rule) => rule.ports);
}

/** null: any path, or one that cannot be read. */
function pattern(http: Parameters<typeof text>[0]): Re2Node | null {
  const path = text(http, "path");
  if (path === undefined || path === "") return null;
  try {
    return parseRe2(path);
  } catch (error) {
    if (error instanceof Re2Error) return null;
    throw error;
  }
}

/** `authentication.mode: required`: needs SPIRE, off by default since 1.19, deprecated in 1.20 (cilium/cilium#47132). */
function authentication(policy: PolicyDocument, context: LintContext): Remark[] {
  const weight = weightSince(context, "1.19", "info") === "error" ? "warning" : "info";
  return policy.specs
    .flatMap((spec) => spec.rules)
    .filter(({ node }) => text(node, "authentication", "mode") === "required")
    .map(({ node }) => ({
      at: keyPlace(node, "authentication"),
      severity: weight,
      rule: "mutual-authentication",
      message: "mutual authentication is off by default since 1.19 and deprecated in 1.20",
      because: ["The first packet between two pods waits for a handshake of the agents by SPIRE."],
      remedy: "for encryption between pods look at WireGuard or, from 1.19 on, ztunnel",
    }));
}
