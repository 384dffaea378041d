import { describe, expect, test } from "vitest";
import { lintPolicies } from "./lint-policy.js";
import { found, ingress, path, PORTS, RIGHT_PATH } from "./policy-text.test-helper.js";

const L7 = ingress(path(RIGHT_PATH));

/** The L7 policy with one more ingress rule, on lines 17 and following. */
function beside(rule: string): string {
  return `${L7}  - ${rule.replaceAll("\n", "\n    ")}\n`;
}

describe("an L4 allow swallows the L7 rules", () => {
  test.each([
    ["of the same peer and port", `fromEndpoints: [{matchLabels: {app: api-gateway}}]\ntoPorts: [{${PORTS}}]`],
    [
      "written with the label's source",
      `fromEndpoints: [{matchLabels: {"k8s:app": api-gateway}}]\ntoPorts: [{${PORTS}}]`,
    ],
    ["for everyone", `toPorts: [{${PORTS}}]`],
    ["for all endpoints", `fromEndpoints: [{}]\ntoPorts: [{${PORTS}}]`],
    ["for all entities", `fromEntities: [all]\ntoPorts: [{${PORTS}}]`],
    ["for every port", `fromEndpoints: [{matchLabels: {app: api-gateway}}]`],
    ["of any protocol", `fromEndpoints: [{}]\ntoPorts: [{ports: [{port: "50051"}]}]`],
    ["of a range around the port", `fromEndpoints: [{}]\ntoPorts: [{ports: [{port: "50000", endPort: 50100}]}]`],
    ["of some of the peers", `fromEndpoints: [{matchLabels: {app: api-gateway, tier: web}}]\ntoPorts: [{${PORTS}}]`],
    ["with an empty rules block", `fromEndpoints: [{}]\ntoPorts: [{${PORTS}, rules: {http: []}}]`],
  ])("%s", (_title, rule) => {
    expect(found(beside(rule), "1.20")).toContain("14:7 error l4-swallows-l7");
  });
});

describe("it does not", () => {
  test.each([
    ["for another peer", `fromEndpoints: [{matchLabels: {app: finance-batch-job}}]\ntoPorts: [{${PORTS}}]`],
    ["for no peer at all", `fromEndpoints: []\ntoPorts: [{${PORTS}}]`],
    ["on another port", `fromEndpoints: [{}]\ntoPorts: [{ports: [{port: "9090", protocol: TCP}]}]`],
    ["over UDP", `fromEndpoints: [{}]\ntoPorts: [{ports: [{port: "50051", protocol: UDP}]}]`],
    [
      "with L7 rules of its own",
      `fromEndpoints: [{}]\ntoPorts: [{${PORTS}, rules: {http: [{method: POST, path: /a/b}]}}]`,
    ],
  ])("%s", (_title, rule) => {
    expect(found(beside(rule), "1.20")).toEqual([]);
  });

  test("where it denies", () => {
    const text = `${L7}  ingressDeny:\n  - fromEndpoints: [{}]\n    toPorts: [{${PORTS}}]\n`;
    expect(found(text)).toEqual([]);
  });
});

describe("two policies", () => {
  const l4 = ingress(PORTS).replace("name: payments", "name: open");

  test("in one file are surely applied together: an error that names the line", () => {
    const { findings } = lintPolicies([{ file: "p.yaml", text: `${l4}---\n${L7}` }], null);
    const [finding] = findings.filter(({ rule }) => rule === "l4-swallows-l7");
    expect(finding).toMatchObject({ severity: "error", line: 28 });
    expect(finding?.message).toContain('"open" allows the same peer and port without L7 rules (line 13)');
  });

  test("in two files may be alternatives: a warning that names the other file", () => {
    const sources = [
      { file: "l7.yaml", text: L7 },
      { file: "l4.yaml", text: l4 },
    ];
    const [finding] = lintPolicies(sources, null).findings.filter(({ rule }) => rule === "l4-swallows-l7");
    expect(finding).toMatchObject({ file: "l7.yaml", severity: "warning", line: 14 });
    expect(finding?.message).toContain("(l4.yaml:13)");
  });

  test("for other pods or in other namespaces do not meet, unless one is clusterwide", () => {
    const meets = (text: string): boolean => found(`${text}---\n${L7}`).some((line) => line.endsWith("l4-swallows-l7"));
    expect(meets(l4.replace("payments-service", "other"))).toBe(false);
    expect(meets(l4.replace("namespace: bench", "namespace: other"))).toBe(false);
    const clusterwide = l4.replace("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy");
    expect(meets(clusterwide.replace("namespace: bench", "labels: {}"))).toBe(true);
  });
});
