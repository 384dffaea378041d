import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../proto/package-root.js";
import { PAYMENTS_ACCESS } from "./access-policy.js";
import { CATALOGUE, CLUSTER_CATALOGUE, scenarioByName } from "./catalogue.js";
import { CILIUM_MINORS, ciliumRelease, type CiliumMinor } from "./cilium-releases.js";
import { ciliumYaml, renderCilium, type CiliumTarget } from "./render-cilium.js";
import type { Scenario } from "./scenario.js";
import { crdSchema, violations, type Schema } from "./structural-schema.test-helper.js";
import { plainValue, readYaml } from "./yaml.js";
import { onlyWhere } from "../proto/only-where.test-helper.js";

const shared = join(packageRoot, "../shared/cilium");
const drawable = [...CATALOGUE, ...CLUSTER_CATALOGUE].filter((scenario) => scenario.name !== "l4-proxy");

function target(release: string): CiliumTarget {
  return { release: ciliumRelease(release), namespace: "bench", podLabels: {}, policyLabels: {}, openings: [] };
}

describe("goldens", () => {
  test.each(drawable)("$name for Cilium 1.18", async (scenario) => {
    await expect(ciliumYaml(scenario, target("1.18"))).toMatchFileSnapshot(`__golden__/${scenario.name}.cilium.yaml`);
  });

  test("the warnings of every road and release", async () => {
    const lines = CILIUM_MINORS.flatMap((minor) =>
      drawable.flatMap((scenario) => {
        const { warnings } = renderCilium(scenario, target(`${minor}.0`));
        return warnings.length === 0 ? [] : [`${minor}.0 ${scenario.name}`, ...warnings.map((text) => `  ${text}`)];
      }),
    );
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("__golden__/cilium-warnings.txt");
  });
});

describe("manifests", () => {
  test("roads stand side by side when pods and policies carry their labels", () => {
    const { policies } = renderCilium(scenarioByName("l7"), {
      ...target("1.20"),
      podLabels: { "tollgate.dev/road": "l7" },
      policyLabels: { "app.kubernetes.io/managed-by": "tollgate" },
    });
    expect(policies[0]?.metadata.labels).toEqual({ "app.kubernetes.io/managed-by": "tollgate" });
    expect(policies[0]?.spec.endpointSelector.matchLabels).toEqual({
      app: "payments-service",
      "tollgate.dev/road": "l7",
    });
    expect(policies[0]?.spec.ingress?.[0]?.fromEndpoints[0]?.matchLabels).toEqual({
      app: "api-gateway",
      "tollgate.dev/road": "l7",
    });
  });

  test("openings of the load machinery are let through without L7 rules, on ingress and on egress", () => {
    const openings = [{ matchLabels: { app: "tollgate-driver" }, port: 7070 }];
    const ingress = renderCilium(scenarioByName("l7"), { ...target("1.20"), openings }).policies[0]?.spec.ingress;
    expect(ingress?.at(-1)).toEqual({
      fromEndpoints: [{ matchLabels: { app: "tollgate-driver" } }],
      toPorts: [{ ports: [{ port: "7070", protocol: "TCP" }] }],
    });
    const egress = renderCilium(scenarioByName("l7-tls"), { ...target("1.20"), openings }).policies[1]?.spec.egress;
    expect(egress?.at(-1)?.toEndpoints).toEqual([{ matchLabels: { app: "tollgate-driver" } }]);
  });

  test("filler rules stand before the real one, one rule each", () => {
    const l7 = scenarioByName("l7");
    const access = { ...PAYMENTS_ACCESS, fillerRules: 3 };
    const swept: Scenario = { ...l7, road: { ...l7.road, proxy: { kind: "http", access, envoy: null } } };
    const rules = renderCilium(swept, target("1.20")).policies[0]?.spec.ingress?.[1]?.toPorts[0]?.rules?.http;
    expect(rules?.map(({ path }) => path)).toEqual([
      String.raw`^/payments\.Payments/Filler0001$`,
      String.raw`^/payments\.Payments/Filler0002$`,
      String.raw`^/payments\.Payments/Filler0003$`,
      String.raw`^/payments\.Payments/GenerateFinancialReport$`,
    ]);
  });

  test("a preview's name becomes an object name, and the Envoy it asks for is not promised", () => {
    const { policies, warnings } = renderCilium(scenarioByName("l7@1.36.4"), target("1.20"));
    expect(policies[0]?.metadata.name).toBe("payments-l7-1.36.4");
    expect(warnings).toContainEqual(expect.stringContaining("cannot choose Envoy 1.36.4"));
  });

  test("the plain TCP proxy has no form in Cilium and says where it exists", () => {
    expect(() => renderCilium(scenarioByName("l4-proxy"), target("1.20"))).toThrow('"l4-proxy" has no form in Cilium');
  });

  test("one form serves every release; only the warnings differ", () => {
    for (const scenario of drawable) {
      const forms = CILIUM_MINORS.map((minor) => ciliumYaml(scenario, target(minor)));
      expect(new Set(forms).size, scenario.name).toBe(1);
    }
  });

  test("what is printed is what is rendered", () => {
    for (const scenario of drawable) {
      const printed = readYaml(ciliumYaml(scenario, target("1.16")), "golden").documents.map(plainValue);
      expect(printed).toEqual(renderCilium(scenario, target("1.16")).policies);
    }
  });
});

