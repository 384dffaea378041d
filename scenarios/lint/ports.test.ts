import { describe, expect, test } from "vitest";
import { found, ingress, RIGHT_PATH } from "./policy-text.test-helper.js";

const RULES = `rules:\n  http: [{method: POST, path: '${RIGHT_PATH}'}]`;
const withPorts = (ports: string): string => ingress(`ports: ${ports}\n${RULES}`);

describe("protocol", () => {
  test("L7 rules need TCP written out", () => {
    expect(found(withPorts(`[{port: "50051", protocol: TCP}]`))).toEqual([]);
    expect(found(withPorts(`[{port: "50051"}]`))).toEqual(["13:16 error protocol"]);
    expect(found(withPorts(`[{port: "50051", protocol: ANY}]`))).toEqual(["13:31 error protocol"]);
    expect(found(withPorts(`[{port: "50051", protocol: UDP}]`))).toEqual(["13:31 error protocol"]);
  });

  test("an L4 rule may leave it open", () => {
    expect(found(ingress(`ports: [{port: "50051"}]`))).toEqual([]);
  });

  test("DNS rules are not bound to TCP", () => {
    expect(found(ingress(`ports: [{port: "53", protocol: ANY}]\nrules:\n  dns: [{matchPattern: "*"}]`))).toEqual([]);
  });
});

describe("port", () => {
  test("missing, zero or beyond the last one", () => {
    expect(found(withPorts("[{protocol: TCP}]"))).toEqual(["13:15 error port-missing"]);
    expect(found(withPorts("[]"))).toEqual(["13:7 error port-missing"]);
    expect(found(ingress(RULES))).toEqual(["13:7 error port-missing"]);
    expect(found(withPorts(`[{port: "0", protocol: TCP}]`))).toEqual(["13:22 error port-zero"]);
    expect(found(withPorts(`[{port: "65536", protocol: TCP}]`))).toEqual(["13:22 error port-range"]);
  });

  test("a name and, on L4, zero are allowed", () => {
    expect(found(withPorts("[{port: grpc, protocol: TCP}]"))).toEqual([]);
    expect(found(ingress(`ports: [{port: "0", protocol: TCP}]`))).toEqual([]);
  });

  test("forty in one entry, not more", () => {
    const many = (count: number): string =>
      withPorts(`[${Array.from({ length: count }, (_, i) => `{port: "${i + 1}", protocol: TCP}`).join(", ")}]`);
    expect(found(many(40))).toEqual([]);
    expect(found(many(41))).toEqual(["13:7 error too-many-ports"]);
  });
});

describe("ranges", () => {
  const range = (to: number): string => withPorts(`[{port: "50051", endPort: ${to}, protocol: TCP}]`);

  test("must not end before they begin", () => {
    expect(found(range(50_050), "1.20")).toEqual(["13:31 error port-range"]);
    expect(found(range(50_060), "1.20")).toEqual([]);
  });

  test("exist with L7 rules since 1.17, at all since 1.16", () => {
    expect(found(range(50_060), "1.16")).toEqual(["13:31 error l7-port-range"]);
    expect(found(ingress(`ports: [{port: "1", endPort: 9, protocol: TCP}]`), "1.16")).toEqual([]);
    expect(found(ingress(`ports: [{port: "1", endPort: 9, protocol: TCP}]`), "1.15")).toEqual([
      "13:27 error field-not-yet",
    ]);
    expect(found(range(50_060))).toEqual(["13:31 info field-not-yet", "13:31 info l7-port-range"]);
  });
});
