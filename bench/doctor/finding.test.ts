import { expect, test } from "vitest";
import { fail, ok, renderFindings, warn } from "./finding.js";

test("findings are a table with the mending command below, and a verdict", () => {
  const findings = [
    ok("root", "user id 0"),
    warn("CPUs", "one", "a machine with two"),
    fail("programs", "missing: nft", "apt-get install -y nftables"),
  ];
  expect(renderFindings(findings, "the lab")).toBe(
    [
      "ok    root      user id 0",
      "warn  CPUs      one",
      "                try: a machine with two",
      "fail  programs  missing: nft",
      "                try: apt-get install -y nftables",
      "",
      "the lab cannot run here: 1 thing stands in its way",
      "",
    ].join("\n"),
  );
});

test("warnings alone do not stand in the way", () => {
  expect(renderFindings([warn("CPUs", "one", "two")], "the lab")).toContain("the lab can run here\n");
});
