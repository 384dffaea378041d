import { describe, expect, test } from "vitest";
import { ClientScene, HEAD, TRAILERS, MESSAGE } from "./client-scene.test-helper.js";
import { FLAG, FRAME } from "./frames.js";
import type { HeaderField } from "./hpack-encoder.js";
import { H2_ERROR } from "./http2-error.js";
import type { PlayedPeer } from "./played-peer.test-helper.js";
import { framed, uint32 } from "./played-peer.test-helper.js";

describe("how a call fails", () => {
  const grpc = (status: string, message = ""): HeaderField[] => [
    ["grpc-status", status],
    ...(message === "" ? [] : [["grpc-message", message] as const]),
  ];
  type Answer = (peer: PlayedPeer) => Buffer[];
  const cases: [name: string, answer: Answer, status: string, detail: RegExp][] = [
    ["trailers only", (p) => [p.headers(1, [...HEAD, ...grpc("5", "no%20such")], true)], "NOT_FOUND", /^no such$/],
    [
      "trailers behind a message",
      (p) => [p.headers(1, HEAD), p.data(1, framed(MESSAGE)), p.headers(1, grpc("9"), true)],
      "FAILED_PRECONDITION",
      /^$/,
    ],
    ["a status that gRPC does not know", (p) => [p.headers(1, [...HEAD, ...grpc("99")], true)], "UNKNOWN", /^$/],
    ["a status that is no number", (p) => [p.headers(1, [...HEAD, ...grpc("fine")], true)], "UNKNOWN", /^$/],
    ["HTTP 503", (p) => [p.headers(1, [[":status", "503"]], true)], "UNAVAILABLE", /HTTP 503/],
    [
      "HTTP 403 with a page",
      (p) => [p.headers(1, [[":status", "403"]]), p.data(1, Buffer.from("RBAC: access denied"), true)],
      "PERMISSION_DENIED",
      /HTTP 403/,
    ],
    ["HTTP 200 of no gRPC", (p) => [p.headers(1, [[":status", "200"]], true)], "UNKNOWN", /no gRPC content-type/],
    ["no trailers", (p) => [p.headers(1, HEAD), p.data(1, framed(MESSAGE), true)], "UNKNOWN", /without grpc-status/],
    [
      "OK without a message",
      (p) => [p.headers(1, [...HEAD, ...TRAILERS], true)],
      "INTERNAL",
      /without a whole message/,
    ],
    [
      "OK with half a message",
      (p) => [p.headers(1, HEAD), p.data(1, framed(MESSAGE).subarray(0, 8)), p.headers(1, TRAILERS, true)],
      "INTERNAL",
      /without a whole message/,
    ],
    ["reset, refused", (p) => [p.reset(1, H2_ERROR.REFUSED_STREAM)], "UNAVAILABLE", /REFUSED_STREAM/],
    ["reset, cancelled", (p) => [p.reset(1, H2_ERROR.CANCEL)], "CANCELLED", /CANCEL/],
    ["reset, calm", (p) => [p.reset(1, H2_ERROR.ENHANCE_YOUR_CALM)], "RESOURCE_EXHAUSTED", /CALM/],
    ["reset without error", (p) => [p.reset(1, H2_ERROR.NO_ERROR)], "INTERNAL", /NO_ERROR/],
  ];

  test.each(cases)("%s", (_name, answer, status, detail) => {
    const scene = new ClientScene();
    scene.start(1);
    scene.sent();
    scene.receive(...answer(scene.peer));
    expect(scene.takeTold().find((line) => line.startsWith("ended"))).toContain(`ended 1 ${status} `);
    expect(scene.details[0]).toMatch(detail);
    expect(scene.described()).toEqual([]);
    scene.start(2);
    scene.receive(scene.answer(3));
    expect(scene.takeTold()).toContain("ended 2 OK at 1000000 with 9 bytes");
  });

  const given: [name: string, answer: Answer, status: string, code: number, detail: RegExp][] = [
    [
      "a compressed message",
      (p) => [p.headers(1, [...HEAD, ["grpc-encoding", "gzip"]]), p.data(1, framed(MESSAGE, 1))],
      "INTERNAL",
      H2_ERROR.CANCEL,
      /compressed \(gzip\)/,
    ],
    [
      "two messages",
      (p) => [p.headers(1, HEAD), p.data(1, framed(MESSAGE)), p.data(1, framed(MESSAGE))],
      "INTERNAL",
      H2_ERROR.CANCEL,
      /more than one message/,
    ],
    [
      "a message beyond all bounds",
      (p) => [p.headers(1, HEAD), p.data(1, Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]))],
      "RESOURCE_EXHAUSTED",
      H2_ERROR.CANCEL,
      /larger than we take/,
    ],
    ["DATA before the head", (p) => [p.data(1, framed(MESSAGE))], "INTERNAL", H2_ERROR.PROTOCOL_ERROR, /before/],
    ["no :status", (p) => [p.headers(1, [["content-type", "x"]])], "INTERNAL", H2_ERROR.PROTOCOL_ERROR, /:status/],
    [
      ":status twice",
      (p) => [p.headers(1, [[":status", "200"], ...HEAD])],
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /twice/,
    ],
    [
      ":status behind other fields",
      (p) => [p.headers(1, [["server", "x"], ...HEAD])],
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /behind/,
    ],
    [
      "a :status of four digits",
      (p) => [p.headers(1, [[":status", "2000"]])],
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /2000/,
    ],
    [
      "a pseudo-header of requests",
      (p) => [p.headers(1, [[":path", "/"], ...HEAD])],
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /:path/,
    ],
    [
      "an upper-case name",
      (p) => [p.headers(1, [...HEAD, ["X-Up", "1"]])],
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /X-Up/,
    ],
    [
      "a connection-specific field",
      (p) => [p.headers(1, [...HEAD, ["connection", "close"]])],
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /connection-specific/,
    ],
    ["101", (p) => [p.headers(1, [[":status", "101"]])], "INTERNAL", H2_ERROR.PROTOCOL_ERROR, /101/],
    [
      "trailers that end nothing",
      (p) => [p.headers(1, HEAD), p.headers(1, TRAILERS)],
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /do not end/,
    ],
    [
      "a stream that depends on itself",
      (p) => [
        p.frame(
          FRAME.HEADERS,
          FLAG.END_HEADERS | FLAG.PRIORITY,
          1,
          Buffer.concat([uint32(1), Buffer.from([0]), p.block(HEAD)]),
        ),
      ],
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /depends on itself/,
    ],
    [
      "a header list beyond all bounds",
      (p) => {
        const block = p.block([...HEAD, ...Array.from({ length: 8 }, (): HeaderField => ["x", "\xe9".repeat(9000)])]);
        const pieces = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((i) => block.subarray(i * 16_000, (i + 1) * 16_000));
        return pieces.map((piece, i) =>
          p.frame(i === 0 ? FRAME.HEADERS : FRAME.CONTINUATION, i === 11 ? FLAG.END_HEADERS : 0, 1, piece),
        );
      },
      "INTERNAL",
      H2_ERROR.PROTOCOL_ERROR,
      /larger than we take/,
    ],
    ["a window opened by 0", (p) => [p.windowUpdate(1, 0)], "INTERNAL", H2_ERROR.PROTOCOL_ERROR, /PROTOCOL_ERROR/],
    [
      "a window opened too far",
      (p) => [p.windowUpdate(1, 0x7fffffff)],
      "INTERNAL",
      H2_ERROR.FLOW_CONTROL_ERROR,
      /FLOW_CONTROL_ERROR/,
    ],
    [
      "PRIORITY of a wrong length",
      (p) => [p.frame(FRAME.PRIORITY, 0, 1, Buffer.alloc(4))],
      "INTERNAL",
      H2_ERROR.FRAME_SIZE_ERROR,
      /FRAME_SIZE_ERROR/,
    ],
  ];

  test.each(given)(
    "%s is given up with a reset, and the connection lives on",
    (_name, answer, status, code, detail) => {
      const scene = new ClientScene();
      scene.start(1);
      scene.sent();
      scene.takeTold();
      scene.receive(...answer(scene.peer));
      expect(scene.takeTold()).toEqual([expect.stringContaining(`ended 1 ${status} `), "capacity"]);
      expect(scene.details[0]).toMatch(detail);
      expect(scene.described()).toEqual([`RST_STREAM 1 ${code}`]);
      // What the peer had sent before it knew.
      scene.receive(scene.peer.data(1, Buffer.from("late")), scene.peer.headers(1, TRAILERS, true));
      scene.start(2);
      scene.receive(scene.answer(3));
      expect(scene.takeTold()).toContain("ended 2 OK at 1000000 with 9 bytes");
    },
  );

  test("an answer whose content-length is wrong is malformed, a right one is not", () => {
    for (const [length, status] of [
      ["14", "OK"],
      ["13", "INTERNAL"],
      ["fourteen", "INTERNAL"],
    ]) {
      const scene = new ClientScene();
      scene.start(1);
      scene.receive(scene.peer.headers(1, [...HEAD, ["content-length", length!]]));
      scene.receive(scene.peer.data(1, framed(MESSAGE)), scene.peer.headers(1, TRAILERS, true));
      expect(scene.takeTold().find((line) => line.startsWith("ended"))).toContain(`ended 1 ${status} `);
    }
  });
});
