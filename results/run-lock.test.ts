import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault, renderFault } from "../loadgen/fault.js";
import { lockRun, type LockHolder } from "./run-lock.js";

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-lock-"));
  path = join(folder, "lock");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function refusal(): Promise<string> {
  return lockRun(path).then(
    () => "taken",
    (error: unknown) => (error instanceof Fault ? renderFault(error) : `not a fault: ${String(error)}`),
  );
}

async function lockOf(change: Partial<LockHolder>): Promise<void> {
  const lock = await lockRun(path);
  const holder = JSON.parse(await readFile(path, "utf8")) as LockHolder;
  await lock.release();
  await writeFile(path, JSON.stringify({ ...holder, ...change }));
}

describe("a lock", () => {
  test("is held by one, and can be taken again once it is given back", async () => {
    const lock = await lockRun(path);
    expect(await refusal()).toContain(`process ${process.pid}`);
    await lock.release();
    await (await lockRun(path)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("given back twice does not take away another's", async () => {
    const lock = await lockRun(path);
    await lock.release();
    const other = await lockRun(path);
    await lock.release();
    expect(await readdir(folder)).toEqual(["lock"]);
    await other.release();
  });

  test("of a process that has ended is taken over", async () => {
    const child = spawn("true");
    const pid = child.pid ?? 0;
    await new Promise((resolve) => child.once("close", resolve));
    await lockOf({ pid });
    const lock = await lockRun(path);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("of a process that lives stands", async () => {
    const child = spawn("sleep", ["60"]);
    const stat = await readFile(`/proc/${child.pid ?? 0}/stat`, "utf8");
    const startedTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    await lockOf({ pid: child.pid ?? 0, startedTicks });
    const text = await refusal();
    child.kill();
    expect(text).toContain(`process ${child.pid}`);
  });

  test("of a process whose id was given out again is taken over", async () => {
    await lockOf({ startedTicks: "12" });
    expect(await refusal()).toBe("taken");
  });

  test("from before the machine was started anew is taken over", async () => {
    await lockOf({ boot: "another boot" });
    expect(await refusal()).toBe("taken");
  });

  test("that a crash tore is taken over", async () => {
    await writeFile(path, '{"pid":1');
    expect(await refusal()).toBe("taken");
  });

  test("of another machine or container cannot be judged, and stands", async () => {
    await lockOf({ host: "elsewhere" });
    expect(await refusal()).toMatch(/on elsewhere, which cannot be seen from here[^]*delete .*lock/);
    await rm(path);
    await lockOf({ pidNamespace: "pid:[1]" });
    expect(await refusal()).toMatch(/which cannot be seen from here/);
  });

  test("that ended is taken over by one of many", async () => {
    await lockOf({ boot: "another boot" });
    const outcomes = await Promise.all(Array.from({ length: 8 }, refusal));
    expect(outcomes.filter((text) => text === "taken")).toHaveLength(1);
    expect((await readdir(folder)).filter((name) => name !== "lock")).toEqual([]);
  });

  test("that is just being taken over is left alone", async () => {
    await lockOf({ boot: "another boot" });
    await writeFile(`${path}.takeover`, "1");
    expect(await refusal()).toMatch(/a process that is taking over the lock[^]*delete .*lock.takeover/);
  });
});
