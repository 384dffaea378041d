import fc from "fast-check";
import { expect, test } from "vitest";
import { resourcePath } from "../proto/package-root.js";
import { findField } from "./protobuf-fields.js";
import { findMethod, loadProto } from "./protobuf.js";

const services = loadProto(resourcePath("proto/payments.proto"));
const refund = findMethod(services, "payments.Payments/IssueRefund");

function textOf(message: Buffer, number: number): string | null {
  const field = findField(message, 0, message.length, number);
  if (field === null || field === "malformed") return field;
  return message.toString("utf8", field.start, field.end);
}

test("a field is found among those around it", () => {
  const message = refund.requestSerialize({
    idempotency_key: "key",
    payment_id: "pay_1",
    amount: { minor_units: "9007199254740993", currency: "EUR" },
    reason: "duplicate",
  });
  expect([1, 2, 4, 5].map((number) => textOf(message, number))).toEqual(["key", "pay_1", "duplicate", null]);
  const status = findMethod(services, "payments.Payments/GetPaymentStatus");
  const answer = status.responseSerialize({ payment_id: "p", status: 2, updated_at_unix_ms: "-1" });
  expect([1, 2, 4].map((number) => textOf(answer, number))).toEqual(["p", null, null]);
});

test("fixed-width fields are passed over, and the last of several counts", () => {
  const message = Buffer.from([
    ...[0x09, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[0x15, 1, 2, 3, 4],
    ...[0x1a, 1, 0x61, 0x1a, 2, 0x62, 0x63],
  ]);
  expect(textOf(message, 3)).toBe("bc");
  expect(textOf(message, 1)).toBeNull();
});

test.each([
  ["a length beyond the end", [0x0a, 5, 0x61]],
  ["a tag that is cut off", [0x80]],
  ["field number 0", [0x02, 0]],
  ["a group", [0x0b, 0x0c]],
  ["a fixed64 that is cut off", [0x09, 1, 2]],
  ["a varint of eleven bytes", [0x08, ...new Array<number>(11).fill(0xff), 0]],
])("%s is malformed", (_name, bytes) => {
  expect(findField(Buffer.from(bytes), 0, bytes.length, 1)).toBe("malformed");
});

test("whatever comes, the answer lies within the message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (bytes, number) => {
      const field = findField(Buffer.from(bytes), 0, bytes.length, number);
      if (field === null || field === "malformed") return;
      expect(field.start).toBeGreaterThan(1);
      expect(field.end).toBeGreaterThanOrEqual(field.start);
      expect(field.end).toBeLessThanOrEqual(bytes.length);
    }),
  );
});
