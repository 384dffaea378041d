import { expect, test } from "vitest";
import { Fault } from "../loadgen/fault.js";
import { serviceTime, sizeRange } from "./service-options.js";

const readTime = serviceTime("--service-time");
const readSizes = sizeRange("--report-bytes");

test.each([
  ["none", { kind: "none" }],
  ["fixed:200us", { kind: "fixed", ns: 200_000 }],
  ["exp:1ms", { kind: "exponential", meanNs: 1_000_000 }],
  ["lognormal:1ms,0.5", { kind: "lognormal", medianNs: 1_000_000, sigma: 0.5 }],
])("the service time %s is read", (text, expected) => {
  expect(readTime(text)).toEqual(expected);
});

test.each([
  "",
  "fast",
  "none:1ms",
  "fixed",
  "fixed:200",
  "fixed:1ms,2",
  "exp:0ms",
  "lognormal:1ms",
  "lognormal:1ms,-1",
])("the service time %j is refused with its flag named", (text) => {
  expect(() => readTime(text)).toThrow(Fault);
  expect(() => readTime(text)).toThrow("--service-time");
});

test("sizes are bytes, KiB or MiB, and one size is a range of its own", () => {
  expect(readSizes("16k-64k")).toEqual({ min: 16_384, max: 65_536 });
  expect(readSizes("1m")).toEqual({ min: 1_048_576, max: 1_048_576 });
  expect(readSizes("100-2K")).toEqual({ min: 100, max: 2048 });
});

test.each(["", "0", "64k-16k", "5m", "16kb", "-4k"])("the range %j is refused", (text) => {
  expect(() => readSizes(text)).toThrow("--report-bytes");
});
