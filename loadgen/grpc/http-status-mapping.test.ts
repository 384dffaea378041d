import { expect, test } from "vitest";
import { H2_ERROR } from "../http2/http2-error.js";
import { statusOfHttp, statusOfReset } from "./http-status-mapping.js";
import { statusName } from "./status.js";

test.each([
  [400, "INTERNAL"],
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "UNIMPLEMENTED"],
  [429, "UNAVAILABLE"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "UNAVAILABLE"],
  [200, "UNKNOWN"],
  [500, "UNKNOWN"],
  [0, "UNKNOWN"],
])("HTTP status %i without grpc-status is %s", (http, status) => {
  expect(statusName(statusOfHttp(http))).toBe(status);
});

test.each([
  ["NO_ERROR", "INTERNAL"],
  ["PROTOCOL_ERROR", "INTERNAL"],
  ["INTERNAL_ERROR", "INTERNAL"],
  ["FLOW_CONTROL_ERROR", "INTERNAL"],
  ["SETTINGS_TIMEOUT", "INTERNAL"],
  ["STREAM_CLOSED", "INTERNAL"],
  ["FRAME_SIZE_ERROR", "INTERNAL"],
  ["REFUSED_STREAM", "UNAVAILABLE"],
  ["CANCEL", "CANCELLED"],
  ["COMPRESSION_ERROR", "INTERNAL"],
  ["CONNECT_ERROR", "INTERNAL"],
  ["ENHANCE_YOUR_CALM", "RESOURCE_EXHAUSTED"],
  ["INADEQUATE_SECURITY", "PERMISSION_DENIED"],
] as const)("a stream reset with %s is %s", (code, status) => {
  expect(statusName(statusOfReset(H2_ERROR[code]))).toBe(status);
});

test("a stream reset with a code nobody knows is INTERNAL", () => {
  expect(statusName(statusOfReset(0xdead_beef))).toBe("INTERNAL");
});
