import { describe, expect, test } from "vitest";
import { ns } from "../units.js";
import { ClientConnection } from "./client-connection.js";
import { ClientScene, HEAD, TRAILERS, MESSAGE } from "./client-scene.test-helper.js";
import { FLAG, FRAME, SETTING } from "./frames.js";
import { H2_ERROR } from "./http2-error.js";
import type { PlayedPeer } from "./played-peer.test-helper.js";
import { MemorySink, uint32 } from "./played-peer.test-helper.js";

describe("what ends the whole connection", () => {
  type Offence = (peer: PlayedPeer) => Buffer;
  const offences: [name: string, offence: Offence, code: number][] = [
    ["DATA on stream 0", (p) => p.data(0, MESSAGE), H2_ERROR.PROTOCOL_ERROR],
    ["HEADERS on stream 0", (p) => p.headers(0, HEAD), H2_ERROR.PROTOCOL_ERROR],
    ["HEADERS on an idle stream", (p) => p.headers(9, HEAD), H2_ERROR.PROTOCOL_ERROR],
    ["DATA on an idle stream", (p) => p.data(9, MESSAGE), H2_ERROR.PROTOCOL_ERROR],
    ["RST_STREAM on an idle stream", (p) => p.reset(9, 0), H2_ERROR.PROTOCOL_ERROR],
    ["WINDOW_UPDATE on an idle stream", (p) => p.windowUpdate(9, 1), H2_ERROR.PROTOCOL_ERROR],
    ["HEADERS on a stream of the server's own", (p) => p.headers(2, HEAD), H2_ERROR.PROTOCOL_ERROR],
    ["PUSH_PROMISE", (p) => p.frame(FRAME.PUSH_PROMISE, FLAG.END_HEADERS, 1, uint32(2)), H2_ERROR.PROTOCOL_ERROR],
    ["RST_STREAM of 3 bytes", (p) => p.frame(FRAME.RST_STREAM, 0, 1, Buffer.alloc(3)), H2_ERROR.FRAME_SIZE_ERROR],
    ["SETTINGS on a stream", (p) => p.frame(FRAME.SETTINGS, 0, 1), H2_ERROR.PROTOCOL_ERROR],
    ["SETTINGS of 5 bytes", (p) => p.frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(5)), H2_ERROR.FRAME_SIZE_ERROR],
    ["SETTINGS ack with payload", (p) => p.frame(FRAME.SETTINGS, 1, 0, Buffer.alloc(6)), H2_ERROR.FRAME_SIZE_ERROR],
    ["a server that enables push", (p) => p.settings([[SETTING.ENABLE_PUSH, 1]]), H2_ERROR.PROTOCOL_ERROR],
    [
      "a window above 2^31 - 1",
      (p) => p.settings([[SETTING.INITIAL_WINDOW_SIZE, 2 ** 31]]),
      H2_ERROR.FLOW_CONTROL_ERROR,
    ],
    ["a maximum frame size below 2^14", (p) => p.settings([[SETTING.MAX_FRAME_SIZE, 16_383]]), H2_ERROR.PROTOCOL_ERROR],
    ["PING on a stream", (p) => p.frame(FRAME.PING, 0, 1, Buffer.alloc(8)), H2_ERROR.PROTOCOL_ERROR],
    ["PING of 7 bytes", (p) => p.frame(FRAME.PING, 0, 0, Buffer.alloc(7)), H2_ERROR.FRAME_SIZE_ERROR],
    ["GOAWAY on a stream", (p) => p.frame(FRAME.GOAWAY, 0, 1, Buffer.alloc(8)), H2_ERROR.PROTOCOL_ERROR],
    ["the connection's window opened by 0", (p) => p.windowUpdate(0, 0), H2_ERROR.PROTOCOL_ERROR],
    ["the connection's window opened too far", (p) => p.windowUpdate(0, 0x7fffffff), H2_ERROR.FLOW_CONTROL_ERROR],
    ["CONTINUATION out of nowhere", (p) => p.frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1), H2_ERROR.PROTOCOL_ERROR],
    [
      "a frame in the midst of a header block",
      (p) => Buffer.concat([p.frame(FRAME.HEADERS, 0, 1, Buffer.from([0x88])), p.data(1, MESSAGE)]),
      H2_ERROR.PROTOCOL_ERROR,
    ],
    [
      "CONTINUATION of another stream",
      (p) => Buffer.concat([p.frame(FRAME.HEADERS, 0, 1), p.frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 3)]),
      H2_ERROR.PROTOCOL_ERROR,
    ],
    ["an unknown frame within a header block", (p) => Buffer.concat([p.frame(1, 0, 1), p.frame(0xee, 0, 1)]), 1],
    [
      "a header block that cannot be decoded",
      (p) => p.frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, Buffer.from([0xff, 0xff, 0xff])),
      H2_ERROR.COMPRESSION_ERROR,
    ],
    [
      "a frame larger than announced",
      (p) => p.frame(FRAME.DATA, 0, 1, Buffer.alloc(16_385)),
      H2_ERROR.FRAME_SIZE_ERROR,
    ],
    [
      "padding longer than its frame",
      (p) => p.frame(FRAME.DATA, FLAG.PADDED, 1, Buffer.from([9, 1, 2])),
      H2_ERROR.PROTOCOL_ERROR,
    ],
    [
      "a header block without end",
      (p) => Buffer.concat([p.frame(1, 0, 1), ...Array.from({ length: 100 }, () => p.frame(FRAME.CONTINUATION, 0, 1))]),
      H2_ERROR.ENHANCE_YOUR_CALM,
    ],
    [
      "a flood of PING",
      (p) => Buffer.concat(new Array<Buffer>(2_001).fill(p.frame(FRAME.PING, 0, 0, Buffer.alloc(8)))),
      H2_ERROR.ENHANCE_YOUR_CALM,
    ],
    [
      "a flood of SETTINGS",
      (p) => Buffer.concat(new Array<Buffer>(101).fill(p.settings())),
      H2_ERROR.ENHANCE_YOUR_CALM,
    ],
    [
      "a flood of empty DATA",
      (p) => Buffer.concat([p.headers(1, HEAD), ...new Array<Buffer>(20_001).fill(p.data(1, Buffer.alloc(0)))]),
      H2_ERROR.ENHANCE_YOUR_CALM,
    ],
  ];

  test.each(offences)("%s", (_name, offence, code) => {
    const scene = new ClientScene();
    scene.start(1);
    scene.start(2);
    scene.sent();
    scene.takeTold();
    scene.receive(offence(scene.peer));
    expect(scene.described().at(-1)).toBe(`GOAWAY last 0 code ${code}`);
    expect(scene.sink.closed).toBe("soon");
    expect(scene.takeTold()).toEqual([
      expect.stringMatching(/^ended 1 UNAVAILABLE/),
      expect.stringMatching(/^ended 2 UNAVAILABLE/),
      expect.stringMatching(/^closed: protocol error by the peer: /),
    ]);
    expect(scene.connection.counters.protocolErrors).toBe(1);
    expect(scene.connection.freeStreams).toBe(0);
    // Whatever still comes is not looked at.
    scene.receive(offence(scene.peer));
    expect(scene.takeTold()).toEqual([]);
  });

  test("a frame on a stream that had ended", () => {
    for (const late of [(p: PlayedPeer) => p.data(1, MESSAGE), (p: PlayedPeer) => p.headers(1, TRAILERS, true)]) {
      const scene = new ClientScene();
      scene.start(1);
      scene.receive(scene.answer(1));
      scene.receive(scene.peer.windowUpdate(1, 1), scene.peer.reset(1, 0));
      expect(scene.described()).not.toContain(expect.stringContaining("GOAWAY"));
      scene.receive(late(scene.peer));
      expect(scene.described()).toEqual([`GOAWAY last 0 code ${H2_ERROR.STREAM_CLOSED}`]);
    }
  });

  test("a first frame other than SETTINGS", () => {
    const scene = new ClientScene();
    const sink = new MemorySink();
    const ready: (string | null)[] = [];
    const connection = new ClientConnection({
      sink,
      clock: () => ns(0),
      scheme: "http",
      authority: "x",
      literalHeaders: false,
      onReady: (problem) => ready.push(problem),
      listener: { onSent() {}, onEnded() {}, onCapacity() {}, onClosed: (reason) => scene.told.push(reason) },
    });
    connection.open();
    sink.take();
    connection.receive(scene.peer.frame(FRAME.PING, 0, 0, Buffer.alloc(8)), 17);
    expect(ready).toEqual([expect.stringContaining("the first frame is not SETTINGS")]);
    expect(scene.told).toEqual([]);
  });
});
