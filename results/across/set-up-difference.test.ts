import { describe, expect, test } from "vitest";
import { setUpDifference } from "./set-up-difference.js";

const facts = { "envoy.version": "1.36.4", "kernel.release": "6.1.0", "cpu.model": "A", "cilium.config.bpf-lb": "on" };

describe("what differs between two set-ups", () => {
  test("is listed in full, by groups", () => {
    const { groups } = setUpDifference(facts, {
      ...facts,
      "envoy.version": "1.37.0",
      "envoy.sha256": "ab",
      "cilium.config.bpf-lb": "off",
    });
    expect(groups.map(({ group, changes }) => [group, changes.map(({ key }) => key)])).toEqual([
      ["Envoy", ["envoy.sha256", "envoy.version"]],
      ["configuration", ["cilium.config.bpf-lb"]],
    ]);
  });

  test("may be the cause where it is one thing only, and still is not said to be it", () => {
    const { cause } = setUpDifference(facts, { ...facts, "envoy.version": "1.37.0", "envoy.sha256": "ab" });
    expect(cause).toMatch(/Only one group of facts differs, Envoy: a change may come from it/);
  });

  test("names no cause where two things differ, but names both", () => {
    const { cause } = setUpDifference(facts, { ...facts, "envoy.version": "1.37.0", "kernel.release": "6.6.0" });
    expect(cause).toBe("No cause can be named: Envoy and kernel differ at once.");
  });

  test("is nothing where nothing does", () => {
    expect(setUpDifference(facts, { ...facts })).toMatchObject({ groups: [], cause: expect.stringMatching(/chance/) });
  });
});
