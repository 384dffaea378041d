import { describe, expect, test } from "vitest";
import { Fault } from "../loadgen/fault.js";
import { commandOutput, runCommand, startCommand } from "./shell.js";

describe("running a program", () => {
  test("yields what it printed, untouched, and its exit code", async () => {
    const result = await runCommand("sh", ["-c", "printf 'a\\n\\n'; printf b >&2; exit 3"]);
    expect(result).toEqual({ exitCode: 3, stdout: "a\n\n", stderr: "b" });
  });

  test("hands it its input and expands nothing in its arguments", async () => {
    const result = await runCommand("sh", ["-c", 'cat; printf %s "$1"', "sh", "$HOME *"], { input: "first " });
    expect(result.stdout).toBe("first $HOME *");
  });

  test("gives it only the environment it was given", async () => {
    const result = await runCommand("/usr/bin/env", [], { env: { ONLY: "this" } });
    expect(result.stdout).toBe("ONLY=this\n");
  });

  test("tells a missing program as a shell does", async () => {
    expect(await runCommand("no-such-program-here", [])).toMatchObject({
      exitCode: 127,
      stderr: "no-such-program-here: command not found",
    });
  });

  test("rejects with the reason of the signal that ended it", async () => {
    const controller = new AbortController();
    const running = runCommand("sleep", ["30"], { signal: controller.signal });
    controller.abort(new Error("Ctrl-C"));
    await expect(running).rejects.toThrow("Ctrl-C");
  });

  test("rejects when it takes longer than allowed", async () => {
    await expect(runCommand("sleep", ["30"], { timeoutMs: 20 })).rejects.toThrow("sleep did not end within 20 ms");
  });
});

describe("a program that stays", () => {
  test("is spoken to in lines and ends with its input", async () => {
    const heard: string[] = [];
    const stream = await startCommand("cat", [], {
      onLine: (line) => {
        heard.push(line);
        if (heard.length === 2) stream.closeInput();
      },
    });
    stream.send("one");
    stream.send("two");
    expect(await stream.ended).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(heard).toEqual(["one", "two"]);
  });

  test("that breaks off within a line has not said that line", async () => {
    const heard: string[] = [];
    const script = "printf 'whole\\nto'; echo 'connection reset' >&2; exit 7";
    const stream = await startCommand("sh", ["-c", script], { onLine: (line) => heard.push(line) });
    expect(await stream.ended).toEqual({ exitCode: 7, stdout: "", stderr: "connection reset\n" });
    stream.send("to nobody");
    expect(heard).toEqual(["whole"]);
  });

  test("can be killed, and must exist", async () => {
    const stream = await startCommand("sleep", ["30"], { onLine: () => undefined });
    stream.kill();
    expect((await stream.ended).exitCode).toBe(128);
    const missing = await startCommand("no-such-program-here", [], { onLine: () => undefined });
    expect((await missing.ended).exitCode).toBe(127);
  });
});

describe("a program that must succeed", () => {
  test("yields its stdout", async () => {
    expect(await commandOutput(runCommand, "echo", ["hello"])).toBe("hello\n");
  });

  test("becomes a fault with its last words when it fails", async () => {
    const failing = commandOutput(
      () => Promise.resolve({ exitCode: 2, stdout: "", stderr: "one\ntwo\n" }),
      "ip",
      ["link", "add"],
      { try: "tollgate doctor --env lab" },
    );
    const fault = await failing.then(
      () => null,
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(Fault);
    expect((fault as Fault).text).toEqual({
      fact: "ip failed with exit code 2",
      expected: "success of: ip link add",
      seen: "one\ntwo",
      try: "tollgate doctor --env lab",
    });
  });
});
