import { afterEach, describe, expect, test, vi } from "vitest";
import { answersAfter, ScriptedTransport, type ScriptedPeer } from "./testing/scripted-transport.js";
import { SOME_PLAN, SOME_TARGET } from "./testing/virtual-trial.js";
import { VirtualWorld } from "./testing/virtual-world.js";
import type { LoadPlan } from "./load-plan.js";
import { ns } from "./units.js";
import { LoadWorker } from "./worker.js";
import type { FromWorker, LoadOrder, ToWorker } from "./worker-protocol.js";

const order: LoadOrder = { transport: "lean", plan: SOME_PLAN, targets: { anyone: SOME_TARGET } };

class Conversation {
  readonly world = new VirtualWorld();
  readonly said: FromWorker[] = [];
  readonly transport: ScriptedTransport;
  readonly worker: LoadWorker;
  #told: () => void = () => undefined;

  constructor(peer: ScriptedPeer) {
    this.transport = new ScriptedTransport(this.world, peer);
    const load = () => Promise.resolve(this.transport);
    this.worker = new LoadWorker({
      say: (message) => {
        this.said.push(message);
        this.#told();
      },
      transports: { lean: load, "grpc-js": load },
      outside: this.world,
    });
  }

  tell(message: Exclude<ToWorker, { kind: "stop" }>): void {
    this.worker.hear(message);
  }

  prepare(plan: Partial<LoadPlan> = {}): void {
    this.tell({ kind: "prepare", order: { ...order, plan: { ...SOME_PLAN, ...plan } }, worker: 0, workers: 1 });
  }

  /** Lets time pass until the worker says this. */
  async hear(kind: FromWorker["kind"]): Promise<FromWorker> {
    const found = (): FromWorker | undefined => this.said.find((message) => message.kind === kind);
    await this.world.until(
      new Promise<void>((resolve) => {
        this.#told = () => found() !== undefined && resolve();
        this.#told();
      }),
    );
    return found() as FromWorker;
  }

  get kinds(): string[] {
    return this.said.map((message) => message.kind);
  }

  go(): void {
    this.tell({ kind: "go", startAtNs: ns(this.world.clock() + 50e6) });
  }
}

describe("a load worker", () => {
  test("prepares, waits for go, drives its window and is ready for the next order", async () => {
    const talk = new Conversation({ script: answersAfter(1_000) });
    for (const round of [1, 2]) {
      talk.said.length = 0;
      talk.prepare();
      await talk.hear("ready");
      talk.go();
      const done = await talk.hear("done");
      expect(talk.kinds).toEqual([
        "ready",
        "window-opened",
        "interval",
        "interval",
        "interval",
        "interval",
        "window-closed",
        "done",
      ]);
      expect(done).toMatchObject({ measurement: { books: { sent: 100, ok: 100 } } });
      // New connections for each trial.
      expect(talk.transport.connections).toHaveLength(2 * round);
      expect(talk.transport.open).toHaveLength(0);
    }
  });

  test("says why a target can't be reached, and can be prepared anew", async () => {
    let refuseFrom = 0;
    const talk = new Conversation({
      script: answersAfter(1_000),
      get refuseFrom() {
        return refuseFrom;
      },
    });
    talk.prepare();
    expect(await talk.hear("failed")).toMatchObject({ fault: { fact: "127.0.0.1:50051 refused the connection" } });
    refuseFrom = Infinity;
    talk.said.length = 0;
    talk.prepare();
    await talk.hear("ready");
  });

  test("fails the order when it is cancelled before its window opens, and leaves nothing open", async () => {
    const talk = new Conversation({ script: answersAfter(1_000) });
    talk.prepare();
    await talk.hear("ready");
    talk.tell({ kind: "cancel" });
    expect(await talk.hear("failed")).toMatchObject({ fault: { fact: expect.stringContaining("cancelled") } });
    talk.tell({ kind: "quiet" });
    await talk.hear("quiet");
    expect(talk.transport.open).toHaveLength(0);
  });

  test("reports what it has when it is cancelled in its window", async () => {
    const talk = new Conversation({ script: answersAfter(1_000) });
    talk.prepare();
    await talk.hear("ready");
    talk.go();
    await talk.hear("interval");
    talk.tell({ kind: "cancel" });
    const done = await talk.hear("done");
    expect(done).toMatchObject({ measurement: { books: { sent: 26 } } });
  });

  test("drops everything when it shall be quiet, and what it drops never speaks again", async () => {
    const talk = new Conversation({ script: answersAfter(1_000) });
    talk.prepare();
    await talk.hear("ready");
    talk.go();
    await talk.hear("window-opened");
    talk.tell({ kind: "quiet" });
    await talk.hear("quiet");
    const before = talk.said.length;
    expect(talk.transport.open).toHaveLength(0);
    await talk.world.until(talk.world.wait(ns(500e6)));
    expect(talk.said).toHaveLength(before);
    talk.said.length = 0;
    talk.prepare();
    await talk.hear("ready");
  });

  test("may be dropped while it connects", async () => {
    const talk = new Conversation({ script: answersAfter(1_000) });
    talk.prepare();
    talk.tell({ kind: "quiet" });
    await talk.hear("quiet");
    await talk.world.until(talk.world.wait(ns(500e6)));
    expect(talk.kinds).toEqual(["quiet"]);
    expect(talk.transport.open).toHaveLength(0);
  });

  test("is quiet at once when it has nothing to do", async () => {
    const talk = new Conversation({ script: answersAfter(1_000) });
    talk.tell({ kind: "quiet" });
    expect(await talk.hear("quiet")).toEqual({ kind: "quiet" });
  });

  test("tells a bug of its own as what it is", async () => {
    const talk = new Conversation({
      script: () => {
        throw new Error("a broken script");
      },
    });
    talk.prepare();
    const failed = await talk.hear("failed");
    expect(failed).toMatchObject({
      fault: { fact: expect.stringContaining("bug"), seen: expect.stringContaining("a broken script") },
    });
  });
});

describe("garbage is collected before a window, while nothing is due", () => {
  afterEach(() => vi.unstubAllGlobals());

  test.each<[string, Partial<LoadPlan>, unknown[]]>([
    ["the young, which is quick, where connections stay", {}, [[{ type: "minor" }]]],
    [
      "the old as well, where each call leaves a connection behind",
      { loop: { kind: "closed", inFlight: 1, connectionPerCall: true } },
      [[]],
    ],
  ])("%s", async (_, plan, expected) => {
    const gc = vi.fn();
    vi.stubGlobal("gc", gc);
    const talk = new Conversation({ script: answersAfter(1_000) });
    talk.prepare(plan);
    await talk.hear("ready");
    expect(gc.mock.calls).toEqual(expected);
  });
});
