/**
 * A Cilium policy as the rules of the linter look at it: the parts they ask for by name, each with its place in the
 * text. Reading is lenient: a part of the wrong shape is left out here and reported by shape.ts, so that one slip does
 * not hide what else is wrong.
 */
import { plainValue, type Position, type YamlEntry, type YamlList, type YamlMap, type YamlNode } from "../yaml.js";

export interface PolicyDocument {
  readonly file: string;
  readonly kind: PolicyKind;
  readonly name: string;
  readonly namespace: string | null;
  readonly root: YamlMap;
  readonly specs: readonly PolicySpec[];
}
export type PolicyKind = "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy";

/** `spec`, or one of `specs`. */
export interface PolicySpec {
  readonly node: YamlMap;
  readonly rules: readonly PolicyRule[];
}

/** One entry of `ingress`, `egress`, `ingressDeny` or `egressDeny`. */
export interface PolicyRule {
  readonly direction: "ingress" | "egress";
  readonly deny: boolean;
  readonly node: YamlMap;
  readonly ports: readonly PortRule[];
}

/** One entry of `toPorts`. */
export interface PortRule {
  readonly node: YamlMap;
  readonly ports: readonly PortEntry[];
  /** `rules`, whatever stands in it. */
  readonly l7: YamlMap | null;
  readonly http: readonly YamlMap[];
  readonly terminating: YamlMap | null;
  readonly originating: YamlMap | null;
  readonly serverNames: YamlList | null;
}

export interface PortEntry {
  readonly node: YamlMap;
  /** As written; null: missing. */
  readonly port: string | null;
  readonly endPort: number | null;
  /** As written; null: missing, which means ANY. */
  readonly protocol: string | null;
}

const KINDS: readonly PolicyKind[] = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"];

export function policyKind(root: YamlNode): PolicyKind | null {
  const kind = text(root, "kind");
  return KINDS.find((known) => known === kind) ?? null;
}

/** The policy in an object of one of its kinds. */
export function readPolicy(root: YamlMap, kind: PolicyKind, file: string): PolicyDocument {
  const specs = [map(root, "spec"), ...maps(root, "specs")].filter((node) => node !== null);
  return {
    file,
    kind,
    name: text(root, "metadata", "name") ?? "(no name)",
    namespace: kind === "CiliumNetworkPolicy" ? (text(root, "metadata", "namespace") ?? null) : null,
    root,
    specs: specs.map((node) => ({ node, rules: readRules(node) })),
  };
}

/** Every entry of every `toPorts` of a policy. */
export function portRules(policy: PolicyDocument): readonly PortRule[] {
  return policy.specs.flatMap((spec) => spec.rules).flatMap((rule) => rule.ports);
}

function readRules(spec: YamlMap): PolicyRule[] {
  const sections = [
    ["ingress", "ingress", false],
    ["egress", "egress", false],
    ["ingressDeny", "ingress", true],
    ["egressDeny", "egress", true],
  ] as const;
  return sections.flatMap(([key, direction, deny]) =>
    maps(spec, key).map((node) => ({ direction, deny, node, ports: maps(node, "toPorts").map(readPortRule) })),
  );
}

function readPortRule(node: YamlMap): PortRule {
  const l7 = map(node, "rules");
  const serverNames = lookup(node, "serverNames");
  return {
    node,
    ports: maps(node, "ports").map(readPort),
    l7,
    http: l7 === null ? [] : maps(l7, "http"),
    terminating: map(node, "terminatingTLS"),
    originating: map(node, "originatingTLS"),
    serverNames: serverNames?.kind === "list" ? serverNames : null,
  };
}

function readPort(node: YamlMap): PortEntry {
  const endPort = lookup(node, "endPort");
  return {
    node,
    port: text(node, "port") ?? null,
    endPort: endPort?.kind === "scalar" && typeof endPort.value === "number" ? endPort.value : null,
    protocol: text(node, "protocol") ?? null,
  };
}

/** The entry of a mapping, with the place of its key. */
export function entry(node: YamlMap, key: string): YamlEntry | undefined {
  return node.entries.find((candidate) => candidate.key === key);
}

export function lookup(node: YamlNode | undefined, ...path: readonly string[]): YamlNode | undefined {
  return path.reduce<YamlNode | undefined>((at, key) => (at?.kind === "map" ? entry(at, key)?.value : undefined), node);
}

/** The text of a scalar as written; undefined for null, lists and mappings. */
export function text(node: YamlNode | undefined, ...path: readonly string[]): string | undefined {
  const found = lookup(node, ...path);
  return found?.kind === "scalar" && found.value !== null ? found.text : undefined;
}

export function map(node: YamlNode, key: string): YamlMap | null {
  const found = lookup(node, key);
  return found?.kind === "map" ? found : null;
}

/** The mappings in the list under `key`. */
export function maps(node: YamlNode, key: string): YamlMap[] {
  return list(node, key).filter((item) => item.kind === "map");
}

export function list(node: YamlNode | undefined, key: string): readonly YamlNode[] {
  const found = lookup(node, key);
  return found?.kind === "list" ? found.items : [];
}

/** Where the key stands, or the mapping that lacks it. */
export function keyPlace(node: YamlMap, key: string): Position {
  return entry(node, key)?.keyAt ?? node.at;
}

/** Equal for nodes that mean the same, whatever the order of their keys. */
export function canonical(node: YamlNode): string {
  return JSON.stringify(plainValue(node), (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
