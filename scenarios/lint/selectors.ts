/**
 * Which peers a rule is for, as far as its text tells: a selector is a set of constraints, and one with fewer of the
 * same constraints covers one with more. Selectors over different labels may or may not meet; they count as apart.
 */
import { plainValue, type YamlMap, type YamlNode } from "../yaml.js";
import { canonical, lookup } from "./policy-document.js";

/** All constraints must hold; none at all is everyone of its kind. */
export interface PeerSet {
  readonly kind: "endpoints" | "address";
  readonly constraints: ReadonlySet<string>;
}

/** Everyone, wherever: a rule without any peer. */
const ANYONE = "anyone";

/** The peers of one rule, any of which is meant; empty: the rule names peers, but an empty list of them. */
export function peersOf(rule: YamlMap, direction: "ingress" | "egress"): readonly (PeerSet | typeof ANYONE)[] {
  const prefix = direction === "ingress" ? "from" : "to";
  const named = rule.entries.filter(
    ({ key }) => key.startsWith(prefix) && key !== "toPorts" && !key.endsWith("Requires"),
  );
  if (named.length === 0) return [ANYONE];
  return named.flatMap(({ key, value }) =>
    value.kind === "list" ? value.items.map((item) => peer(key.slice(prefix.length), item)) : [],
  );
}

export function coversPeer(wide: PeerSet | typeof ANYONE, narrow: PeerSet | typeof ANYONE): boolean {
  if (wide === ANYONE) return true;
  if (narrow === ANYONE) return false;
  return wide.kind === narrow.kind && [...wide.constraints].every((one) => narrow.constraints.has(one));
}

/** Whether a selector is certain to select every pod that the other selects. */
export function coversSelector(wide: YamlNode | undefined, narrow: YamlNode | undefined): boolean {
  const known = constraintsOf(narrow);
  return [...constraintsOf(wide)].every((one) => known.has(one));
}

function peer(kind: string, item: YamlNode): PeerSet | typeof ANYONE {
  if (kind === "Entities" && plainValue(item) === "all") return ANYONE;
  if (kind === "Endpoints") return { kind: "endpoints", constraints: constraintsOf(item) };
  return { kind: "address", constraints: new Set([`${kind} ${canonical(item)}`]) };
}

/** `app=payments` and `k8s:app=payments` mean the same pods where only Kubernetes sets labels. */
function constraintsOf(selector: YamlNode | undefined): Set<string> {
  const labels = lookup(selector, "matchLabels");
  const expressions = lookup(selector, "matchExpressions");
  return new Set([
    ...(labels?.kind === "map" ? labels.entries.map(({ key, value }) => `${bare(key)}=${canonical(value)}`) : []),
    ...(expressions?.kind === "list" ? expressions.items.map(canonical) : []),
  ]);
}

function bare(label: string): string {
  return label.replace(/^(k8s|any)[:.]/, "");
}
