/**
 * What may stand together in one `toPorts` entry. The CRD lets most of this pass; the agent then refuses the whole
 * policy (pkg/policy/api/rule_validation.go), which nobody sees who does not read its log or the `Valid` condition.
 */
import type { Remark } from "./finding.js";
import { weightSince, type LintContext, type LintRule } from "./lint-context.js";
import { portRules, type PortRule } from "./policy-document.js";
import { entry, keyPlace, list } from "./yaml-access.js";

export const ruleKindsRule: LintRule = (policy, context) =>
  portRules(policy).flatMap((rule) => [
    ...severalKinds(rule),
    ...judgesNothing(rule, context),
    ...listenerBesideRules(rule),
    ...serverNamesAlone(rule),
  ]);

const KINDS = ["http", "dns", "kafka", "l7"] as const;

function severalKinds({ l7 }: PortRule): Remark[] {
  if (l7 === null) return [];
  const present = KINDS.filter((kind) => entry(l7, kind) !== undefined);
  if (present.length < 2) return [];
  return [
    {
      at: keyPlace(l7, present[1] ?? "rules"),
      severity: "error",
      rule: "several-kinds",
      message: `${present.join(" and ")} rules in one entry: the agent refuses the whole policy`,
      remedy: "give each kind an entry of toPorts of its own",
    },
  ];
}

/** `rules: {}`, also what is left of l7proto rules after an upgrade to 1.20. */
function judgesNothing({ node, l7 }: PortRule, context: LintContext): Remark[] {
  if (l7 === null || entry(l7, "l7proto") !== undefined) return [];
  if (KINDS.some((kind) => list(l7, kind).length > 0)) return [];
  if (l7.entries.length > 0 && !KINDS.some((kind) => entry(l7, kind)?.value.kind === "list")) return [];
  const rejected = l7.entries.length === 0 && weightSince(context, "1.16", "warning") === "error";
  return [
    {
      at: keyPlace(node, "rules"),
      severity: rejected ? "error" : "warning",
      rule: "empty-rules",
      message: "rules without a rule: this is an L4 allow, every method is open",
      because: ["From 1.16 on the API server rejects an empty rules block when it is written."],
      remedy: "list the allowed methods under http, or drop rules to say L4 on purpose",
    },
  ];
}

function listenerBesideRules({ node, l7 }: PortRule): Remark[] {
  if (l7 === null || entry(node, "listener") === undefined) return [];
  return [
    {
      at: keyPlace(node, "listener"),
      severity: "error",
      rule: "listener-with-rules",
      message: "a listener together with L7 rules: the agent refuses the whole policy",
      remedy: "let the CiliumEnvoyConfig judge the calls, or drop listener",
    },
  ];
}

function serverNamesAlone({ node, l7, serverNames, terminating }: PortRule): Remark[] {
  if (l7 === null || serverNames === null || terminating !== null) return [];
  return [
    {
      at: keyPlace(node, "serverNames"),
      severity: "error",
      rule: "sni-with-rules",
      message: "serverNames with L7 rules but no terminatingTLS: the agent refuses the whole policy",
      because: ["Envoy cannot read calls inside TLS that it does not take off."],
      remedy: "add terminatingTLS and originatingTLS, or drop the L7 rules",
    },
  ];
}
