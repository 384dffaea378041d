import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { Fault } from "./fault.js";
import { ms, ns, seconds } from "./units.js";
import { WorkerProcess } from "./worker-process.js";

class FakeChild extends EventEmitter {
  readonly pid = 4711;
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly killedBy: string[] = [];

  kill(signal: string): void {
    this.killedBy.push(signal);
    this.emit("close", null, signal);
  }

  say(text: string): void {
    this.stdout.write(text);
  }

  get told(): string {
    return String(this.stdin.read() ?? "");
  }
}

function start(): { readonly child: FakeChild; readonly worker: WorkerProcess } {
  const child = new FakeChild();
  return { child, worker: new WorkerProcess(child, 3) };
}

const HELLO = `{"kind":"hello","pid":1,"timeNs":5,"cpus":[0]}\n`;

describe("a worker process", () => {
  test("is heard line by line, wherever the pipe cuts", async () => {
    const { child, worker } = start();
    const events: string[] = [];
    worker.onEvent = (message) => events.push(message.kind);
    const hello = worker.expect("hello", seconds(5));
    child.say(`{"kind":"window-opened","atNs":1}\n${HELLO.slice(0, 20)}`);
    child.say(HELLO.slice(20));
    expect(await hello).toMatchObject({ pid: 1, timeNs: 5 });
    expect(events).toEqual(["window-opened"]);
  });

  test("is told one line per order", () => {
    const { child, worker } = start();
    worker.tell({ kind: "go", startAtNs: ns(7) });
    worker.tell({ kind: "cancel" });
    expect(child.told).toBe(`{"kind":"go","startAtNs":7}\n{"kind":"cancel"}\n`);
  });

  test("that reports a fault ends what is awaited with that fault", async () => {
    const { child, worker } = start();
    const ready = worker.expect("ready", seconds(5));
    child.say(`{"kind":"failed","fault":{"fact":"10.0.0.1:1 refused the connection"}}\n`);
    await expect(ready).rejects.toThrow("10.0.0.1:1 refused the connection");
    expect(worker.alive).toBe(true);
  });

  test("that dies ends what is awaited, and all that will be, with how it died and what it said last", async () => {
    const { child, worker } = start();
    const done = worker.expect("done", seconds(5));
    child.stderr.write("FATAL ERROR: heap out of memory");
    await new Promise(setImmediate);
    child.emit("close", null, "SIGABRT");
    const fault: unknown = await done.catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Fault);
    expect((fault as Fault).text).toMatchObject({
      fact: "load worker 3 (pid 4711) was ended by SIGABRT",
      seen: "FATAL ERROR: heap out of memory",
    });
    await expect(worker.expect("hello", seconds(5))).rejects.toBe(fault);
    expect(worker.alive).toBe(false);
  });

  test("that can't be started is dead", async () => {
    const { child, worker } = start();
    const hello = worker.expect("hello", seconds(5));
    child.emit("error", new Error("spawn taskset ENOENT"));
    await expect(hello).rejects.toThrow("could not be started: spawn taskset ENOENT");
  });

  test("that falls silent is a fault that says what was awaited", async () => {
    const { worker } = start();
    await expect(worker.expect("done", ms(20))).rejects.toThrow(`did not say "done" within 0.0 s`);
  });

  test("that says something else than its protocol is a fault that shows it", async () => {
    const { child, worker } = start();
    const hello = worker.expect("hello", seconds(5));
    child.say("Segmentation fault\n");
    await expect(hello).rejects.toMatchObject({ text: { seen: "Segmentation fault" } });
  });

  test("that is being quietened may still report the end of what was dropped", async () => {
    const { child, worker } = start();
    const quiet = worker.expect("quiet", seconds(5));
    child.say(`{"kind":"failed","fault":{"fact":"dropped"}}\n{"kind":"quiet"}\n`);
    expect(await quiet).toEqual({ kind: "quiet" });
  });

  test("is stopped politely first, and by force when it does not end", async () => {
    const { child, worker } = start();
    await worker.stop(ms(10));
    expect(child.told).toBe(`{"kind":"stop"}\n`);
    expect(child.killedBy).toEqual(["SIGKILL"]);
    const polite = start();
    polite.child.stdin.on("finish", () => polite.child.emit("close", 0, null));
    polite.child.stdin.resume();
    await polite.worker.stop(seconds(30));
    expect(polite.child.killedBy).toEqual([]);
  });
});
