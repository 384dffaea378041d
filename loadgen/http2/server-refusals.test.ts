import { describe, expect, test } from "vitest";
import { GRPC_STATUS } from "../grpc/status.js";
import { FLAG, FRAME } from "./frames.js";
import type { HeaderField } from "./hpack-encoder.js";
import { H2_ERROR } from "./http2-error.js";
import type { PlayedPeer } from "./played-peer.test-helper.js";
import { framed, uint32 } from "./played-peer.test-helper.js";
import { ServerScene, REQUEST, MESSAGE, changed } from "./server-scene.test-helper.js";

describe("requests that are not served", () => {
  const refusals: [name: string, fields: HeaderField[], expected: string[]][] = [
    [
      "an unknown method",
      changed([":path", "/a.B/Nö"]),
      [
        ":status: 200",
        "content-type: application/grpc",
        "grpc-status: 12",
        "grpc-message: no method /a.B/N%C3%B6 here",
      ],
    ],
    ["GET", changed([":method", "GET"]), [":status: 405"]],
    ["another content-type", changed(["content-type", "application/json"]), [":status: 415"]],
    ["a content-type that only begins alike", changed(["content-type", "application/grpcfoo"]), [":status: 415"]],
  ];
  test.each(refusals)("%s", (_name, fields, expected) => {
    const scene = new ServerScene();
    scene.receive(scene.request(1, MESSAGE, fields), scene.request(3));
    expect(scene.fieldsSent()[0]).toEqual(expected);
    expect(scene.requests).toEqual(["a request"]);
    expect(scene.tally.counters().calls).toEqual({ Echo: 1, "(unknown)": 1 });
  });

  const bodies: [name: string, body: Buffer, status: number][] = [
    ["no message", Buffer.alloc(0), GRPC_STATUS.INTERNAL],
    ["half a message", framed(MESSAGE).subarray(0, 9), GRPC_STATUS.INTERNAL],
    ["two messages", Buffer.concat([framed(MESSAGE), framed(MESSAGE)]), GRPC_STATUS.UNIMPLEMENTED],
    ["a compressed message", framed(MESSAGE, 1), GRPC_STATUS.UNIMPLEMENTED],
    ["a message beyond all bounds", Buffer.from([0, 0x7f, 0, 0, 0, 1]), GRPC_STATUS.RESOURCE_EXHAUSTED],
  ];
  test.each(bodies)("%s", (_name, body, status) => {
    const scene = new ServerScene();
    scene.receive(scene.client.headers(1, REQUEST), scene.client.data(1, body, true), scene.request(3));
    expect(scene.fieldsSent()[0]).toContain(`grpc-status: ${status}`);
    expect(scene.requests).toEqual(["a request"]);
    expect(scene.tally.counters().calls["Echo"]).toBe(2);
  });

  test("a request that is refused before its end is told to stop, and what still comes of it is ignored", () => {
    const scene = new ServerScene();
    scene.receive(scene.client.headers(1, REQUEST), scene.client.data(1, framed(MESSAGE, 1)));
    expect(scene.described()).toEqual(["HEADERS 1 end", `RST_STREAM 1 ${H2_ERROR.NO_ERROR}`]);
    scene.receive(scene.client.data(1, MESSAGE), scene.client.headers(1, [["x", "1"]], true), scene.request(3));
    expect(scene.requests).toEqual(["a request"]);
  });

  test("a request without any DATA has no message", () => {
    const scene = new ServerScene();
    scene.receive(scene.client.headers(1, REQUEST, true));
    expect(scene.fieldsSent()[0]).toContain("grpc-status: 13");
  });
});

