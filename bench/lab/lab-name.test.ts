import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { holdLabName, labNames, standingLabs } from "./lab-name.js";

const unused = (): string => `test-${process.pid}-${process.hrtime.bigint() % 1_000_000n}`;

describe("a lab's name", () => {
  test("is held by one lab only, and is free again after it", async () => {
    const labId = unused();
    const first = await holdLabName(labId);
    expect(await standingLabs()).toContain(labId);
    await expect(holdLabName(labId)).rejects.toThrow(`a lab named "${labId}" stands on this machine already`);
    await first[Symbol.asyncDispose]();
    const second = await holdLabName(labId);
    await second[Symbol.asyncDispose]();
    expect(await standingLabs()).not.toContain(labId);
  });

  test("does not stand in the way of another name", async () => {
    await using first = await holdLabName(unused());
    await using second = await holdLabName(unused());
    expect(await standingLabs()).toEqual(expect.arrayContaining([first.labId, second.labId]));
  });

  test("goes with a process that is killed", () => {
    const labId = unused();
    const holder = `require("net").createServer().listen("\\0tollgate-lab-${labId}", () => process.kill(process.pid, "SIGKILL"))`;
    expect(() => execFileSync(process.execPath, ["-e", holder], { stdio: "ignore" })).toThrow();
    expect(labNames(readFileSync("/proc/net/unix", "utf8"))).not.toContain(labId);
  });

  test.each(["", "Two Labs", "-x", "../x", "x".repeat(32)])("cannot be %j", async (labId) => {
    await expect(holdLabName(labId)).rejects.toThrow("cannot be a lab's name");
  });
});

test("names of labs are found among all other sockets", () => {
  const listing = [
    "Num       RefCount Protocol Flags    Type St Inode Path",
    "0000000000000000: 00000002 00000000 00010000 0001 01 22135 /run/systemd/private",
    "0000000000000000: 00000002 00000000 00010000 0001 01 22136 @tollgate-lab-default",
    "0000000000000000: 00000002 00000000 00010000 0001 01 22137 @/tmp/dbus-x",
    "0000000000000000: 00000002 00000000 00010000 0001 01 22138 @tollgate-lab-two",
  ].join("\n");
  expect(labNames(listing)).toEqual(["default", "two"]);
});