/** 1.15 shipped the CRD of 1.14. */
const crdOf = (minor: CiliumMinor): string =>
  join(shared, "crds", minor === "1.15" ? "1.14" : minor, "ciliumnetworkpolicies.yaml");

describe("each release's own CRD", onlyWhere(existsSync(shared), "../shared is not beside this checkout"), () => {
  const schemas = new Map<CiliumMinor, Schema>();
  const schemaOf = (minor: CiliumMinor): Schema => {
    const schema = schemas.get(minor) ?? crdSchema(crdOf(minor));
    schemas.set(minor, schema);
    return schema;
  };

  test.each(CILIUM_MINORS)("%s accepts every rendered manifest, unknown fields rejected", (minor) => {
    const openings = [{ matchLabels: { app: "tollgate-driver" }, port: 7070 }];
    for (const scenario of drawable) {
      for (const policy of renderCilium(scenario, { ...target(minor), openings }).policies) {
        expect(violations(policy, schemaOf(minor)), scenario.name).toEqual([]);
      }
    }
  });

  test("the checker itself sees an unknown field, a wrong type, a missing one, a wrong word and a wrong form", () => {
    const [good] = renderCilium(scenarioByName("l7"), target("1.20")).policies;
    const schema = schemaOf("1.20");
    const broken = (change: (policy: Record<string, never>) => void): readonly string[] => {
      const copy = structuredClone(good) as unknown as Record<string, never>;
      change(copy);
      return violations(copy, schema);
    };
    const port = "ingress.0.toPorts.0.ports.0";
    expect(broken((policy) => put(policy, "spec.podSelector", {}))).toEqual(["$.spec.podSelector: unknown field"]);
    expect(broken((policy) => put(policy, `spec.${port}.port`, 50051))).toEqual([
      "$.spec.ingress[0].toPorts[0].ports[0].port: integer, expected string",
    ]);
    expect(broken((policy) => put(policy, `spec.${port}.protocol`, "tcp"))).toHaveLength(1);
    expect(broken((policy) => put(policy, "spec.endpointSelector", undefined))).toEqual([
      "$.spec: not exactly one form",
    ]);
    expect(broken((policy) => put(policy, "spec.ingress.0.toPorts.0.rules", {}))).toEqual([
      "$.spec.ingress[0].toPorts[0].rules: not exactly one form",
    ]);
  });

  test("the checker agrees with what is known of the shared policies", () => {
    const fails = (file: string): CiliumMinor[] => {
      const [document] = readYaml(readFileSync(join(shared, "policies", file), "utf8"), file).documents;
      if (document === undefined) throw new Error(`${file} is empty`);
      return CILIUM_MINORS.filter((minor) => violations(plainValue(document), schemaOf(minor)).length > 0);
    };
    const failing = Object.fromEntries(
      readdirSync(join(shared, "policies"))
        .map((file) => [file, fails(file)] as const)
        .filter(([, minors]) => minors.length > 0),
    );
    expect(failing).toEqual({ "article-invalid.yaml": ["1.20"], "default-deny-off.yaml": ["1.14", "1.15"] });
  });
});

function put(root: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  const parent = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, root);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
}