describe("malformed requests reset their stream with PROTOCOL_ERROR", () => {
  const malformed: [name: string, fields: HeaderField[]][] = [
    ["no :method", REQUEST.filter(([name]) => name !== ":method")],
    ["no :scheme", REQUEST.filter(([name]) => name !== ":scheme")],
    ["no :path", REQUEST.filter(([name]) => name !== ":path")],
    ["an empty :path", changed([":path", ""])],
    [":method twice", [[":method", "POST"], ...REQUEST]],
    [":path twice", [[":path", "/a.B/Echo"], ...REQUEST]],
    ["a pseudo-header behind other fields", [["x", "1"], ...REQUEST]],
    ["an unknown pseudo-header", [[":protocol", "websocket"], ...REQUEST]],
    ["a pseudo-header of answers", [[":status", "200"], ...REQUEST]],
    ["an upper-case name", [...REQUEST, ["X-Test", "1"]]],
    ["an empty name", [...REQUEST, ["", "1"]]],
    ["a name with a space", [...REQUEST, ["x y", "1"]]],
    ["a value with a line feed", [...REQUEST, ["x", "1\n2"]]],
    ["a value with space before it", [...REQUEST, ["x", " 1"]]],
    ["a :path with a zero", changed([":path", "/a\0"])],
    ["connection", [...REQUEST, ["connection", "keep-alive"]]],
    ["keep-alive", [...REQUEST, ["keep-alive", "1"]]],
    ["proxy-connection", [...REQUEST, ["proxy-connection", "close"]]],
    ["transfer-encoding", [...REQUEST, ["transfer-encoding", "chunked"]]],
    ["upgrade", [...REQUEST, ["upgrade", "h2c"]]],
    ["te other than trailers", changed(["te", "gzip"])],
    ["a content-length that is no number", [...REQUEST, ["content-length", "ten"]]],
    ["two content-lengths", [...REQUEST, ["content-length", "14"], ["content-length", "15"]]],
    ["CONNECT with a path", changed([":method", "CONNECT"])],
    [
      "CONNECT without authority",
      [
        [":method", "CONNECT"],
        ["content-type", "application/grpc"],
      ],
    ],
    ["a content-length that is too long", [...REQUEST, ["content-length", "15"]]],
    ["a content-length that is too short", [...REQUEST, ["content-length", "13"]]],
  ];
  test.each(malformed)("%s", (_name, fields) => {
    const scene = new ServerScene();
    scene.receive(scene.request(1, MESSAGE, fields), scene.request(3));
    expect(scene.described()[0]).toBe(`RST_STREAM 1 ${H2_ERROR.PROTOCOL_ERROR}`);
    expect(scene.requests).toEqual(["a request"]);
  });

  test("a right content-length is none of them, nor is CONNECT as it should be", () => {
    const scene = new ServerScene();
    scene.receive(scene.request(1, MESSAGE, [...REQUEST, ["content-length", "14"]]));
    expect(scene.requests).toEqual(["a request"]);
    scene.sent();
    scene.receive(
      scene.client.headers(
        3,
        [
          [":method", "CONNECT"],
          [":authority", "elsewhere:443"],
        ],
        true,
      ),
    );
    expect(scene.described()).toEqual(["HEADERS 3 end"]);
  });

  test("pseudo-headers in trailers, and trailers that do not end the stream", () => {
    for (const trailers of [
      (peer: PlayedPeer) => peer.headers(1, [[":path", "/x"]], true),
      (peer: PlayedPeer) => peer.headers(1, [["x", "1"]]),
    ]) {
      const scene = new ServerScene();
      scene.receive(scene.client.headers(1, REQUEST), scene.client.data(1, framed(MESSAGE)), trailers(scene.client));
      expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.PROTOCOL_ERROR}`]);
    }
  });

  test("a stream that depends on itself", () => {
    const scene = new ServerScene();
    const block = scene.client.block(REQUEST);
    const prioritised = Buffer.concat([uint32(1), Buffer.from([9]), block]);
    scene.receive(scene.client.frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.PRIORITY, 1, prioritised));
    expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.PROTOCOL_ERROR}`]);
    scene.receive(scene.request(3));
    expect(scene.requests).toEqual(["a request"]);
  });

  test("a header list beyond all bounds", () => {
    const scene = new ServerScene();
    const huge = Array.from({ length: 3 }, (): HeaderField => ["x", "\xe9".repeat(30_000)]);
    const block = scene.client.block([...REQUEST, ...huge]);
    const pieces = [0, 1, 2, 3, 4, 5].map((i) => block.subarray(i * 16_000, (i + 1) * 16_000));
    scene.receive(
      ...pieces.map((piece, i) => {
        const last = i === pieces.length - 1;
        return scene.client.frame(i === 0 ? FRAME.HEADERS : FRAME.CONTINUATION, last ? FLAG.END_HEADERS : 0, 1, piece);
      }),
    );
    expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.PROTOCOL_ERROR}`]);
    scene.receive(scene.request(3));
    expect(scene.requests).toEqual(["a request"]);
  });
});
