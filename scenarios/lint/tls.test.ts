import { describe, expect, test } from "vitest";
import { egress, found, ingress, path, PORTS, RIGHT_PATH } from "./policy-text.test-helper.js";

const TERMINATING = "terminatingTLS: {secret: {namespace: bench, name: intercept}}";
const ORIGINATING = "originatingTLS: {secret: {namespace: bench, name: upstream-ca}}";
const intercepted = (...lines: readonly string[]): string => egress([path(RIGHT_PATH), ...lines].join("\n"));

test("both contexts with their namespaces are right", () => {
  expect(found(intercepted(TERMINATING, ORIGINATING))).toEqual([]);
});

test("one context without the other is an error, either way", () => {
  expect(found(intercepted(TERMINATING))).toEqual(["17:7 error tls-one-context"]);
  expect(found(intercepted(ORIGINATING))).toEqual(["17:7 error tls-one-context"]);
});

describe("the secret's namespace", () => {
  const text = intercepted("terminatingTLS: {secret: {name: intercept}}", ORIGINATING);

  test("missing is doubtful in a namespaced policy, wrong in a clusterwide one", () => {
    expect(found(text)).toEqual(["17:32 warning tls-secret-namespace"]);
    expect(found(text.replace("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"))).toEqual([
      "17:32 error tls-secret-namespace",
    ]);
  });
});

describe("a CA on the terminating side, before 1.16", () => {
  const named = intercepted(
    "terminatingTLS: {trustedCA: ca.crt, secret: {namespace: bench, name: intercept}}",
    ORIGINATING,
  );

  test("is seen where trustedCA names it", () => {
    expect(found(named)).toEqual(["17:24 warning tls-terminating-ca"]);
    expect(found(named, "1.15.19")).toEqual(["17:24 error tls-terminating-ca"]);
    expect(found(named, "1.16.0")).toEqual([]);
  });

  test("and where the Secret beside the policy holds it", () => {
    const secret = `---
apiVersion: v1
kind: Secret
metadata: {name: intercept, namespace: bench}
data: {tls.crt: YQ==, tls.key: YQ==, ca.crt: YQ==}
`;
    const text = intercepted(TERMINATING, ORIGINATING) + secret;
    expect(found(text, "1.15")).toEqual(["17:23 error tls-terminating-ca"]);
    expect(found(text.replace(", ca.crt: YQ==", ""), "1.15")).toEqual([]);
  });
});

test("a Secret beside the policy that lacks what its context needs is an error at the Secret", () => {
  const secrets = `---
apiVersion: v1
kind: Secret
metadata: {name: intercept, namespace: bench}
stringData: {tls.crt: a}
---
apiVersion: v1
kind: Secret
metadata: {name: upstream-ca, namespace: bench}
stringData: {ca.crt: a}
`;
  expect(found(intercepted(TERMINATING, ORIGINATING) + secrets)).toEqual(["24:1 error tls-secret-keys"]);
});

test("TLS without rules judges nothing and offers no ALPN upstream", () => {
  expect(found(egress([PORTS, TERMINATING, ORIGINATING].join("\n")))).toEqual(["14:7 warning tls-without-rules"]);
});

test("interception on ingress is worth a note, since upstream tests egress alone", () => {
  const text = ingress([path(RIGHT_PATH), TERMINATING, ORIGINATING].join("\n"));
  expect(found(text)).toEqual(["17:7 info tls-on-ingress"]);
});

test("a client certificate on the originating side is never shown", () => {
  const text = intercepted(TERMINATING, "originatingTLS: {certificate: tls.crt, secret: {namespace: bench, name: ca}}");
  expect(found(text)).toEqual(["18:24 warning tls-client-certificate"]);
});

describe("wildcards in serverNames", () => {
  const names = (name: string): string => egress(`${PORTS}\nserverNames: ["${name}"]`);

  test("leading ones exist since 1.18, others since 1.20", () => {
    expect(found(names("*.bench.svc"), "1.17")).toEqual(["14:21 error sni-wildcard"]);
    expect(found(names("**.svc"), "1.18")).toEqual([]);
    expect(found(names("pay*.svc"), "1.19")).toEqual(["14:21 error sni-wildcard"]);
    expect(found(names("pay*.svc"), "1.20")).toEqual([]);
    expect(found(names("*.svc"))).toEqual(["14:21 info sni-wildcard"]);
  });

  test("a whole name is right everywhere", () => {
    expect(found(names("payments.bench.svc"), "1.14")).toEqual([]);
  });
});
