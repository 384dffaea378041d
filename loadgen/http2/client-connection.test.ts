import { describe, expect, test } from "vitest";
import { ns } from "../units.js";
import { ClientConnection } from "./client-connection.js";
import { ClientScene, call, DEAF } from "./client-scene.test-helper.js";
import { PREFACE, SETTING } from "./frames.js";
import { H2_ERROR } from "./http2-error.js";
import { describeFrame, MemorySink, PlayedPeer } from "./played-peer.test-helper.js";

describe("opening", () => {
  test("sends the preface, settings without push, and a wide window; settings of the peer make it ready", () => {
    const sink = new MemorySink();
    const ready: (string | null)[] = [];
    const connection = new ClientConnection({
      sink,
      clock: () => ns(0),
      scheme: "http",
      authority: "x",
      literalHeaders: false,
      onReady: (problem) => ready.push(problem),
      listener: DEAF,
    });
    connection.open();
    const opening = sink.take();
    const peer = new PlayedPeer();
    expect(opening.subarray(0, PREFACE.length)).toEqual(PREFACE);
    expect(peer.read(opening).map(describeFrame)).toEqual(["SETTINGS", "WINDOW_UPDATE 0 +67043329"]);
    expect(peer.read(opening)[0]?.payload.subarray(0, 6)).toEqual(Buffer.from([0, SETTING.ENABLE_PUSH, 0, 0, 0, 0]));
    expect(connection.freeStreams).toBe(0);
    expect(ready).toEqual([]);

    const settings = peer.settings([[SETTING.MAX_CONCURRENT_STREAMS, 7]]);
    connection.receive(settings, settings.length);
    expect(ready).toEqual([null]);
    expect(peer.read(sink.take()).map(describeFrame)).toEqual(["SETTINGS ack"]);
    expect(connection.freeStreams).toBe(7);
  });

  test.each([
    ["HTTP/1.1 400 Bad Request\r\n\r\n", "it answers HTTP/1.1"],
    ["\x15\x03\x03\x00\x02\x02\x46", "it speaks TLS"],
  ])("a peer that says %j is recognised", (text, cause) => {
    for (const step of [1, text.length]) {
      const ready: (string | null)[] = [];
      const connection = new ClientConnection({
        sink: new MemorySink(),
        clock: () => ns(0),
        scheme: "http",
        authority: "x",
        literalHeaders: false,
        onReady: (problem) => ready.push(problem),
        listener: DEAF,
      });
      connection.open();
      const bytes = Buffer.from(text, "latin1");
      for (let at = 0; at < bytes.length; at += step) connection.receive(bytes.subarray(at, at + step), step);
      connection.lost("closed");
      expect(ready).toEqual([cause]);
    }
  });
});

