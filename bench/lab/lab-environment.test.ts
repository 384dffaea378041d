import { describe, expect, test } from "vitest";
import { EXIT, Fault } from "../../loadgen/fault.js";
import { requireRoot } from "./lab-environment.js";

describe("without root", () => {
  test("the lab refuses and offers --rootless", () => {
    const refused = (): void => requireRoot(1000, false);
    expect(refused).toThrow(Fault);
    expect(refused).toThrow("the lab needs root");
    try {
      refused();
    } catch (error) {
      const fault = error as Fault;
      expect(fault.exitCode).toBe(EXIT.usage);
      expect(fault.text.try).toContain("--rootless");
      expect(fault.text.seen).toBe("user id 1000");
    }
  });

  test("a rootless lab does not ask for it", () => {
    expect(() => requireRoot(1000, true)).not.toThrow();
    expect(() => requireRoot(0, false)).not.toThrow();
  });
});
