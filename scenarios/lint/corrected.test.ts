import { describe, expect, test } from "vitest";
import { lintPolicies } from "./lint-policy.js";
import { found, http, ingress, path, PORTS, RIGHT_PATH } from "./policy-text.test-helper.js";

const corrected = (text: string): string | null =>
  lintPolicies([{ file: "p.yaml", text }], null).policies[0]?.corrected ?? null;

describe("the corrected form", () => {
  test("joins the methods of a service and is clean itself", () => {
    const text = ingress(
      `${PORTS}\nrules:\n  l7proto: grpc\n  l7:\n  - method: /payments.Payments/ProcessPayment\n  - method: payments.Payments/GetPaymentStatus\n  - method: /ledger.Ledger/Post`,
    );
    const form = corrected(text) ?? "";
    expect(form).toContain(String.raw`path: ^/payments\.Payments/(ProcessPayment|GetPaymentStatus)$`);
    expect(form).toContain(String.raw`path: ^/ledger\.Ledger/Post$`);
    expect(form).not.toContain("l7proto");
    expect(found(form)).toEqual([]);
  });

  test("leaves a gap to fill where the service is not named", () => {
    expect(corrected(ingress(`${PORTS}\nrules:\n  l7proto: grpc\n  l7: [{method: ProcessPayment}]`))).toContain(
      String.raw`path: ^/your\.package\.Service/ProcessPayment$`,
    );
  });

  test.each([
    ["dots", path("/payments.Payments/ProcessPayment")],
    ["the slash", path(String.raw`payments\.Payments/ProcessPayment`)],
    ["the protocol", path(RIGHT_PATH).replace(", protocol: TCP", "")],
    ["a bare number as port", path(RIGHT_PATH).replace('"50051"', "50051")],
    ["the HTTP method", http(`{method: post, path: '${RIGHT_PATH}'}`)],
    ["a gRPC method as HTTP method", http("{method: /payments.Payments/ProcessPayment}")],
  ])("mends %s, and nothing is left to find", (_title, entry) => {
    expect(found(ingress(entry))).not.toEqual([]);
    const form = corrected(ingress(entry)) ?? "";
    expect(form).toContain("kind: CiliumNetworkPolicy");
    expect(found(form)).toEqual([]);
  });

  test("is null for a right policy, and the order of its keys does not matter", () => {
    expect(corrected(ingress(path(RIGHT_PATH)))).toBeNull();
    expect(corrected(ingress(http(`{headerMatches: [{name: x-tenant, value: a}], path: '${RIGHT_PATH}'}`)))).toBeNull();
  });

  test("never guesses at what RE2 refuses", () => {
    expect(corrected(ingress(path(String.raw`/a\.B/(?!C).*`)))).toBeNull();
  });
});
