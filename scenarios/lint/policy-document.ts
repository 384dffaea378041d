/**
 * A Cilium policy as the rules of the linter look at it: the parts they ask for by name, each with its place in the
 * text. Reading is lenient: a part of the wrong shape is left out here and reported by shape.ts, so that one slip does
 * not hide what else is wrong.
 */
import type { YamlList, YamlMap, YamlNode } from "../yaml.js";
import { constraintsOf, peersOf, type Constraints, type Peer } from "./selectors.js";
import { lookup, map, maps, text } from "./yaml-access.js";

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
  /** What `endpointSelector` asks of a pod. */
  readonly selector: Constraints;
  readonly rules: readonly PolicyRule[];
}

/** One entry of `ingress`, `egress`, `ingressDeny` or `egressDeny`. */
export interface PolicyRule {
  readonly direction: "ingress" | "egress";
  readonly deny: boolean;
  readonly node: YamlMap;
  readonly peers: readonly Peer[];
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
    specs: specs.map((node) => ({
      node,
      selector: constraintsOf(lookup(node, "endpointSelector")),
      rules: readRules(node),
    })),
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
    maps(spec, key).map((node) => ({
      direction,
      deny,
      node,
      peers: peersOf(node, direction),
      ports: maps(node, "toPorts").map(readPortRule),
    })),
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
