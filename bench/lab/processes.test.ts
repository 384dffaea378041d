import { describe, expect, test } from "vitest";
import { howItEnded, runProgram, startProcess } from "./processes.js";

describe("a program run to its end", () => {
  test("gets its input and yields its output", async () => {
    expect(await runProgram(["tr", "a-z", "A-Z"], "every road\n")).toBe("EVERY ROAD\n");
  });

  test("becomes a fault with its last words when it fails", async () => {
    await expect(runProgram(["sh", "-c", "echo 'RTNETLINK answers: File exists' >&2; exit 2"])).rejects.toMatchObject({
      text: { fact: "sh failed", seen: "ended with exit code 2: RTNETLINK answers: File exists" },
    });
  });

  test("may leave its input unread", async () => {
    expect(await runProgram(["true"], "x".repeat(1_000_000))).toBe("");
  });

  test("must exist", async () => {
    await expect(runProgram(["no-such-program-here"])).rejects.toThrow("no-such-program-here cannot be started");
  });
});

describe("a process that stays", () => {
  test("is spoken to in JSON lines and ends with its input", async () => {
    const heard: unknown[] = [];
    const child = await startProcess({
      name: "echo",
      command: ["cat"],
      onMessage: (message) => {
        heard.push(message);
        child.closeInput();
      },
    });
    expect(child.end).toBeNull();
    child.send({ text: "two\nlines" });
    expect(await child.ended).toEqual({ code: 0, signal: null, stderr: "" });
    expect(heard).toEqual([{ text: "two\nlines" }]);
  });

  test("tells by which signal it died, and takes messages after that without a word", async () => {
    const child = await startProcess({ name: "sleeper", command: ["sleep", "60"] });
    child.kill("SIGKILL");
    const end = await child.ended;
    child.send({ too: "late" });
    expect(child.end).toEqual(end);
    expect(howItEnded(end)).toBe("was killed by SIGKILL");
  });

  test("tells its last words", async () => {
    const child = await startProcess({ name: "failing", command: ["sh", "-c", "echo no such road >&2; exit 3"] });
    expect(howItEnded(await child.ended)).toBe("ended with exit code 3: no such road");
  });

  test("must exist", async () => {
    await expect(startProcess({ name: "none", command: ["no-such-program-here"] })).rejects.toThrow(
      "no-such-program-here cannot be started",
    );
  });
});
