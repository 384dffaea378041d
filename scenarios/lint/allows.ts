/** What policies let through, entry by entry: the view in which rules can be held against each other. */
import type { PolicyDocument, PolicyRule, PolicySpec, PortRule } from "./policy-document.js";
import { list } from "./yaml-access.js";

/** One entry of `toPorts` under its rule, or the rule itself where it has none: all ports are allowed then. */
export interface Allow {
  readonly policy: PolicyDocument;
  readonly spec: PolicySpec;
  readonly rule: PolicyRule;
  readonly ports: PortRule | null;
  readonly l7: "judged" | "open" | "other";
}

/** What a policy allows, entry by entry. */
export function allowsOf(policy: PolicyDocument): readonly Allow[] {
  return policy.specs.flatMap((spec) =>
    spec.rules
      .filter((rule) => !rule.deny)
      .flatMap((rule): Allow[] =>
        rule.ports.length === 0
          ? [{ policy, spec, rule, ports: null, l7: "open" }]
          : rule.ports.map((ports) => ({ policy, spec, rule, ports, l7: judgement(ports) })),
      ),
  );
}

function judgement({ l7, http }: PortRule): Allow["l7"] {
  if (http.length > 0) return "judged";
  const anyRule = l7?.entries.some(({ key }) => key === "l7proto" || list(l7, key).length > 0) === true;
  return anyRule ? "other" : "open";
}
