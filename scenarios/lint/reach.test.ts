import { describe, expect, test } from "vitest";
import { lintPolicy } from "./lint-policy.js";
import { egress, found, http, ingress, path, PORTS, RIGHT_PATH } from "./policy-text.test-helper.js";

describe("DNS beside an egress policy", () => {
  const right = egress(path(RIGHT_PATH));
  const without = right.slice(0, right.lastIndexOf("  - toEndpoints"));

  test("missing, it is a warning where egress begins", () => {
    expect(found(right)).toEqual([]);
    expect(found(without)).toEqual(["9:3 warning no-dns"]);
  });

  test("another policy for the same pods may allow it", () => {
    const dns = egress(`ports: [{port: "53", protocol: UDP}]`).replace("name: gateway", "name: dns");
    expect(found(`${without}---\n${dns}`)).toEqual([]);
    expect(found(`${without}---\n${dns.replace("app: api-gateway", "app: other")}`)).toEqual(["9:3 warning no-dns"]);
  });

  test("a rule without ports helps only if its peers may be DNS servers", () => {
    const rule = (peers: string): string => `${without}  - ${peers}\n`;
    expect(found(rule("toEntities: [cluster]"))).toEqual([]);
    expect(found(rule("toEndpoints: [{matchLabels: {k8s-app: kube-dns}}]"))).toEqual([]);
    expect(found(rule("toEndpoints: [{matchLabels: {app: ledger}}]"))).toEqual(["9:3 warning no-dns"]);
  });

  test("egress that stays open by enableDefaultDeny needs none", () => {
    expect(found(without.replace("spec:", "spec:\n  enableDefaultDeny: {egress: false}"), "1.20")).toEqual([]);
  });

  test("an ingress policy needs none", () => {
    expect(found(ingress(PORTS))).toEqual([]);
  });
});

describe("health checks and reflection", () => {
  const notes = (text: string): string[] =>
    lintPolicy(text, { file: "p.yaml" })
      .filter(({ rule }) => rule === "tools-refused")
      .map(({ message }) => message);

  test("are named once per policy when no rule allows them", () => {
    expect(notes(ingress(path(RIGHT_PATH)))).toEqual([
      "gRPC health checks and server reflection: allowed to no caller here",
    ]);
  });

  test("what a rule allows is not named", () => {
    const health = String.raw`{method: POST, path: '/grpc\.health\.v1\.Health/Check'}`;
    const reflection = String.raw`{method: POST, path: '/grpc\.reflection\.v1\.ServerReflection/ServerReflectionInfo'}`;
    const real = `{method: POST, path: '${RIGHT_PATH}'}`;
    expect(notes(ingress(http(real, health)))).toEqual(["server reflection: allowed to no caller here"]);
    expect(notes(ingress(http(real, health, reflection)))).toEqual([]);
    expect(notes(ingress(http(real, "{}")))).toEqual([]);
  });

  test("egress policies and L4 rules are left in peace", () => {
    expect(notes(egress(path(RIGHT_PATH)))).toEqual([]);
    expect(notes(ingress(PORTS))).toEqual([]);
  });
});

test("mutual authentication is a note, and a warning from 1.19 on", () => {
  const text = ingress(PORTS).replace("    toPorts:", "    authentication: {mode: required}\n    toPorts:");
  expect(found(text)).toEqual(["12:5 info mutual-authentication"]);
  expect(found(text, "1.18")).toEqual(["12:5 info mutual-authentication"]);
  expect(found(text, "1.19")).toEqual(["12:5 warning mutual-authentication"]);
  expect(found(text.replace("required", "disabled"))).toEqual([]);
});
