import { describe, expect, test } from "vitest";
import { supervisorEnd } from "./supervisor-link.js";

describe("how a supervisor ended", () => {
  test("by SIGKILL, which unshare cannot repeat on itself", () => {
    const stderr = "unshare: sigprocmask unblock failed: Invalid argument";
    expect(supervisorEnd({ code: 1, signal: null, stderr })).toEqual({ code: null, signal: "SIGKILL", stderr: "" });
  });

  test("by a signal that it heeded", () => {
    expect(supervisorEnd({ code: 143, signal: null, stderr: "" }).signal).toBe("SIGTERM");
    expect(supervisorEnd({ code: 129, signal: null, stderr: "" }).signal).toBe("SIGHUP");
  });

  test("by itself", () => {
    const end = { code: 1, signal: null, stderr: "SyntaxError" };
    expect(supervisorEnd(end)).toEqual(end);
  });
});
