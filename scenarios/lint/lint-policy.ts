/**
 * The linter: reads any YAML with Cilium policies in it and says what is wrong with them for gRPC. Pure: text in,
 * findings out. A document that is no YAML becomes a fault with its place; the others are looked at all the same.
 */
import type { CiliumRelease } from "../cilium-releases.js";
import type { Fault } from "../../loadgen/fault.js";
import { nearestWord } from "../../loadgen/nearest-word.js";
import { readYaml, type YamlMap, type YamlNode } from "../yaml.js";
import { correctedPolicy } from "./corrected.js";
import { findingIn, inReadingOrder, type Finding, type Remark } from "./finding.js";
import { grpcParserRule } from "./grpc-parser.js";
import { httpRule } from "./http-rules.js";
import type { LintContext, LintRule, SecretKeys } from "./lint-context.js";
import { allowsOf } from "./allows.js";
import { overlapsRule } from "./overlaps.js";
import { policyKind, portRules, readPolicy, type PolicyDocument } from "./policy-document.js";
import { list, lookup, map, text } from "./yaml-access.js";
import { portsRule } from "./ports.js";
import { reachRule } from "./reach.js";
import { ruleKindsRule } from "./rule-kinds.js";
import { shapeRule } from "./shape.js";
import { tlsRule } from "./tls.js";

export interface PolicySource {
  /** Names the text in findings and faults. */
  readonly file: string;
  readonly text: string;
}

export interface LintReport {
  readonly findings: readonly Finding[];
  readonly faults: readonly Fault[];
  readonly policies: readonly LintedPolicy[];
}
export interface LintedPolicy {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  /** Lines on which the policy begins and ends. */
  readonly line: number;
  readonly end: number;
  readonly httpRules: number;
  /** The policy with its mechanical mistakes mended; null when it has none. */
  readonly corrected: string | null;
}

const RULES: readonly LintRule[] = [
  shapeRule,
  grpcParserRule,
  ruleKindsRule,
  portsRule,
  httpRule,
  tlsRule,
  overlapsRule,
  reachRule,
];

/** Looks at several texts together: an L4 allow in one may undo the L7 rules of another. */
export function lintPolicies(sources: readonly PolicySource[], release: CiliumRelease | null): LintReport {
  const read = sources.map((source) => ({ file: source.file, ...readYaml(source.text, source.file) }));
  const objects = read.flatMap(({ file, documents }) => documents.flatMap(unpacked).map((node) => ({ file, node })));
  const policies = objects.flatMap(({ file, node }) => {
    const kind = policyKind(node);
    return kind === null || node.kind !== "map" ? [] : [readPolicy(node, kind, file)];
  });
  const context: LintContext = {
    release,
    policies,
    allows: policies.flatMap(allowsOf),
    secrets: secretsIn(objects.map(({ node }) => node)),
  };
  const findings = [
    ...objects.flatMap(({ file, node }) => documentRemarks(node).map((remark) => findingIn(file, remark))),
    ...policies.flatMap((policy) => lintOne(policy, context)),
  ];
  return {
    findings: sources.flatMap(({ file }) => inReadingOrder(findings.filter((finding) => finding.file === file))),
    faults: read.flatMap(({ faults }) => faults),
    policies: policies.map(summary),
  };
}

/**
 * Looks at one text.
 * @throws Fault (usage) with line and column where it is not YAML.
 */
export function lintPolicy(
  text: string,
  options: { readonly file: string; readonly cilium?: CiliumRelease },
): readonly Finding[] {
  const { findings, faults } = lintPolicies([{ file: options.file, text }], options.cilium ?? null);
  if (faults[0] !== undefined) throw faults[0];
  return findings;
}

function lintOne(policy: PolicyDocument, context: LintContext): Finding[] {
  return RULES.flatMap((rule) => rule(policy, context)).map((remark) => findingIn(policy.file, remark));
}

/** A List holds objects of any kind. */
function unpacked(node: YamlNode): readonly YamlNode[] {
  const kind = text(node, "kind") ?? "";
  return kind.endsWith("List") && lookup(node, "items")?.kind === "list"
    ? list(node, "items").flatMap(unpacked)
    : [node];
}

function documentRemarks(node: YamlNode): Remark[] {
  if (node.kind !== "map") return [noObject(node)];
  const version = text(node, "apiVersion") ?? null;
  if (policyKind(node) !== null) return version === "cilium.io/v2" ? [] : [apiVersion(node, version)];
  const kind = text(node, "kind") ?? "";
  const known = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"];
  const nearest = version?.startsWith("cilium.io/") === true ? nearestWord(kind, known) : null;
  return [kind === "Secret" ? null : nearest !== null ? misspelt(node, kind, nearest) : otherKind(node, kind)].filter(
    (remark) => remark !== null,
  );
}

function noObject(node: YamlNode): Remark {
  const message = "this document is no Kubernetes object";
  return { at: node.at, severity: "warning", rule: "no-policy", message, remedy: "name the policy's own file" };
}

function apiVersion(node: YamlMap, version: string | null): Remark {
  return {
    at: lookup(node, "apiVersion")?.at ?? node.at,
    severity: "error",
    rule: "api-version",
    message:
      version === null ? "the policy has no apiVersion" : `apiVersion ${version} is not that of Cilium's policies`,
    remedy: "write apiVersion: cilium.io/v2",
  };
}

function misspelt(node: YamlMap, kind: string, nearest: string): Remark {
  return {
    at: lookup(node, "kind")?.at ?? node.at,
    severity: "error",
    rule: "kind",
    message: `there is no kind "${kind}"`,
    remedy: `did you mean ${nearest}?`,
  };
}

function otherKind(node: YamlMap, kind: string): Remark {
  return {
    at: lookup(node, "kind")?.at ?? node.at,
    severity: "info",
    rule: "no-policy",
    message: kind === "" ? "an object without a kind: not looked at" : `a ${kind} is no Cilium policy: not looked at`,
    remedy: kind === "NetworkPolicy" ? "it judges addresses and ports only, never methods" : "nothing to do",
  };
}

function secretsIn(nodes: readonly YamlNode[]): ReadonlyMap<string, SecretKeys> {
  const secrets = nodes.filter((node) => node.kind === "map").filter((node) => text(node, "kind") === "Secret");
  return new Map(
    secrets.map((node) => {
      const keys = ["data", "stringData"].flatMap((part) => map(node, part)?.entries.map(({ key }) => key) ?? []);
      const name = `${text(node, "metadata", "namespace") ?? ""}/${text(node, "metadata", "name") ?? ""}`;
      return [name, { node, keys }];
    }),
  );
}

function summary(policy: PolicyDocument): LintedPolicy {
  const { file, kind, name, root } = policy;
  const httpRules = portRules(policy).reduce((sum, rule) => sum + rule.http.length, 0);
  return { file, kind, name, line: root.at.line, end: lastLine(root), httpRules, corrected: correctedPolicy(root) };
}

function lastLine(node: YamlNode): number {
  const inside =
    node.kind === "scalar" ? [] : node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
  return inside.reduce((line, child) => Math.max(line, lastLine(child)), node.at.line);
}
