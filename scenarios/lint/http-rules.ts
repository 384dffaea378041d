/**
 * HTTP rules as they must be for gRPC: method POST, path a regex that matches /package.Service/Method as a whole. Cilium
 * turns both into Envoy `safe_regex` matches: RE2, full match, case-sensitive.
 */
import type { YamlMap, YamlScalar } from "../yaml.js";
import type { Remark } from "./finding.js";
import type { LintRule } from "./lint-context.js";
import { allowsSomeGrpcPath, bareDots, readingsWithoutSlash, breadthOf, type Breadth } from "./path-questions.js";
import { portRules } from "./policy-document.js";
import { lookup } from "./yaml-access.js";
import { Re2Error } from "./re2-error.js";
import { matchesWhole } from "./re2-match.js";
import { parseRe2, type Re2Node } from "./re2-syntax.js";

export const httpRule: LintRule = (policy) =>
  portRules(policy)
    .flatMap((rule) => rule.http)
    .flatMap((rule) => [...matchAll(rule), ...methodOf(rule), ...pathOf(rule)]);

/** `http: [{}]`: a deliberate way to see calls in Hubble, and an easy way to allow all of them. */
function matchAll(rule: YamlMap): Remark[] {
  if (rule.entries.length > 0) return [];
  return [
    {
      at: rule.at,
      severity: "info",
      rule: "allows-everything",
      message: "an empty HTTP rule allows every method: calls are seen, none is judged",
      remedy: "right for visibility; for protection name method and path",
    },
  ];
}

function methodOf(rule: YamlMap): Remark[] {
  const node = textNode(rule, "method");
  if (node === null || node.text === "") return [];
  const parsed = parsedOrRemark(node, "method");
  if ("remark" in parsed) return [parsed.remark];
  if (matchesWhole(parsed.pattern, "POST")) return [];
  if (isGrpcMethod(node.text)) return [grpcMethodAsHttpMethod(node, rule)];
  return [
    {
      at: node.at,
      severity: "error",
      rule: "http-method",
      message: `method ${node.text} never matches: every gRPC call is a POST${/post/i.test(node.text) ? ", in capitals" : ""}`,
      remedy: "write method: POST",
    },
  ];
}

/** `/a.B/C` or `ProcessPayment`: what no HTTP method looks like. */
export function isGrpcMethod(text: string): boolean {
  return text.includes("/") || /^[A-Z][a-z]+[A-Za-z]*$/.test(text);
}

function grpcMethodAsHttpMethod(node: YamlScalar, rule: YamlMap): Remark {
  const path = node.text.includes("/") ? node.text : `/package.Service/${node.text}`;
  return {
    at: node.at,
    severity: "error",
    rule: "grpc-method-in-method",
    message: `"${node.text}" is a gRPC method; this field is the HTTP method, which is always POST`,
    because: ["The rule matches no call at all."],
    remedy: `write method: POST${textNode(rule, "path") === null ? ` and path: a regex for ${path}` : ""}`,
  };
}

function pathOf(rule: YamlMap): Remark[] {
  const node = textNode(rule, "path");
  if (node === null || node.text === "") return [];
  const parsed = parsedOrRemark(node, "path");
  if ("remark" in parsed) return [parsed.remark];
  const { pattern } = parsed;
  const unreachable = slashes(node, pattern);
  if (unreachable !== null) return [unreachable];
  const found = breadthOf(pattern);
  if (found === "as-named" && !allowsSomeGrpcPath(pattern)) return [notAGrpcPath(node)];
  return [...dots(node, pattern), ...breadth(node, found)];
}

function slashes(node: YamlScalar, pattern: Re2Node): Remark | null {
  const { without, of } = readingsWithoutSlash(pattern);
  if (without === 0) return null;
  const base = { at: node.at, severity: "error", rule: "leading-slash" } as const;
  if (without < of) {
    return {
      ...base,
      message: `${without} of the ${of} alternatives of this path cannot match: they do not begin with a slash`,
      because: ["| binds looser than all else: it parts whole paths, not their last words."],
      remedy: String.raw`put the alternatives in brackets, as in /payments\.Payments/(ProcessPayment|GetPaymentStatus)`,
    };
  }
  return {
    ...base,
    message: "this path never matches: a gRPC path begins with a slash, and the whole path must match",
    because: ["The regex is not searched for inside the path: it is matched from end to end."],
    remedy: String.raw`write the whole path, as in /payments\.Payments/ProcessPayment`,
  };
}

function notAGrpcPath(node: YamlScalar): Remark {
  return {
    at: node.at,
    severity: /[*+?[\]{}]/.test(node.text) ? "warning" : "error",
    rule: "grpc-path",
    message: "this path matches no gRPC call: those have exactly two parts, /package.Service/Method",
    remedy: String.raw`write it like /payments\.Payments/ProcessPayment`,
  };
}

function dots(node: YamlScalar, pattern: Re2Node): Remark[] {
  const offsets = bareDots(pattern);
  if (offsets.length === 0) return [];
  const escaped = [...node.text].map((char, at) => (offsets.includes(at) ? String.raw`\.` : char)).join("");
  const widened = [...node.text].map((char, at) => (offsets.includes(at) ? "X" : char)).join("");
  return [
    {
      at: node.at,
      severity: "warning",
      rule: "unescaped-dot",
      message: `${offsets.length === 1 ? "a dot in this path stands" : `${offsets.length} dots in this path stand`} for any character: ${shortened(widened)} is allowed too`,
      remedy: `escape it: ${shortened(escaped)}`,
    },
  ];
}

const TOO_WIDE: Readonly<Record<Exclude<Breadth, "as-named">, string>> = {
  "every-call": "this path matches every method of every service: nothing is judged",
  "whole-service": "this path matches every method of the service, those to come included",
  "any-service": "this path matches the method in every service",
  "longer-names": "this path also matches every method whose name only begins like this",
};

function breadth(node: YamlScalar, found: Breadth): Remark[] {
  if (found === "as-named") return [];
  return [
    {
      at: node.at,
      severity: "warning",
      rule: "wide-path",
      message: TOO_WIDE[found],
      because: found === "longer-names" ? ["The path is matched as a whole: no .* is needed behind a name."] : [],
      remedy: String.raw`name the methods, as in /payments\.Payments/(ProcessPayment|GetPaymentStatus)`,
    },
  ];
}

type Parsed = { readonly pattern: Re2Node } | { readonly remark: Remark };

function parsedOrRemark(node: YamlScalar, field: string): Parsed {
  try {
    return { pattern: parseRe2(node.text) };
  } catch (error) {
    if (!(error instanceof Re2Error)) throw error;
    return {
      remark: {
        at: node.at,
        severity: "error",
        rule: "invalid-regex",
        message: `this ${field} is no regex that Cilium takes: ${error.message}`,
        because: ["The agent compiles it as RE2 and refuses the whole policy."],
        remedy: "list what is allowed; RE2 can say no “all but”",
      },
    };
  }
}

function textNode(rule: YamlMap, key: string): YamlScalar | null {
  const node = lookup(rule, key);
  return node?.kind === "scalar" && typeof node.value === "string" ? node : null;
}

function shortened(text: string): string {
  return text.length <= 70 ? text : `${text.slice(0, 67)}…`;
}
