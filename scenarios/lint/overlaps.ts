/**
 * Rules that undo each other: an L4 allow beside L7 rules for the same pods, peers and port. Cilium joins all rules that
 * select a pod, and what one of them allows is allowed: L7 then judges nothing for that peer, and nothing says so.
 */
import type { Remark } from "./finding.js";
import type { LintRule } from "./lint-context.js";
import {
  keyPlace,
  lookup,
  type PolicyDocument,
  type PolicyRule,
  type PolicySpec,
  type PortEntry,
  type PortRule,
} from "./policy-document.js";
import { coversPeer, coversSelector, peersOf } from "./selectors.js";

export const overlapsRule: LintRule = (policy, { policies }) => {
  const allows = policies.filter((other) => mayMeet(policy, other)).flatMap(allowsOf);
  const open = allows.filter((allow) => allow.ports === null || !allow.ports.judged);
  return allowsOf(policy)
    .filter(({ ports }) => ports?.judged === true)
    .flatMap((judged) =>
      open
        .filter((other) => swallows(other, judged))
        .slice(0, 1)
        .map((other) => remark(judged, other)),
    );
};

/** One entry of toPorts (null: the rule has none, all ports are allowed) under its rule. */
interface Allow {
  readonly policy: PolicyDocument;
  readonly spec: PolicySpec;
  readonly rule: PolicyRule;
  readonly ports: (PortRule & { readonly judged: boolean }) | null;
}

function allowsOf(policy: PolicyDocument): Allow[] {
  return policy.specs.flatMap((spec) =>
    spec.rules
      .filter((rule) => !rule.deny)
      .flatMap((rule): Allow[] =>
        rule.ports.length === 0
          ? [{ policy, spec, rule, ports: null }]
          : rule.ports.map((ports) => ({ policy, spec, rule, ports: { ...ports, judged: ports.http.length > 0 } })),
      ),
  );
}

/** Clusterwide policies reach every namespace; a policy without a namespace may be applied to any. */
function mayMeet(a: PolicyDocument, b: PolicyDocument): boolean {
  return a.namespace === null || b.namespace === null || a.namespace === b.namespace;
}

function swallows(open: Allow, judged: Allow): boolean {
  if (open.rule.direction !== judged.rule.direction) return false;
  const [selected, other] = [judged, open].map(({ spec }) => lookup(spec.node, "endpointSelector"));
  if (!coversSelector(selected, other) && !coversSelector(other, selected)) return false;
  const peers = peersOf(judged.rule.node, judged.rule.direction);
  const openPeers = peersOf(open.rule.node, open.rule.direction);
  const peersMeet = openPeers.some((a) => peers.some((b) => coversPeer(a, b) || coversPeer(b, a)));
  return peersMeet && portsMeet(open.ports, judged.ports);
}

function portsMeet(open: PortRule | null, judged: PortRule | null): boolean {
  if (open === null || open.ports.length === 0) return true;
  return open.ports.some((a) => (judged?.ports ?? []).some((b) => portMeets(a, b)));
}

function portMeets(open: PortEntry, judged: PortEntry): boolean {
  if (open.protocol !== null && open.protocol !== "ANY" && open.protocol !== "TCP") return false;
  if (open.port === judged.port || open.port === "0") return true;
  const [from, wanted] = [Number(open.port), Number(judged.port)];
  return from <= wanted && wanted <= (open.endPort ?? from);
}

function remark(judged: Allow, open: Allow): Remark {
  const at = keyPlace(judged.ports?.node ?? judged.rule.node, "rules");
  const where = open.ports?.node.at ?? open.rule.node.at;
  const file = open.policy.file === judged.policy.file ? "line" : `${open.policy.file}, line`;
  const name = open.policy === judged.policy ? "this policy" : `"${open.policy.name}"`;
  return {
    at,
    severity: "error",
    rule: "l4-swallows-l7",
    message: `these rules judge nothing: ${name} allows the same peer and port without L7 rules (${file} ${where.line})`,
    because: ["Cilium joins all rules for a pod: what one allows is allowed, so every method is open."],
    remedy: "remove the L4 allow, or give it the same L7 rules",
  };
}
