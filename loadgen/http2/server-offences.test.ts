import { describe, expect, test } from "vitest";
import { ListenerTally } from "../listener-tally.js";
import { ns } from "../units.js";
import { FLAG, FRAME, SETTING } from "./frames.js";
import { H2_ERROR } from "./http2-error.js";
import type { PlayedPeer } from "./played-peer.test-helper.js";
import { framed, MemorySink, uint32 } from "./played-peer.test-helper.js";
import { ServerConnection } from "./server-connection.js";
import { ServerScene, REQUEST, MESSAGE } from "./server-scene.test-helper.js";
import type { UnaryService } from "../unary-service.js";

describe("errors of one stream", () => {
  test("DATA and HEADERS on a stream whose request has ended are STREAM_CLOSED", () => {
    for (const late of [
      (peer: PlayedPeer) => peer.data(1, MESSAGE),
      (peer: PlayedPeer) => peer.headers(1, [["x", "1"]], true),
    ]) {
      const scene = new ServerScene({ handle: (_message, call) => (call.defer(), null) });
      scene.receive(scene.request(1), late(scene.client));
      expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.STREAM_CLOSED}`]);
    }
  });

  test("a window opened by 0 or too far, PRIORITY of a wrong length", () => {
    const offences: [offence: (peer: PlayedPeer) => Buffer, code: number][] = [
      [(peer) => peer.windowUpdate(1, 0), H2_ERROR.PROTOCOL_ERROR],
      [(peer) => peer.windowUpdate(1, 0x7fffffff), H2_ERROR.FLOW_CONTROL_ERROR],
      [(peer) => peer.frame(FRAME.PRIORITY, 0, 1, Buffer.alloc(4)), H2_ERROR.FRAME_SIZE_ERROR],
    ];
    for (const [offence, code] of offences) {
      const scene = new ServerScene();
      scene.receive(scene.client.headers(1, REQUEST), offence(scene.client));
      expect(scene.described()).toEqual([`RST_STREAM 1 ${code}`]);
    }
  });

  test("a window is opened again when half of it is used", () => {
    const scene = new ServerScene();
    const message = framed(Buffer.alloc(3 * 1024 * 1024));
    scene.receive(scene.client.headers(1, REQUEST));
    for (let at = 0; at < message.length; at += 16_384) {
      scene.receive(scene.client.data(1, message.subarray(at, at + 16_384)));
    }
    expect(scene.described()).toEqual(new Array<string>(6).fill("WINDOW_UPDATE 1 +524288"));
  });

  test("one stream too many is refused", () => {
    const scene = new ServerScene();
    for (let streamId = 1; streamId <= 2 * 4096; streamId += 2) scene.receive(scene.client.headers(streamId, REQUEST));
    expect(scene.described()).toEqual([]);
    scene.receive(scene.client.headers(8193, REQUEST));
    expect(scene.described()).toEqual([`RST_STREAM 8193 ${H2_ERROR.REFUSED_STREAM}`]);
  });
});

describe("errors of the connection", () => {
  type Offence = (peer: PlayedPeer) => Buffer;
  const offences: [name: string, offence: Offence, code: number][] = [
    ["a stream of even number", (p) => p.headers(2, REQUEST), H2_ERROR.PROTOCOL_ERROR],
    ["HEADERS on stream 0", (p) => p.headers(0, REQUEST), H2_ERROR.PROTOCOL_ERROR],
    ["DATA on an idle stream", (p) => p.data(11, MESSAGE), H2_ERROR.PROTOCOL_ERROR],
    ["RST_STREAM on an idle stream", (p) => p.reset(11, 8), H2_ERROR.PROTOCOL_ERROR],
    ["WINDOW_UPDATE on an idle stream", (p) => p.windowUpdate(11, 1), H2_ERROR.PROTOCOL_ERROR],
    ["DATA on a stream that had ended", (p) => p.data(1, MESSAGE), H2_ERROR.STREAM_CLOSED],
    ["HEADERS on a stream that had ended", (p) => p.headers(1, REQUEST), H2_ERROR.STREAM_CLOSED],
    ["HEADERS on a stream that was passed over", (p) => p.headers(3, REQUEST), H2_ERROR.PROTOCOL_ERROR],
    ["ENABLE_PUSH 2", (p) => p.settings([[SETTING.ENABLE_PUSH, 2]]), H2_ERROR.PROTOCOL_ERROR],
    ["PUSH_PROMISE", (p) => p.frame(FRAME.PUSH_PROMISE, FLAG.END_HEADERS, 1, uint32(2)), H2_ERROR.PROTOCOL_ERROR],
    [
      "a header block that cannot be decoded",
      (p) => p.frame(FRAME.HEADERS, FLAG.END_HEADERS, 9, Buffer.from([0xbf, 0xff])),
      H2_ERROR.COMPRESSION_ERROR,
    ],
    [
      "windows beyond 2^31 - 1 by settings",
      (p) => {
        const wide = p.settings([[SETTING.INITIAL_WINDOW_SIZE, 0x7fffffff]]);
        return Buffer.concat([p.headers(9, REQUEST), p.windowUpdate(9, 1), wide]);
      },
      H2_ERROR.FLOW_CONTROL_ERROR,
    ],
    [
      "a flood of resets",
      (p) =>
        Buffer.concat(
          Array.from({ length: 50_001 }, (_, i) =>
            Buffer.concat([p.headers(9 + 2 * i, REQUEST), p.reset(9 + 2 * i, 8)]),
          ),
        ),
      H2_ERROR.ENHANCE_YOUR_CALM,
    ],
    [
      "a flood of malformed requests",
      (p) => Buffer.concat(Array.from({ length: 50_001 }, (_, i) => p.headers(9 + 2 * i, [["x", "1"]]))),
      H2_ERROR.ENHANCE_YOUR_CALM,
    ],
    [
      "a header block without end",
      (p) => Buffer.concat([p.frame(1, 0, 9), ...new Array<Buffer>(100).fill(p.frame(FRAME.CONTINUATION, 0, 9))]),
      H2_ERROR.ENHANCE_YOUR_CALM,
    ],
  ];

  test.each(offences)("%s", (_name, offence, code) => {
    const scene = new ServerScene();
    scene.receive(scene.request(1), scene.request(5));
    scene.sent();
    scene.receive(offence(scene.client));
    expect(scene.described().at(-1)).toMatch(new RegExp(`^GOAWAY last \\d+ code ${code}$`));
    expect(scene.sink.closed).toBe("soon");
    expect(scene.downs).toEqual([expect.stringMatching(/^protocol error by the peer/)]);
    scene.receive(scene.request(200_001));
    expect(scene.requests).toHaveLength(2);
  });

  test("tell which calls were answered before, lest they are made again elsewhere", () => {
    const scene = new ServerScene();
    scene.receive(scene.request(1), scene.request(3), scene.client.windowUpdate(0, 0));
    expect(scene.described().at(-1)).toBe(`GOAWAY last 3 code ${H2_ERROR.PROTOCOL_ERROR}`);
  });

  test("resets that are spread over time are no flood", () => {
    const scene = new ServerScene();
    for (let i = 0; i < 60_000; i++) {
      scene.at = ns(scene.at + 50_000);
      const streamId = 1 + 2 * i;
      scene.receive(scene.client.headers(streamId, REQUEST), scene.client.reset(streamId, H2_ERROR.CANCEL));
    }
    expect(scene.described()).toEqual([]);
    expect(scene.downs).toEqual([]);
  });

  test("a client that does not speak HTTP/2", () => {
    const sink = new MemorySink();
    const downs: string[] = [];
    const service: UnaryService = { methods: new Map() };
    const connection = new ServerConnection({
      sink,
      clock: () => ns(0),
      service,
      tally: new ListenerTally(service),
      onDown: (reason) => downs.push(reason),
    });
    for (const byte of Buffer.from("GET / HTTP/1.1\r\n")) connection.receive(Buffer.from([byte]));
    expect(downs).toEqual([expect.stringContaining("preface")]);
    expect(sink.closed).toBe("soon");
  });
});
