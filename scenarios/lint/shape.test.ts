import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../proto/package-root.js";
import { CILIUM_MINORS, isAtLeast, type CiliumMinor } from "../cilium-releases.js";
import { crdSchema, type Schema } from "../structural-schema.test-helper.js";
import { SPEC_FIELDS, type Field, type Shape } from "./policy-fields.js";
import { findings, found, http, ingress, path, PORTS, RIGHT_PATH } from "./policy-text.test-helper.js";
import { onlyWhere } from "../../proto/only-where.test-helper.js";

const remedy = (text: string): string | undefined => findings(text)[0]?.remedy;
const RIGHT = ingress(path(RIGHT_PATH));

describe("unknown fields", () => {
  test("are found wherever they stand, and answered with the nearest one", () => {
    const text = ingress(http(`{method: POST, paht: '${RIGHT_PATH}'}`));
    expect(found(text)).toEqual(["16:26 error unknown-field"]);
    expect(remedy(text)).toBe("did you mean path?");
    expect(found(RIGHT.replace("toPorts", "toPort"))).toEqual(["12:5 error unknown-field"]);
  });

  test("words of other kinds of policy are translated", () => {
    const text = RIGHT.replace("fromEndpoints", "from");
    expect(found(text)).toEqual(["10:5 error unknown-field"]);
    expect(remedy(text)).toBe("did you mean fromEndpoints?");
    expect(remedy(RIGHT.replace("endpointSelector", "podSelector"))).toContain("endpointSelector");
  });

  test("deny rules know no L7 rules", () => {
    const text = ingress(path(RIGHT_PATH)).replace("ingress:", "ingressDeny:");
    expect(found(text)).toEqual(["14:7 error unknown-field"]);
  });

  test("a word that resembles no field is answered with all of them", () => {
    expect(remedy(ingress(`${PORTS}\nzzzzzzzz: 1`))).toContain("fields here: ports, rules");
  });
});

describe("types", () => {
  test("a port is text: a bare number is refused, with the quotes as remedy", () => {
    const text = ingress("ports: [{port: 50051, protocol: TCP}]");
    expect(found(text)).toEqual(["13:22 error wrong-type"]);
    expect(remedy(text)).toBe('quote it: "50051"');
  });

  test("a mapping where a list belongs is refused, and what stands beside it is still looked at", () => {
    const text = RIGHT.replace("- matchLabels: {app: api-gateway}", "  matchLabels: {app: api-gateway}").replace(
      "method: POST",
      "method: GET",
    );
    expect(found(text)).toEqual(["11:7 error wrong-type", "16:20 error http-method"]);
  });

  test("label values are text, and so are paths", () => {
    expect(found(RIGHT.replace("api-gateway", "1"))).toEqual(["11:26 error wrong-type"]);
    expect(found(ingress(http("{method: POST, path: 7}")))).toEqual(["16:32 error wrong-type"]);
  });

  test("empty is neither text nor list", () => {
    expect(found(ingress(http("{method: POST, path: }")))).toEqual(["16:32 error wrong-type"]);
  });

  test("yes and off are booleans to Kubernetes", () => {
    expect(found(RIGHT.replace("spec:", "spec:\n  enableDefaultDeny: {ingress: yes, egress: off}"), "1.20")).toEqual(
      [],
    );
    expect(found(RIGHT.replace("spec:", "spec:\n  enableDefaultDeny: {ingress: maybe}"), "1.20")).toEqual([
      "7:32 error wrong-type",
    ]);
  });
});

describe("words and missing fields", () => {
  test("a protocol in small letters is none of Cilium's words", () => {
    const text = ingress(`ports: [{port: "50051", protocol: tcp}]`);
    expect(found(text)).toEqual(["13:41 error wrong-word"]);
    expect(remedy(text)).toBe("did you mean TCP?");
  });

  test("a secret needs its name", () => {
    const text = ingress(
      `${PORTS}\nterminatingTLS: {secret: {namespace: bench}}\noriginatingTLS: {secret: {name: a, namespace: b}}`,
    );
    expect(found(text)).toContain("14:32 error missing-field");
  });

  test("one selector, neither none nor both", () => {
    const none = RIGHT.replace(/ {2}endpointSelector:\n.*\n/, "");
    expect(found(none)).toEqual(["7:3 error selector"]);
    expect(found(RIGHT.replace("spec:", "spec:\n  nodeSelector: {}"))).toEqual(["7:3 error selector"]);
    expect(found("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a}\n")).toEqual([
      "1:1 error missing-field",
    ]);
  });
});

describe("fields of some releases", () => {
  const text = RIGHT.replace("spec:", "spec:\n  enableDefaultDeny: {ingress: false}");

  test("enableDefaultDeny: an error before 1.16, a note where the release is not known, right after", () => {
    expect(found(text, "1.15")).toEqual(["7:3 error field-not-yet"]);
    expect(found(text)).toEqual(["7:3 info field-not-yet"]);
    expect(found(text, "1.16")).toEqual([]);
  });

  test("fromRequires may not be used from 1.19 on", () => {
    const requires = RIGHT.replace("fromEndpoints", "fromRequires");
    expect(found(requires, "1.18")).toEqual([]);
    expect(found(requires, "1.19")).toEqual(["10:5 error field-gone"]);
  });
});

const crds = join(packageRoot, "../shared/cilium/crds");

describe("the table of fields", onlyWhere(existsSync(crds), "../shared is not beside this checkout"), () => {
  test.each(CILIUM_MINORS.filter((minor) => minor !== "1.15"))("agrees with the CRD of %s, field by field", (minor) => {
    const spec = crdSchema(join(crds, minor, "ciliumnetworkpolicies.yaml")).properties?.["spec"];
    expect(fieldsOf(SPEC_FIELDS.shape, minor)).toEqual(crdFields(spec ?? {}));
  });
});

/** Every field of the table that this minor has, as dotted paths. */
function fieldsOf(shape: Shape, minor: CiliumMinor, prefix = ""): string[] {
  if (shape.kind === "list") return fieldsOf(shape.of, minor, prefix);
  if (shape.kind !== "map") return [];
  return Object.entries(shape.fields)
    .filter(([, field]) => exists(field, minor))
    .flatMap(([key, field]) => [
      `${prefix}${key}`,
      ...inside(key, () => fieldsOf(field.shape, minor, `${prefix}${key}.`)),
    ])
    .sort();
}

function exists({ since, until }: Field, minor: CiliumMinor): boolean {
  const release = { minor, patch: 0 };
  const begun = since === undefined || isAtLeast(release, { minor: since, patch: 0 });
  const stays = until === undefined || until === "1.19"; // fromRequires and toRequires, see below
  return begun && (stays || !isAtLeast(release, { minor: until, patch: 0 }));
}

function crdFields(schema: Schema, prefix = ""): string[] {
  if (schema.items !== undefined) return crdFields(schema.items, prefix);
  return Object.entries(schema.properties ?? {})
    .flatMap(([key, child]) => [`${prefix}${key}`, ...inside(key, () => crdFields(child, `${prefix}${key}.`))])
    .sort();
}

/** Since 1.19 fromRequires and toRequires have no room for items, and the CRD does not say what those would be. */
function inside(key: string, fields: () => string[]): string[] {
  return key.endsWith("Requires") ? [] : fields();
}
