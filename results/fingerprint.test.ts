import { expect, test } from "vitest";
import { diffFingerprints, fingerprintDigest, fingerprintGroup } from "./fingerprint.js";

test("a difference lists what changed, came and went, by group in the order of an upgrade", () => {
  const before = {
    "cpu.model": "A",
    "envoy.version": "1.36.4",
    "cilium.version": "1.19.3",
    "kernel.release": "6.1",
    gone: "x",
  };
  const after = {
    "cpu.model": "A",
    "envoy.version": "1.37.0",
    "cilium.version": "1.20.0",
    "cilium.config.bpf-lb": "maglev",
    "kernel.release": "6.2",
  };
  expect(diffFingerprints(before, after)).toEqual([
    { group: "Cilium", key: "cilium.version", before: "1.19.3", after: "1.20.0" },
    { group: "Envoy", key: "envoy.version", before: "1.36.4", after: "1.37.0" },
    { group: "configuration", key: "cilium.config.bpf-lb", before: null, after: "maglev" },
    { group: "kernel", key: "kernel.release", before: "6.1", after: "6.2" },
    { group: "other", key: "gone", before: "x", after: null },
  ]);
});

test("equal fingerprints have no difference and one digest, whatever the order of their facts", () => {
  const one = { b: "2", a: "1" };
  const same = { a: "1", b: "2" };
  expect(diffFingerprints(one, same)).toEqual([]);
  expect(fingerprintDigest(one)).toBe(fingerprintDigest(same));
  expect(fingerprintDigest(one)).toMatch(/^[0-9a-f]{12}$/);
  expect(fingerprintDigest({ ...one, a: "3" })).not.toBe(fingerprintDigest(one));
});

test("a key belongs to the group of its longest known beginning, and is kept apart where there is none", () => {
  const groups = Object.fromEntries(
    ["envoy", "envoy@1.36.4.sha256", "lab.policy.sha256", "lab.rootless", "cpu.governor", "node", "weather"].map(
      (key) => [key, fingerprintGroup(key)],
    ),
  );
  expect(groups).toEqual({
    envoy: "Envoy",
    "envoy@1.36.4.sha256": "Envoy",
    "lab.policy.sha256": "policies",
    "lab.rootless": "configuration",
    "cpu.governor": "machine",
    node: "tollgate",
    weather: "other",
  });
});
