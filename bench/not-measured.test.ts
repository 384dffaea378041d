import { expect, test } from "vitest";
import { notMeasuredLines, notMeasuredSentences } from "./not-measured.js";

const LACKS = new Map([
  ["l7", "this kernel has no TPROXY"],
  ["l4", "this kernel has no BPF"],
  ["l7-tls", "this kernel has no TPROXY"],
]);

test("roads that one reason keeps away stand in one sentence, in the order in which the reasons came", () => {
  expect(notMeasuredSentences(LACKS)).toEqual([
    "l7, l7-tls are not measured here: this kernel has no TPROXY",
    "l4 is not measured here: this kernel has no BPF",
  ]);
});

test("a Fault names each reason in a line of its own", () => {
  expect(notMeasuredLines(LACKS)).toBe("l7, l7-tls: this kernel has no TPROXY\nl4: this kernel has no BPF");
});

test("nothing is said where every road is measured", () => {
  expect(notMeasuredSentences(new Map())).toEqual([]);
});
