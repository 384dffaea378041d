import { describe, expect, test } from "vitest";
import { findings, found, http, ingress, path, RIGHT_PATH } from "./policy-text.test-helper.js";

const messages = (text: string): string[] => findings(text).map(({ message }) => message);
const remedies = (text: string): string[] => findings(text).map(({ remedy }) => remedy);

describe("paths that are right", () => {
  test.each([
    RIGHT_PATH,
    `^${RIGHT_PATH}$`,
    String.raw`/payments\.Payments/ProcessPayment`,
    String.raw`/payments[.]Payments/ProcessPayment`,
    "/Greeter/SayHello",
    String.raw`/a\.B/C|/d\.E/F`,
    String.raw`(?i)/payments\.Payments/ProcessPayment`,
    String.raw`/a\.B/(?:C|D)[0-9]{1,2}`,
  ])("%s", (regex) => {
    expect(found(ingress(path(regex)))).toEqual([]);
  });
});

describe("the leading slash", () => {
  test("a path without it never matches, be it a bare method or a service and a method", () => {
    expect(found(ingress(path("ProcessPayment")))).toEqual(["16:32 error leading-slash"]);
    expect(found(ingress(path(String.raw`payments\.Payments/ProcessPayment`)))).toEqual(["16:32 error leading-slash"]);
  });

  test("alternatives that lost it to the loose | are counted", () => {
    const regex = String.raw`/payments\.Payments/ProcessPayment|GetPaymentStatus`;
    expect(found(ingress(path(regex)))).toEqual(["16:32 error leading-slash"]);
    expect(messages(ingress(path(regex)))[0]).toContain("1 of the 2 alternatives");
  });
});

describe("dots", () => {
  test("an unescaped dot is a warning that shows what else it lets through, and the escaped form", () => {
    const text = ingress(path("/payments.Payments/ProcessPayment"));
    expect(found(text)).toEqual(["16:32 warning unescaped-dot"]);
    expect(messages(text)[0]).toContain("/paymentsXPayments/ProcessPayment is allowed too");
    expect(remedies(text)[0]).toBe(String.raw`escape it: /payments\.Payments/ProcessPayment`);
  });

  test("a dot under a repetition is a wildcard on purpose", () => {
    expect(found(ingress(path(String.raw`/payments\.Payments/.*`)))).toEqual(["16:32 warning wide-path"]);
  });
});

describe("breadth", () => {
  test.each([
    [".*", "every method of every service"],
    ["/.*", "every method of every service"],
    ["/[^/]+/[^/]+", "every method of every service"],
    [String.raw`/payments\.Payments/.*`, "every method of the service"],
    [String.raw`/payments\.Payments/\w+`, "every method of the service"],
    [".*/ProcessPayment", "the method in every service"],
    [String.raw`/payments\.Payments/ProcessPayment.*`, "whose name only begins like this"],
    [String.raw`/payments\.Payments/Get.*`, "whose name only begins like this"],
  ])("%s is too wide: %s", (regex, words) => {
    expect(found(ingress(path(regex)))).toEqual(["16:32 warning wide-path"]);
    expect(messages(ingress(path(regex)))[0]).toContain(words);
  });
});

describe("paths of another shape", () => {
  test("one or three parts match no gRPC call", () => {
    expect(found(ingress(path("/ProcessPayment")))).toEqual(["16:32 error grpc-path"]);
    expect(found(ingress(path("/api/v1/payments")))).toEqual(["16:32 error grpc-path"]);
    expect(found(ingress(path("/api/v1/[a-z]+")))).toEqual(["16:32 warning grpc-path"]);
  });
});

describe("regexes that RE2 refuses", () => {
  test.each([String.raw`/a\.B/(?!IssueRefund).*`, String.raw`/a\.(B)/\1`, String.raw`/a\.B/(C`, String.raw`/a\.B/C++`])(
    "%s",
    (regex) => {
      expect(found(ingress(path(regex)))).toEqual(["16:32 error invalid-regex"]);
    },
  );

  test("in the method as well", () => {
    expect(found(ingress(http("{method: '(POST', path: '/a/b'}")))).toEqual(["16:20 error invalid-regex"]);
  });
});

describe("the HTTP method", () => {
  test("POST, a regex that allows it, or none at all will do", () => {
    for (const method of ["POST", "POST|GET", ".*", ""]) {
      expect(found(ingress(http(`{method: '${method}', path: '${RIGHT_PATH}'}`))), method).toEqual([]);
    }
    expect(found(ingress(http(`{path: '${RIGHT_PATH}'}`)))).toEqual([]);
  });

  test("anything else never matches a gRPC call, small letters included", () => {
    for (const method of ["GET", "post", "PUT|PATCH"]) {
      expect(found(ingress(http(`{method: '${method}', path: '${RIGHT_PATH}'}`))), method).toEqual([
        "16:20 error http-method",
      ]);
    }
  });

  test("a gRPC method in its place is told apart", () => {
    for (const method of ["ProcessPayment", "/payments.Payments/ProcessPayment"]) {
      const text = ingress(http(`{method: ${method}}`));
      expect(found(text), method).toEqual(["16:20 error grpc-method-in-method"]);
      expect(remedies(text)[0]).toContain("method: POST and path");
    }
  });
});

test("an empty HTTP rule allows everything: a note, since visibility is a fair wish", () => {
  expect(found(ingress(http("{}")))).toEqual(["16:11 info allows-everything"]);
});
