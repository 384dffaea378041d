import { expect, test } from "vitest";
import { nearestWord } from "./nearest-word.js";

test("a swap of neighbours is one slip, like a missing, a wrong or an extra letter", () => {
  expect(nearestWord("tsl", ["tls"])).toBe("tls");
  expect(nearestWord("toPort", ["toPorts"])).toBe("toPorts");
  expect(nearestWord("l7-visiblity", ["l7", "l7-visibility", "l7-tls"])).toBe("l7-visibility");
});

test("the case of a word does not matter", () => {
  expect(nearestWord("PROCESSPAYMENT", ["ProcessPayment", "IssueRefund"])).toBe("ProcessPayment");
});

test("the nearer of two is named", () => {
  expect(nearestWord("l7-tl", ["l7-tls", "l7"])).toBe("l7-tls");
});

test("a word that resembles nothing gets no suggestion", () => {
  expect(nearestWord("kubernetes", ["l7", "tls", "no-policy"])).toBeNull();
  expect(nearestWord("abc", ["xyz"])).toBeNull();
});
