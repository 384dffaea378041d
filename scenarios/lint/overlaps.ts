/**
 * Rules that undo each other: an L4 allow beside L7 rules for the same pods, peers and port. Cilium joins all rules that
 * select a pod, and what one of them allows is allowed: L7 then judges nothing for that peer, and nothing says so.
 */
import type { Allow } from "./allows.js";
import type { Remark } from "./finding.js";
import type { LintRule } from "./lint-context.js";
import type { PolicyDocument, PortEntry, PortRule } from "./policy-document.js";
import { covers, coversPeer } from "./selectors.js";
import { keyPlace } from "./yaml-access.js";

export const overlapsRule: LintRule = (policy, { allows }) =>
  allows
    .filter((allow) => allow.policy === policy && allow.l7 === "judged")
    .flatMap((judged) => {
      const swallower = allows.find((open) => open.l7 === "open" && swallows(open, judged));
      return swallower === undefined ? [] : [remark(judged, swallower)];
    });

function swallows(open: Allow, judged: Allow): boolean {
  return (
    open.rule.direction === judged.rule.direction &&
    mayMeet(open.policy, judged.policy) &&
    portsMeet(open.ports, judged.ports) &&
    (covers(open.spec.selector, judged.spec.selector) || covers(judged.spec.selector, open.spec.selector)) &&
    open.rule.peers.some((a) => judged.rule.peers.some((b) => coversPeer(a, b) || coversPeer(b, a)))
  );
}

/** Clusterwide policies reach every namespace; a policy without a namespace may be applied to any. */
function mayMeet(a: PolicyDocument, b: PolicyDocument): boolean {
  return a.namespace === null || b.namespace === null || a.namespace === b.namespace;
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

/** In one file both are surely applied; two files may be meant as alternatives. */
function remark(judged: Allow, open: Allow): Remark {
  const sameFile = open.policy.file === judged.policy.file;
  const { line } = open.ports?.node.at ?? open.rule.node.at;
  const place = sameFile ? `line ${line}` : `${open.policy.file}:${line}`;
  const name = open.policy === judged.policy ? "this policy" : `"${open.policy.name}"`;
  return {
    at: keyPlace(judged.ports?.node ?? judged.rule.node, "rules"),
    severity: sameFile ? "error" : "warning",
    rule: "l4-swallows-l7",
    message: `${sameFile ? "" : "applied together, "}these rules judge nothing: ${name} allows the same peer and port without L7 rules (${place})`,
    because: ["Cilium joins all rules for a pod: what one allows is allowed, so every method is open."],
    remedy: "remove the L4 allow, or give it the same L7 rules",
  };
}
