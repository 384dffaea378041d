import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { packageRoot } from "../../proto/package-root.js";
import { lintPolicies, lintPolicy } from "./lint-policy.js";
import { egress, found, ingress, path, RIGHT_PATH } from "./policy-text.test-helper.js";
import { onlyWhere } from "../../proto/only-where.test-helper.js";

const RIGHT = ingress(path(RIGHT_PATH));

describe("which objects are looked at", () => {
  test("specs, several documents and Lists, each with its own lines", () => {
    const wrong = ingress(path("/a.B/C"));
    expect(found(`${RIGHT}---\n${wrong}`)).toEqual(["33:32 warning unescaped-dot"]);
    const inList = `apiVersion: v1\nkind: List\nitems:\n- ${wrong.trimEnd().replaceAll("\n", "\n  ")}\n`;
    expect(found(inList)).toEqual(["19:34 warning unescaped-dot"]);
    const specs = wrong.replace("spec:\n  endpoint", "specs:\n- endpoint");
    expect(found(specs)).toEqual(["16:32 warning unescaped-dot"]);
  });

  test("policies as the API server gives them back, with status and managed fields", () => {
    const stored = RIGHT.replace(
      "metadata:",
      "status: {conditions: []}\nmetadata:\n  managedFields: [{manager: kubectl}]",
    );
    expect(found(stored)).toEqual([]);
  });

  test("other kinds are passed over with a note, Secrets without one", () => {
    expect(found("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n")).toEqual(["2:7 info no-policy"]);
    expect(found("apiVersion: v1\nkind: Secret\n")).toEqual([]);
    expect(found("just words\n")).toEqual(["1:1 warning no-policy"]);
  });

  test("a misspelt kind and a wrong apiVersion are errors", () => {
    expect(found(RIGHT.replace("CiliumNetworkPolicy", "CilliumNetworkPolicy"))).toEqual(["2:7 error kind"]);
    expect(found(RIGHT.replace("cilium.io/v2", "cilium.io/v1"))).toEqual(["1:13 error api-version"]);
  });
});

describe("text that is no YAML", () => {
  const broken = "a: {b\n";

  test("is a fault with line and column", () => {
    expect(() => lintPolicy(broken, { file: "p.yaml" })).toThrow(/^p\.yaml:\d+:\d+: this is not YAML$/);
  });

  test("and what could be read, in this file and others, is looked at all the same", () => {
    const wrong = ingress(path("/a.B/C"));
    const report = lintPolicies(
      [
        { file: "bad.yaml", text: `${wrong}---\n${broken}` },
        { file: "other.yaml", text: wrong },
      ],
      null,
    );
    expect(report.faults).toHaveLength(1);
    const places = report.findings.filter(({ rule }) => rule === "unescaped-dot").map(({ file }) => file);
    expect(places).toEqual(["bad.yaml", "other.yaml"]);
  });
});

test("no mutilated policy makes the linter throw, whatever is left of it", () => {
  const tls = "terminatingTLS: {secret: {name: a}}\noriginatingTLS: {secret: {namespace: b, name: c}}";
  const lines = [...RIGHT.trimEnd().split("\n"), "---", ...egress(`${path(RIGHT_PATH)}\n${tls}`).split("\n")];
  const words = ["", "null", "[]", "{}", "7", "true", "'('", "[[{}]]", "{a: {b: [c]}}", "- x", "*"];
  const cut = fc.record({ line: fc.nat(lines.length - 1), word: fc.constantFrom(...words), whole: fc.boolean() });
  fc.assert(
    fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), (cuts) => {
      const text = cuts.reduce((kept, { line, word, whole }) => {
        const replaced = whole ? word : (kept[line] ?? "").replace(/: .*$|:$/, `: ${word}`);
        return kept.with(line, replaced);
      }, lines);
      expect(() => lintPolicies([{ file: "p.yaml", text: text.join("\n") }], null)).not.toThrow();
    }),
    { seed: 5, numRuns: 300 },
  );
});

test("hundreds of policies are looked at in reasonable time, each against all others", () => {
  const many = Array.from({ length: 400 }, (_, i) => RIGHT.replaceAll("payments", `payments${i}`)).join("---\n");
  const { policies, findings } = lintPolicies([{ file: "p.yaml", text: many }], null);
  expect(policies).toHaveLength(400);
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
});

const policies = join(packageRoot, "../shared/cilium/policies");

/** [file, findings with no release given]; the notes on health checks and reflection are left out. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "article-invalid.yaml": ["19:9 error grpc-parser"],
  "default-deny-off.yaml": ["10:3 info field-not-yet", "22:11 info allows-everything"],
  "deny.yaml": [],
  "l4.yaml": [],
  "l7-egress-plain.yaml": [],
  "l7-hdr.yaml": [],
  "l7-plain.yaml": [],
  "l7-tls-egress.yaml": [],
  "l7-tls-ingress.yaml": ["18:7 info tls-on-ingress", "37:7 info tls-on-ingress"],
  "l7-tls-sni.yaml": [],
  "l7-visibility.yaml": ["22:11 info allows-everything"],
  "mutual-auth.yaml": ["14:5 info mutual-authentication"],
  "sni-only.yaml": [],
  "tls-no-l7.yaml": ["18:7 warning tls-without-rules", "18:7 info tls-on-ingress"],
};

describe("the shared policies", onlyWhere(existsSync(policies), "../shared is not beside this checkout"), () => {
  test("are all known here", () => {
    expect(readdirSync(policies).sort()).toEqual(Object.keys(EXPECTED));
  });

  test.each(Object.entries(EXPECTED))("%s", (file, expected) => {
    expect(found(readFileSync(join(policies, file), "utf8"))).toEqual(expected);
  });

  test("the article's corrected form is clean and allows what the article meant to allow", () => {
    const text = readFileSync(join(policies, "article-invalid.yaml"), "utf8");
    const [linted] = lintPolicies([{ file: "article", text }], null).policies;
    expect(linted?.corrected).toContain(String.raw`path: ^/payments\.Payments/(ProcessPayment|GetPaymentStatus)$`);
    expect(found(linted?.corrected ?? "")).toEqual([]);
  });
});
