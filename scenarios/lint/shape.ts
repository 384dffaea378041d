/**
 * Fields that no Cilium knows, fields of the wrong type, missing fields, words that are none of the known ones. The API
 * server refuses or silently prunes all of these, and what is pruned was meant to protect something.
 */
import { nearestWord } from "../../loadgen/nearest-word.js";
import type { YamlEntry, YamlMap, YamlNode } from "../yaml.js";
import type { Remark } from "./finding.js";
import { weightBefore, weightSince, type LintContext, type LintRule } from "./lint-context.js";
import { keyPlace } from "./yaml-access.js";
import { COMMON_SLIPS, POLICY_FIELDS, type Field, type Shape } from "./policy-fields.js";

export const shapeRule: LintRule = (policy, context) => [
  ...check(policy.root, POLICY_FIELDS.shape, "the policy", context),
  ...policy.specs.flatMap(({ node }) => selectorsOf(node)),
  ...(policy.specs.length === 0 ? [nothingSpecified(policy.root)] : []),
];

/** Rules that tell more about a field than "gone since 1.20" would. */
const TOLD_ELSEWHERE = new Set(["l7proto", "l7", "kafka"]);

function check(node: YamlNode, shape: Shape, name: string, context: LintContext): Remark[] {
  switch (shape.kind) {
    case "anything":
      return [];
    case "map":
      return node.kind === "map" ? checkMap(node, shape.fields, name, context) : [wrongType(node, "a mapping", name)];
    case "list":
      if (node.kind !== "list") return [wrongType(node, "a list, each entry led by a dash", name)];
      return node.items.flatMap((item) => check(item, shape.of, `an entry of ${name}`, context));
    case "labels":
      if (node.kind !== "map") return [wrongType(node, "a mapping of labels", name)];
      return node.entries.flatMap(({ key, value }) => check(value, { kind: "text" }, key, context));
    case "word":
      return checkWord(node, shape.words, name);
    case "text":
    case "number":
    case "boolean":
    case "number-or-text":
      return fits(node, shape.kind) ? [] : [wrongType(node, SCALARS[shape.kind], name)];
  }
}

function checkMap(
  node: YamlMap,
  fields: Readonly<Record<string, Field>>,
  name: string,
  context: LintContext,
): Remark[] {
  const present = node.entries.flatMap((entry) => {
    const field = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
    if (field === undefined) return [unknownField(entry, Object.keys(fields), name)];
    return [...availability(entry, field, context), ...check(entry.value, field.shape, entry.key, context)];
  });
  const missing = Object.entries(fields)
    .filter(([key, field]) => field.required === true && !node.entries.some((entry) => entry.key === key))
    .map(([key]) => missingField(node, key, name));
  return [...present, ...missing];
}

function checkWord(node: YamlNode, words: readonly string[], name: string): Remark[] {
  if (node.kind !== "scalar") return [wrongType(node, `one word: ${words.join(", ")}`, name)];
  if (words.includes(node.text)) return [];
  const nearest = nearestWord(node.text, words);
  return [
    {
      at: node.at,
      severity: "error",
      rule: "wrong-word",
      message: `${name}: "${node.text}" is none of the words that Cilium knows here`,
      remedy: nearest === null ? `write one of ${words.join(", ")}` : `did you mean ${nearest}?`,
    },
  ];
}

const SCALARS = {
  text: "text",
  number: "a number",
  boolean: "true or false",
  "number-or-text": "a number or a name",
} as const;

function fits(node: YamlNode, kind: keyof typeof SCALARS): boolean {
  if (node.kind !== "scalar") return false;
  switch (kind) {
    case "text":
      return typeof node.value === "string";
    case "number":
      return typeof node.value === "number";
    case "number-or-text":
      return typeof node.value === "number" || typeof node.value === "string";
    // Kubernetes reads YAML 1.1, where these words are booleans too.
    case "boolean":
      return /^(true|false|yes|no|on|off)$/i.test(node.text);
  }
}

function wrongType(node: YamlNode, expected: string, name: string): Remark {
  const quotable = expected === "text" && node.kind === "scalar" && node.value !== null;
  return {
    at: node.at,
    severity: "error",
    rule: "wrong-type",
    message: `${name} must be ${expected}, not ${typeName(node)}`,
    remedy: quotable ? `quote it: "${node.text}"` : `write ${expected} there`,
  };
}

function typeName(node: YamlNode): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a mapping";
  if (node.value === null) return "empty";
  return typeof node.value === "string" ? `the text "${node.text}"` : `the ${typeof node.value} ${node.text}`;
}

function unknownField({ key, keyAt }: YamlEntry, known: readonly string[], name: string): Remark {
  const slip = Object.hasOwn(COMMON_SLIPS, key) ? COMMON_SLIPS[key] : undefined;
  const fitting = slip !== undefined && (known.includes(slip) || slip.includes(" ")) ? slip : nearestWord(key, known);
  return {
    at: keyAt,
    severity: "error",
    rule: "unknown-field",
    message: `${name}: there is no field "${key}"`,
    because: ["The API server refuses it or, with kubectl --validate=false, drops it without a word."],
    remedy: fitting === null ? `fields here: ${known.join(", ")}` : `did you mean ${fitting}?`,
  };
}

function missingField(node: YamlMap, key: string, name: string): Remark {
  return {
    at: node.at,
    severity: "error",
    rule: "missing-field",
    message: `${name} lacks its field "${key}"`,
    remedy: `add ${key}`,
  };
}

function availability({ key, keyAt }: YamlEntry, field: Field, context: LintContext): Remark[] {
  if (TOLD_ELSEWHERE.has(key)) return [];
  const remarks: Remark[] = [];
  const early = field.since === undefined ? null : weightBefore(context, field.since, "info");
  if (early !== null) {
    remarks.push({
      at: keyAt,
      severity: early,
      rule: "field-not-yet",
      message: `${key} exists since Cilium ${field.since ?? ""}`,
      because: ["Older releases prune it: the policy then holds without it."],
      remedy: `leave it out for older releases, or upgrade first`,
    });
  }
  const late = field.until === undefined ? null : weightSince(context, field.until, "info");
  if (late !== null) {
    remarks.push({
      at: keyAt,
      severity: late,
      rule: "field-gone",
      message: `${key} may not be used from Cilium ${field.until ?? ""} on`,
      remedy: "remove it before the upgrade",
    });
  }
  return remarks;
}

/** Exactly one of the two selectors. */
function selectorsOf(spec: YamlMap): Remark[] {
  const count = ["endpointSelector", "nodeSelector"].filter((key) =>
    spec.entries.some((one) => one.key === key),
  ).length;
  if (count === 1) return [];
  return [
    {
      at: count === 0 ? spec.at : keyPlace(spec, "nodeSelector"),
      severity: "error",
      rule: "selector",
      message:
        count === 0 ? "nothing says which pods this policy is for" : "endpointSelector and nodeSelector together",
      remedy: count === 0 ? "add endpointSelector with the labels of the server" : "keep one of the two",
    },
  ];
}

function nothingSpecified(root: YamlMap): Remark {
  return {
    at: root.at,
    severity: "error",
    rule: "missing-field",
    message: "the policy has no spec: it selects nothing and allows nothing",
    remedy: "add spec with endpointSelector and ingress or egress",
  };
}
