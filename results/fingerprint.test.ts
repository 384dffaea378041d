import { describe, expect, test } from "vitest";
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

describe("a setting of Cilium that differs between two releases", () => {
  const groupOf = (setting: string, before: string | null, after: string | null, releases = ["1.18.4", "1.19.6"]) => {
    const side = (release: string | undefined, value: string | null) => ({
      cilium: release ?? "",
      ...(value === null ? {} : { [`cilium.config.${setting}`]: value }),
    });
    const changes = diffFingerprints(side(releases[0], before), side(releases[1], after));
    return changes.find(({ key }) => key.startsWith("cilium.config."))?.group;
  };

  test("belongs to the upgrade where only one of the two knows it, also on the way down", () => {
    expect(groupOf("policy-deny-response", null, "none")).toBe("Cilium");
    expect(groupOf("enable-svc-source-range-check", "true", null)).toBe("Cilium");
    expect(groupOf("policy-deny-response", "none", null, ["1.19.6", "1.18.4"])).toBe("Cilium");
  });

  test("belongs to the upgrade where the default changed, and is a second cause where the value is another", () => {
    expect(groupOf("mesh-auth-enabled", "true", "false")).toBe("Cilium");
    expect(groupOf("mesh-auth-enabled", "false", "true")).toBe("configuration");
  });

  test("is a second cause where both know it and somebody set it, or nothing is known of one of them", () => {
    expect(groupOf("enable-bbr", null, "true")).toBe("configuration");
    expect(groupOf("policy-deny-response", null, "none", ["1.19.5", "1.19.6"])).toBe("configuration");
    expect(groupOf("policy-deny-response", null, "none", ["1.19.6", "1.19.6"])).toBe("configuration");
    expect(groupOf("a-key-nobody-knows", null, "yes", ["1.20.0", "1.21.0"])).toBe("configuration");
  });

  test("is a second cause where it switches encryption on, whichever release brought it", () => {
    expect(groupOf("enable-ztunnel", null, "true")).toBe("configuration");
    expect(groupOf("enable-wireguard", null, "true")).toBe("configuration");
    expect(groupOf("enable-encryption-strict-mode-egress", null, "false")).toBe("Cilium");
  });
});
