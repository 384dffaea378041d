/** Needs the compiled program: workers and server are processes of their own. */
import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { programPath } from "../proto/package-root.js";
import { now } from "./clock.js";
import { Fault } from "./fault.js";
import type { LoadPlan } from "./load-plan.js";
import type { Measurement } from "./measurement.js";
import { DEFAULT_SERVICE, type FromServer, type ServerOrder } from "./server-protocol.js";
import { readSeries, SOME_PLAN, SOME_TARGET } from "./testing/virtual-trial.js";
import type { Target } from "./transport.js";
import { ms, ns, perSecond, seconds } from "./units.js";
import type { LoadOrder } from "./worker-protocol.js";
import { defaultWorkerSpawn, WorkerPool, type LoadEvent } from "./workers.js";

const PAYMENT: LoadPlan["mix"][number] = {
  method: "ProcessPayment",
  path: "/payments.Payments/ProcessPayment",
  weight: 1,
  caller: "anyone",
  payload: { kind: "payments" },
};
const PLAN: LoadPlan = {
  ...SOME_PLAN,
  loop: { kind: "open", arrivals: { kind: "poisson", rate: perSecond(500) }, overflow: "queue" },
  mix: [PAYMENT],
  warmupNs: ms(100),
  windowNs: ms(400),
  drainNs: ms(1_000),
  timeoutNs: seconds(2),
  idle: "hybrid",
  intervalNs: ms(100),
};

let server: ChildProcess;
let target: Target;
const pools: WorkerPool[] = [];

async function startPool(count: number): Promise<WorkerPool> {
  const pool = await WorkerPool.start({ count, spawn: () => defaultWorkerSpawn({ cpus: null }) });
  pools.push(pool);
  return pool;
}

function orderTo(to: Target, plan: Partial<LoadPlan> = {}): LoadOrder {
  return { transport: "lean", plan: { ...PLAN, ...plan }, targets: { anyone: to } };
}

function expectBalancedBooks({ books }: Measurement): void {
  const failures = Object.values(books.failed).reduce((sum, count) => sum + count, 0);
  expect(books.scheduled).toBe(books.sent + books.unsent);
  expect(books.sent).toBe(books.ok + failures + books.inFlightAtEnd);
}

