/**
 * Which pods and peers a rule is for, as far as its text tells: a selector is a set of constraints, and one with fewer of
 * the same constraints covers one with more. Selectors over different labels may or may not meet; they count as apart.
 */
import { plainValue, type YamlMap, type YamlNode } from "../yaml.js";
import { canonical, lookup } from "./yaml-access.js";

/** All of them must hold; none at all is everyone. */
export type Constraints = ReadonlySet<string>;

export type Peer =
  /** A rule that names no peer is for everyone, wherever. */
  | { readonly kind: "anyone" }
  | { readonly kind: "endpoints"; readonly constraints: Constraints }
  /** Addresses, entities, services, names: equal or apart. */
  | { readonly kind: "other"; readonly constraints: Constraints };

/** The peers of one rule, any of which is meant; none: the rule names peers, but an empty list of them. */
export function peersOf(rule: YamlMap, direction: "ingress" | "egress"): readonly Peer[] {
  const prefix = direction === "ingress" ? "from" : "to";
  const named = rule.entries.filter(
    ({ key }) => key.startsWith(prefix) && key !== "toPorts" && !key.endsWith("Requires"),
  );
  if (named.length === 0) return [{ kind: "anyone" }];
  return named.flatMap(({ key, value }) =>
    value.kind === "list" ? value.items.map((item) => peer(key.slice(prefix.length), item)) : [],
  );
}

/** Whether whoever is meant by the narrow peer is certain to be meant by the wide one. */
export function coversPeer(wide: Peer, narrow: Peer): boolean {
  if (wide.kind === "anyone") return true;
  return narrow.kind === wide.kind && covers(wide.constraints, narrow.constraints);
}

export function covers(wide: Constraints, narrow: Constraints): boolean {
  for (const one of wide) if (!narrow.has(one)) return false;
  return true;
}

/** The constraints of a selector; `app` and `k8s:app` are one label where only Kubernetes sets labels. */
export function constraintsOf(selector: YamlNode | undefined): Constraints {
  const labels = lookup(selector, "matchLabels");
  const expressions = lookup(selector, "matchExpressions");
  return new Set([
    ...(labels?.kind === "map" ? labels.entries.map(({ key, value }) => `${bare(key)}=${canonical(value)}`) : []),
    ...(expressions?.kind === "list" ? expressions.items.map(canonical) : []),
  ]);
}

function peer(kind: string, item: YamlNode): Peer {
  if (kind === "Entities" && plainValue(item) === "all") return { kind: "anyone" };
  if (kind === "Endpoints") return { kind: "endpoints", constraints: constraintsOf(item) };
  return { kind: "other", constraints: new Set([`${kind} ${canonical(item)}`]) };
}

function bare(label: string): string {
  return label.replace(/^(k8s|any)[:.]/, "");
}
