/**
 * `l7proto: grpc`, the gRPC parser that never was, and the other rules that name a parser instead of HTTP. gRPC is
 * HTTP/2: a call is POST /package.Service/Method, and HTTP rules are what Cilium judges it by.
 */
import type { YamlMap } from "../yaml.js";
import type { Remark } from "./finding.js";
import type { LintContext, LintRule } from "./lint-context.js";
import { isAtLeast, releaseName, traitsOf } from "../cilium-releases.js";
import { portRules } from "./policy-document.js";
import { keyPlace, maps, text } from "./yaml-access.js";

export const grpcParserRule: LintRule = (policy, context) =>
  portRules(policy).flatMap(({ l7 }) =>
    l7 === null ? [] : [...parserNamed(l7, context), ...bareNames(l7), ...kafka(l7)],
  );

const REMEDY = "use rules.http: method POST and, as path, a regex on /package.Service/Method";

function parserNamed(rules: YamlMap, context: LintContext): Remark[] {
  const has = (key: string): boolean => rules.entries.some((entry) => entry.key === key);
  if (!has("l7proto") && !has("l7")) return [];
  const parser = text(rules, "l7proto") ?? null;
  const grpc = parser === null || /grpc/i.test(parser);
  return [
    {
      at: keyPlace(rules, has("l7proto") ? "l7proto" : "l7"),
      severity: "error",
      rule: "grpc-parser",
      message: grpc
        ? "Cilium has no gRPC parser: with this rule every call fails, the allowed ones too"
        : `l7proto: ${parser} is a parser for another protocol: gRPC calls fail or are not judged`,
      because: consequences(parser ?? "", context),
      remedy: REMEDY,
    },
  ];
}

/**
 * Read in the agent's pkg/proxy/proxy.go ("Unknown parsers are assumed to be Proxylib"), proxylib's connection.go, and
 * cilium/cilium#43557, which removed both. Valid=True with the old policy still in force was seen on 1.18.4.
 */
function consequences(parser: string, { release }: LintContext): string[] {
  const gone = release !== null && isAtLeast(release, { minor: "1.20", patch: 0 });
  const accepted = [
    `${release === null ? "Cilium up to 1.19" : `Cilium ${releaseName(release)}`} accepts it, since an unknown l7proto is taken for a proxylib parser.`,
    `Envoy then says: Go parser "${parser}" not found, and closes every connection. Clients see UNAVAILABLE or ECONNRESET.`,
    release === null || traitsOf(release).validCondition
      ? "The policy still counts as Valid, and kubectl says nothing."
      : "kubectl says nothing, and the release has no condition that could.",
  ];
  return [
    ...(gone ? [] : accepted),
    "From 1.20 on the API server rejects it, since l7proto and l7 are gone.",
    "A copy stored before an upgrade to 1.20 is pruned to a mere L4 allow: every method is then open, silently.",
    "Cilium reads gRPC as the HTTP/2 it is, in Envoy, not in the kernel. A call is POST /package.Service/Method, and one that no rule allows is answered at once with PERMISSION_DENIED.",
  ];
}

/** `method: ProcessPayment` without service: even as HTTP path it would match nothing. */
function bareNames(rules: YamlMap): Remark[] {
  return maps(rules, "l7").flatMap((rule) => {
    const method = text(rule, "method");
    if (method === undefined || method.includes("/")) return [];
    return [
      {
        at: rule.entries.find((entry) => entry.key === "method")?.value.at ?? rule.at,
        severity: "error",
        rule: "bare-method",
        message: `"${method}" names a method without its service`,
        because: [`On the wire the call is POST /package.Service/${method}.`],
        remedy: `write the whole path, as in /payments.Payments/${method}`,
      },
    ];
  });
}

function kafka(rules: YamlMap): Remark[] {
  if (!rules.entries.some((entry) => entry.key === "kafka")) return [];
  return [
    {
      at: keyPlace(rules, "kafka"),
      severity: "error",
      rule: "kafka-rules",
      message: "Kafka rules judge no gRPC call, and are gone from Cilium 1.20 on",
      remedy: REMEDY,
    },
  ];
}
