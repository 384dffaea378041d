/**
 * TLS interception: both contexts or none, secrets that can be found, and names that the release understands. Without
 * its Secrets a policy is `Valid` all the same, and the endpoint stays not ready.
 */
import type { YamlMap, YamlNode } from "../yaml.js";
import type { Remark } from "./finding.js";
import { weightBefore, type LintContext, type LintRule } from "./lint-context.js";
import type { PolicyDocument, PortRule } from "./policy-document.js";
import { entry, keyPlace, map, text } from "./yaml-access.js";

export const tlsRule: LintRule = (policy, context) =>
  policy.specs
    .flatMap((spec) => spec.rules)
    .flatMap(({ direction, ports }) =>
      ports.flatMap((rule) => [
        ...oneContext(rule),
        ...withoutL7(rule),
        ...onIngress(rule, direction),
        ...contextOf(policy, rule.terminating, "terminatingTLS", context),
        ...contextOf(policy, rule.originating, "originatingTLS", context),
        ...clientCertificate(rule),
        ...wildcards(rule, context),
      ]),
    );

function oneContext({ node, terminating, originating }: PortRule): Remark[] {
  if ((terminating === null) === (originating === null)) return [];
  const [present, missing] =
    terminating === null ? ["originatingTLS", "terminatingTLS"] : ["terminatingTLS", "originatingTLS"];
  return [
    {
      at: keyPlace(node, present),
      severity: "error",
      rule: "tls-one-context",
      message: `${present} without ${missing}: interception works only from TLS to TLS (cilium/cilium#15278)`,
      because: [
        terminating === null
          ? "Envoy would get TLS that it cannot read and wrap it once more."
          : "Envoy would send plaintext to a server that speaks TLS.",
      ],
      remedy: `add ${missing} with its secret`,
    },
  ];
}

/** Seen on 1.18.4: without L7 rules Envoy offers no ALPN upstream, and grpc-js servers then refuse. */
function withoutL7({ node, terminating, l7 }: PortRule): Remark[] {
  if (terminating === null || l7 !== null) return [];
  return [
    {
      at: keyPlace(node, "terminatingTLS"),
      severity: "warning",
      rule: "tls-without-rules",
      message: "TLS is taken off and put on again, but no call is judged",
      because: ["Without HTTP rules Envoy offers the server no ALPN: grpc-js and other strict servers refuse."],
      remedy: "add rules.http, or leave the TLS contexts out",
    },
  ];
}

function onIngress({ node, terminating }: PortRule, direction: string): Remark[] {
  if (terminating === null || direction === "egress") return [];
  return [
    {
      at: keyPlace(node, "terminatingTLS"),
      severity: "info",
      rule: "tls-on-ingress",
      message: "TLS interception on ingress: Cilium's own tests cover egress only",
      remedy: "prefer an egress policy on the callers, or test this one well",
    },
  ];
}

const NEEDED: Readonly<Record<ContextKey, readonly string[]>> = {
  terminatingTLS: ["tls.crt", "tls.key"],
  originatingTLS: ["ca.crt"],
};
type ContextKey = "terminatingTLS" | "originatingTLS";

function contextOf(policy: PolicyDocument, context: YamlMap | null, key: ContextKey, lint: LintContext): Remark[] {
  const secret = context === null ? null : map(context, "secret");
  if (context === null || secret === null) return [];
  const namespace = text(secret, "namespace") ?? null;
  const remarks: Remark[] = namespace === null ? [secretNamespace(policy, secret, key)] : [];
  const name = `${namespace ?? policy.namespace ?? ""}/${text(secret, "name") ?? ""}`;
  const given = lint.secrets.get(name);
  if (given !== undefined) remarks.push(...secretKeys(context, key, name, given.keys, given.node));
  if (key === "terminatingTLS") remarks.push(...authorityInTerminating(context, given?.keys ?? [], lint));
  return remarks;
}

function secretNamespace(policy: PolicyDocument, secret: YamlMap, key: ContextKey): Remark {
  const clusterwide = policy.kind === "CiliumClusterwideNetworkPolicy";
  return {
    at: secret.at,
    severity: clusterwide ? "error" : "warning",
    rule: "tls-secret-namespace",
    message: `${key}: the secret has no namespace, and the context of use determines the default`,
    because: clusterwide ? ["A clusterwide policy has no namespace of its own to fall back on."] : [],
    remedy: `add namespace${policy.namespace === null ? "" : `: ${policy.namespace}`}`,
  };
}

/** Keys may go by other names: certificate, privateKey, trustedCA say which. */
function secretKeys(
  context: YamlMap,
  key: ContextKey,
  name: string,
  keys: readonly string[],
  secret: YamlNode,
): Remark[] {
  const wanted =
    key === "terminatingTLS"
      ? [text(context, "certificate") ?? "tls.crt", text(context, "privateKey") ?? "tls.key"]
      : [text(context, "trustedCA") ?? "ca.crt"];
  const missing = wanted.filter((one) => !keys.includes(one));
  if (missing.length === 0) return [];
  return [
    {
      at: secret.at,
      severity: "error",
      rule: "tls-secret-keys",
      message: `the Secret ${name} lacks ${missing.join(" and ")}, which ${key} needs`,
      remedy: `put ${NEEDED[key].join(" and ")} into it`,
    },
  ];
}

/** cilium/cilium#31761: `use-full-tls-context` was on up to 1.15. */
function authorityInTerminating(context: YamlMap, keys: readonly string[], lint: LintContext): Remark[] {
  const named = entry(context, "trustedCA");
  if (named === undefined && !keys.includes("ca.crt")) return [];
  const weight = weightBefore(lint, "1.16", "warning");
  if (weight === null) return [];
  return [
    {
      at: named?.keyAt ?? context.at,
      severity: weight,
      rule: "tls-terminating-ca",
      message: "a CA in the terminating secret: before Cilium 1.16 Envoy then demands client certificates",
      because: ["Clients without one are cut off in the handshake: UNAVAILABLE on every call."],
      remedy: "keep ca.crt and trustedCA out of the terminating side",
    },
  ];
}

/** Only the CA of this side is used: toEnvoyOriginatingTLSContext. */
function clientCertificate({ originating }: PortRule): Remark[] {
  const named = ["certificate", "privateKey"].find(
    (key) => originating !== null && entry(originating, key) !== undefined,
  );
  if (originating === null || named === undefined) return [];
  return [
    {
      at: keyPlace(originating, named),
      severity: "warning",
      rule: "tls-client-certificate",
      message: `originatingTLS.${named} is never used: Envoy shows the server no client certificate`,
      because: ["A server that asks for mutual TLS refuses every intercepted connection."],
      remedy: "drop it; mutual TLS to the server and interception exclude each other",
    },
  ];
}

function wildcards({ serverNames }: PortRule, context: LintContext): Remark[] {
  return (serverNames?.items ?? []).flatMap((node) => {
    if (node.kind !== "scalar" || !node.text.includes("*")) return [];
    const leading = /^\*?\*\.[^*]+$/.test(node.text);
    const since = leading ? "1.18" : "1.20";
    const weight = weightBefore(context, since, "info");
    if (weight === null) return [];
    return [
      {
        at: node.at,
        severity: weight,
        rule: "sni-wildcard",
        message: `${leading ? "leading wildcards" : "wildcards inside a name"} in serverNames exist since Cilium ${since}`,
        because: ["Older releases compare the name as written: it matches no connection."],
        remedy: "write the names out for older releases",
      },
    ];
  });
}
