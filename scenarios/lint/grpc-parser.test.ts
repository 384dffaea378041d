import { describe, expect, test } from "vitest";
import { findings, found, ingress, path, PORTS, RIGHT_PATH } from "./policy-text.test-helper.js";

const ARTICLE = ingress(
  `${PORTS}\nrules:\n  l7proto: grpc\n  l7:\n  - method: /payments.Payments/ProcessPayment\n  - method: GetPaymentStatus`,
);

test("l7proto: grpc is an error where it stands, and a bare method name another", () => {
  expect(found(ARTICLE)).toEqual(["15:9 error grpc-parser", "18:19 error bare-method"]);
});

test("HTTP rules are no such error", () => {
  expect(found(ingress(path(RIGHT_PATH)))).toEqual([]);
});

test("l7 rules without l7proto, and Kafka rules, judge no gRPC call either", () => {
  expect(found(ingress(`${PORTS}\nrules:\n  l7: [{method: /a.B/C}]`))).toEqual(["15:9 error grpc-parser"]);
  expect(found(ingress(`${PORTS}\nrules:\n  kafka: [{topic: t}]`))).toEqual(["15:9 error kafka-rules"]);
});

test("a parser for another protocol is named as such", () => {
  const [finding] = findings(ingress(`${PORTS}\nrules:\n  l7proto: cassandra\n  l7: [{query_action: select}]`));
  expect(finding?.message).toContain("l7proto: cassandra is a parser for another protocol");
});

describe("the explanation follows the release", () => {
  const because = (cilium?: string): string => findings(ARTICLE, cilium)[0]?.because.join("\n") ?? "";

  test("without a release both ends are told: broken up to 1.19, rejected from 1.20 on", () => {
    expect(because()).toContain("Cilium up to 1.19 accepts it");
    expect(because()).toContain("From 1.20 on the API server rejects it");
  });

  test("on 1.18.4 it names that release, on 1.20 it does not speak of broken calls", () => {
    expect(because("1.18.4")).toContain("Cilium 1.18.4 accepts it");
    expect(because("1.20")).not.toContain("accepts it");
    expect(because("1.20")).toContain("rejects it");
  });
});