describe("deadlines", () => {
  test("run out in their order, with a reset; the late answer is ignored", () => {
    const scene = new ClientScene();
    scene.start(1, { timeoutNs: ns(2_000) });
    scene.start(2, { timeoutNs: ns(1_000) });
    scene.start(3);
    scene.at = ns(scene.at + 500);
    scene.start(4, { timeoutNs: ns(1_000) });
    scene.sent();
    scene.takeTold();
    scene.connection.expire(ns(1_000_999));
    expect(scene.takeTold()).toEqual([]);
    scene.connection.expire(ns(1_001_000));
    expect(scene.takeTold()).toEqual(["ended 2 DEADLINE_EXCEEDED at 1001000 with 0 bytes", "capacity"]);
    expect(scene.described()).toEqual([`RST_STREAM 3 ${H2_ERROR.CANCEL}`]);
    scene.receive(scene.answer(3), scene.answer(1));
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 1 OK/), "capacity"]);
    scene.connection.expire(ns(9_000_000));
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 4 DEADLINE/), "capacity"]);
    scene.receive(scene.answer(5));
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 3 OK/), "capacity"]);
  });

  test("run from the start of a call that the peer's windows hold back", () => {
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 0]] });
    scene.start(1, { timeoutNs: ns(1_000) });
    scene.start(2, { timeoutNs: ns(1_000) });
    scene.at = ns(scene.at + 500);
    scene.receive(scene.peer.windowUpdate(3, 100));
    expect(scene.takeTold()).toEqual(["sent 2 at 1000500"]);
    scene.sent();
    scene.connection.expire(ns(1_001_000));
    expect(scene.takeTold()).toEqual([
      "ended 1 DEADLINE_EXCEEDED at 1001000 with 0 bytes",
      "ended 2 DEADLINE_EXCEEDED at 1001000 with 0 bytes",
      "capacity",
    ]);
    expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.CANCEL}`, `RST_STREAM 3 ${H2_ERROR.CANCEL}`]);
  });

  test("late answers to very many calls that were given up do no harm", () => {
    const scene = new ClientScene();
    for (let tag = 0; tag < 3_000; tag++) {
      scene.start(tag, { timeoutNs: ns(1) });
      scene.connection.expire(ns(scene.at + 2));
    }
    for (const streamId of [1, 2_001, 5_999]) scene.receive(scene.answer(streamId));
    scene.start(1);
    scene.takeTold();
    scene.receive(scene.answer(6_001));
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 1 OK/), "capacity"]);
  });
});

describe("GOAWAY", () => {
  test("ends the streams above the last, lets the others end, and then closes", () => {
    const scene = new ClientScene();
    for (const tag of [1, 2, 3]) scene.start(tag);
    scene.sent();
    scene.takeTold();
    scene.receive(scene.peer.goaway(3, H2_ERROR.NO_ERROR));
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 3 UNAVAILABLE/)]);
    expect(scene.details[0]).toMatch(/GOAWAY \(NO_ERROR\)/);
    expect(scene.connection.freeStreams).toBe(0);
    expect(scene.connection.counters.goaways).toBe(1);
    scene.receive(scene.answer(3));
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 2 OK/)]);
    expect(scene.sink.closed).toBeNull();
    scene.receive(scene.answer(1));
    expect(scene.takeTold()).toEqual([
      expect.stringMatching(/^ended 1 OK/),
      expect.stringMatching(/^closed: .*GOAWAY/),
    ]);
    expect(scene.sink.closed).toBe("soon");
  });

  test("in two steps keeps all calls until the second", () => {
    const scene = new ClientScene();
    scene.start(1);
    scene.receive(scene.peer.goaway(0x7fffffff, H2_ERROR.NO_ERROR));
    scene.takeTold();
    scene.receive(scene.peer.goaway(0, H2_ERROR.NO_ERROR));
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 1 UNAVAILABLE/), expect.stringMatching(/^closed/)]);
    expect(scene.connection.counters.goaways).toBe(2);
  });
});

describe("how many calls may run", () => {
  test("is what the peer says, and the listener hears when that changes", () => {
    const scene = new ClientScene({ settings: [[SETTING.MAX_CONCURRENT_STREAMS, 2]] });
    scene.start(1);
    expect(scene.connection.freeStreams).toBe(1);
    scene.receive(scene.peer.settings([[SETTING.MAX_CONCURRENT_STREAMS, 0]]));
    expect(scene.connection.freeStreams).toBe(0);
    scene.takeTold();
    scene.receive(scene.peer.settings([[SETTING.MAX_CONCURRENT_STREAMS, 10]]));
    expect(scene.connection.freeStreams).toBe(9);
    expect(scene.takeTold()).toEqual(["capacity"]);
  });

  test("is none while the peer reads nothing, whatever it allows", () => {
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 1 << 30]] });
    scene.receive(scene.peer.windowUpdate(0, 1 << 30));
    scene.sink.holding = true;
    let started = 0;
    for (; scene.connection.freeStreams > 0 && started < 10_000; started++) {
      scene.start(started, { timeoutNs: ns(1), message: Buffer.alloc(5_000) });
      scene.connection.expire(ns(scene.at + 2));
    }
    expect(started).toBeLessThan(300);
    expect(scene.sink.writableLength).toBeLessThan(1.1 * 1024 * 1024);
    scene.takeTold();
    scene.sink.release();
    scene.connection.drained();
    expect(scene.connection.freeStreams).toBeGreaterThan(0);
    expect(scene.takeTold()).toEqual(["capacity"]);
  });
});

describe("closing", () => {
  test("ends what runs with CANCELLED, says GOAWAY, and tells nobody of a loss", () => {
    const scene = new ClientScene();
    scene.start(1);
    scene.sent();
    scene.takeTold();
    scene.connection.close();
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 1 CANCELLED/)]);
    expect(scene.described()).toEqual(["GOAWAY last 0 code 0"]);
    expect(scene.sink.closed).toBe("soon");
    scene.connection.lost("whatever");
    scene.connection.close();
    scene.connection.flush();
    scene.connection.expire(ns(1e12));
    expect(scene.takeTold()).toEqual([]);
  });

  test("from within a listener stops everything at once", () => {
    const scene = new ClientScene({ onEnded: (_tag, connection) => connection.close() });
    for (const tag of [1, 2]) scene.start(tag);
    scene.takeTold();
    scene.receive(scene.answer(1), scene.answer(3));
    expect(scene.takeTold()).toEqual([
      expect.stringMatching(/^ended 1 OK/),
      expect.stringMatching(/^ended 2 CANCELLED/),
    ]);
  });

  test("a lost socket ends what runs with UNAVAILABLE", () => {
    const scene = new ClientScene();
    scene.start(1);
    scene.takeTold();
    scene.connection.lost("it reset the connection");
    expect(scene.takeTold()).toEqual([
      expect.stringMatching(/^ended 1 UNAVAILABLE/),
      "closed: it reset the connection",
    ]);
    expect(() => scene.connection.start(call(), 2)).toThrow("down");
  });
});