beforeAll(async () => {
  const order: ServerOrder = {
    transport: "lean",
    listens: [{ host: "127.0.0.1", port: 0, tls: null }],
    health: null,
    service: DEFAULT_SERVICE,
  };
  server = spawn(process.execPath, [programPath("loadgen/server-main")], { stdio: ["pipe", "pipe", "inherit"] });
  server.stdin?.write(`${JSON.stringify({ kind: "serve", order })}\n`);
  const line = await new Promise<string>((resolve) => server.stdout?.once("data", (text) => resolve(String(text))));
  const said = JSON.parse(line) as FromServer;
  if (said.kind !== "listening") throw new Error(`the server said: ${line}`);
  target = { ...SOME_TARGET, port: Number(said.addresses[0]?.split(":")[1]) };
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

afterAll(() => {
  server.kill();
});

describe("a pool of workers", () => {
  test("drives a window together as if it were one, trial after trial", async () => {
    const pool = await startPool(2);
    const events: LoadEvent[] = [];
    for (const seed of [1, 2]) {
      events.length = 0;
      const measurement = await pool.measure(orderTo(target, { seed }), { onEvent: (event) => events.push(event) });
      expectBalancedBooks(measurement);
      expect(measurement.books.ok).toBe(measurement.books.scheduled);
      expect(measurement.books.scheduled).toBeGreaterThan(100);
      expect(measurement.health.workers).toBe(2);
      expect(measurement.connections.opened).toBe(2);
      expect(readSeries(measurement, "response", "ProcessPayment")?.count).toBe(measurement.books.ok);
      const kinds = events.map((event) => event.kind);
      expect(kinds.filter((kind) => kind !== "interval")).toEqual(["ready", "window-opened", "window-closed"]);
      expect(kinds.filter((kind) => kind === "interval")).toHaveLength(4);
      expect(measurement.intervals).toHaveLength(4);
    }
  });

  test("makes the same schedule as one worker alone", async () => {
    const alone = await (await startPool(1)).measure(orderTo(target));
    const together = await (await startPool(2)).measure(orderTo(target));
    expect(together.books.scheduled).toBe(alone.books.scheduled);
    expect(together.books.totalSent).toBe(alone.books.totalSent);
  });

  test("speaks grpc-js when told to", async () => {
    const pool = await startPool(1);
    const order = { ...orderTo(target, { loop: { kind: "closed", inFlight: 2, connectionPerCall: false } }) };
    const measurement = await pool.measure({ ...order, transport: "grpc-js" });
    expectBalancedBooks(measurement);
    expect(measurement.books.ok).toBeGreaterThan(10);
  });

  test("opens a connection for each call when told to", async () => {
    const pool = await startPool(1);
    const loop = { kind: "closed" as const, inFlight: 1, connectionPerCall: true };
    const measurement = await pool.measure(orderTo(target, { loop }));
    expectBalancedBooks(measurement);
    expect(readSeries(measurement, "call", "ProcessPayment")?.count).toBe(measurement.books.ok);
    expect(measurement.connections.opened).toBe(measurement.books.totalSent);
  });

  test("says why a target can't be reached, and measures the next one", async () => {
    const pool = await startPool(2);
    await expect(pool.measure(orderTo({ ...target, port: 1 }))).rejects.toThrow(Fault);
    expect(pool.alive).toBe(true);
    expect((await pool.measure(orderTo(target))).books.ok).toBeGreaterThan(100);
  });

  test("gives up on a peer that is silent, within the time to connect", async () => {
    const silent: Server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const port = (silent.address() as { port: number }).port;
    const pool = await startPool(1);
    try {
      await expect(pool.measure(orderTo({ ...target, port, connectTimeoutNs: ms(300) }))).rejects.toThrow(Fault);
    } finally {
      silent.close();
    }
    expect((await pool.measure(orderTo(target))).books.ok).toBeGreaterThan(100);
  });

  test("returns what was measured when it is told to end, and its reason when nothing was", async () => {
    const pool = await startPool(2);
    const stop = new AbortController();
    const measurement = await pool.measure(orderTo(target, { windowNs: seconds(60) }), {
      signal: stop.signal,
      onEvent: (event) => event.kind === "interval" && stop.abort(),
    });
    expectBalancedBooks(measurement);
    expect(measurement.durationNs).toBeLessThan(30e9);
    expect(measurement.notes.join()).toContain("cancelled");
    const early = new AbortController();
    const measuring = pool.measure(orderTo(target), {
      signal: early.signal,
      onEvent: (event) => event.kind === "ready" && early.abort(new Error("interrupted")),
    });
    await expect(measuring).rejects.toThrow("interrupted");
    expect((await pool.measure(orderTo(target))).books.ok).toBeGreaterThan(100);
  });

  test("leaves it to the coordinator what Ctrl-C means, which reaches its workers too", async () => {
    const pool = await startPool(1);
    const measurement = await pool.measure(orderTo(target), {
      onEvent: (event) => event.kind === "window-opened" && process.kill(pool.pids[0] as number, "SIGINT"),
    });
    expect(measurement.intervals).toHaveLength(4);
  });

  test("voids the trial when a worker dies in its window", async () => {
    const pool = await startPool(2);
    const measuring = pool.measure(orderTo(target, { windowNs: seconds(20) }), {
      onEvent: (event) => event.kind === "window-opened" && process.kill(pool.pids[1] as number, "SIGKILL"),
    });
    await expect(measuring).rejects.toThrow(/load worker 1 .* was ended by SIGKILL/);
    expect(pool.alive).toBe(false);
    await expect(pool.measure(orderTo(target))).rejects.toThrow("was ended by SIGKILL");
  });

  test("voids the trial when a worker hangs, and ends that worker", async () => {
    const pool = await startPool(2);
    const measuring = pool.measure(orderTo(target), {
      onEvent: (event) => event.kind === "window-opened" && process.kill(pool.pids[1] as number, "SIGSTOP"),
    });
    await expect(measuring).rejects.toThrow(/load worker 1 .* did not say "done"/);
    expect(pool.alive).toBe(false);
  });

  test("fails with what a listener throws, and is ready for the next order", async () => {
    const pool = await startPool(1);
    const measuring = pool.measure(orderTo(target), {
      onEvent: (event) => {
        if (event.kind === "window-opened") throw new Error("the counters could not be read");
      },
    });
    await expect(measuring).rejects.toThrow("the counters could not be read");
    expect((await pool.measure(orderTo(target))).books.ok).toBeGreaterThan(100);
  });

  test("reports a worker that starts late", async () => {
    const pool = await startPool(1);
    const measuring = pool.measure(orderTo(target), {
      onEvent: (event) => {
        if (event.kind !== "ready") return;
        process.kill(pool.pids[0] as number, "SIGSTOP");
        setTimeout(() => process.kill(pool.pids[0] as number, "SIGCONT"), 120);
      },
    });
    expect((await measuring).health.startedLateNs).toBeGreaterThan(20e6);
  });

  test("ends its workers when it is closed, and they end when their coordinator is gone", async () => {
    const pool = await startPool(1);
    const pid = pool.pids[0] as number;
    await pool.close();
    expect(() => process.kill(pid, 0)).toThrow();
    const orphan = defaultWorkerSpawn({ cpus: null });
    const ended = new Promise((resolve) => orphan.once("close", resolve));
    orphan.stdin?.end();
    await ended;
  });

  test("pins its workers where it is told to, and says so", async () => {
    const pool = await WorkerPool.start({ count: 1, spawn: () => defaultWorkerSpawn({ cpus: "0" }) });
    pools.push(pool);
    expect((await pool.measure(orderTo(target))).health.pinnedCpus).toBe("0");
  });

  test("refuses a plan that can't be driven before anything is opened", async () => {
    const pool = await startPool(2);
    await expect(pool.measure(orderTo(target, { connections: 1 }))).rejects.toThrow("1 connections for 2 workers");
  });
});

test("clocks of two processes agree: both read CLOCK_MONOTONIC", async () => {
  const before = now();
  const child = defaultWorkerSpawn({ cpus: null });
  const hello = await new Promise<string>((resolve) => child.stdout?.once("data", (text) => resolve(String(text))));
  const after = now();
  child.stdin?.end();
  const { timeNs } = JSON.parse(hello) as { timeNs: number };
  expect(timeNs).toBeGreaterThan(before);
  expect(ns(timeNs)).toBeLessThan(after);
});
