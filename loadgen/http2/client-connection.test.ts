import { describe, expect, test } from "vitest";
import { GRPC_STATUS, statusName } from "../grpc/status.js";
import type { PreparedCall } from "../transport.js";
import { ns, type Nanoseconds } from "../units.js";
import { ClientConnection } from "./client-connection.js";
import { FLAG, FRAME, PREFACE, SETTING } from "./frames.js";
import type { HeaderField } from "./hpack-encoder.js";
import { H2_ERROR } from "./http2-error.js";
import { describeFrame, framed, MemorySink, PlayedPeer, uint32, type PlayedFrame } from "./played-peer.js";

const HEAD: HeaderField[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];
const TRAILERS: HeaderField[] = [["grpc-status", "0"]];
const MESSAGE = Buffer.from("an answer");

function call(changes: Partial<PreparedCall> = {}): PreparedCall {
  return { path: "/a.B/C", message: Buffer.from("request"), timeoutNs: null, metadata: [], ...changes };
}

interface Setup {
  /** The peer's first settings. */
  readonly settings?: readonly (readonly [id: number, value: number])[];
  readonly onMessage?: (tag: number, message: Buffer) => void;
  /** Runs within onEnded. */
  readonly onEnded?: (tag: number, connection: ClientConnection) => void;
}

/** A connection whose peer is played, with everything its listener was told. */
class Scene {
  readonly sink = new MemorySink();
  readonly peer = new PlayedPeer();
  readonly told: string[] = [];
  readonly details: string[] = [];
  readonly ready: (string | null)[] = [];
  readonly connection: ClientConnection;
  at: Nanoseconds = ns(1_000_000);

  constructor(setup: Setup = {}) {
    this.connection = new ClientConnection({
      sink: this.sink,
      clock: () => this.at,
      scheme: "http",
      authority: "payments.test",
      literalHeaders: false,
      onReady: (problem) => this.ready.push(problem),
      listener: {
        onSent: (tag, at) => this.told.push(`sent ${tag} at ${at}`),
        onEnded: (tag, status, at, bytes) => {
          this.told.push(`ended ${tag} ${statusName(status)} at ${at} with ${bytes} bytes`);
          setup.onEnded?.(tag, this.connection);
        },
        onCapacity: () => this.told.push("capacity"),
        onClosed: (reason) => this.told.push(`closed: ${reason}`),
        onFailure: (_tag, _status, detail) => this.details.push(detail),
        ...(setup.onMessage === undefined ? {} : { onMessage: setup.onMessage }),
      },
    });
    this.connection.open();
    this.receive(this.peer.settings(setup.settings));
    this.sink.take();
  }

  receive(...parts: Buffer[]): void {
    const bytes = Buffer.concat(parts);
    this.connection.receive(bytes, bytes.length);
  }

  /** Frames sent since the last look. */
  sent(): PlayedFrame[] {
    return this.peer.read(this.sink.take());
  }

  described(): string[] {
    return this.sent().map(describeFrame);
  }

  takeTold(): string[] {
    return this.told.splice(0);
  }

  start(tag: number, changes: Partial<PreparedCall> = {}): void {
    this.connection.start(call(changes), tag);
    this.connection.flush();
  }

  /** A whole answer. */
  answer(streamId: number, message = MESSAGE): Buffer {
    return Buffer.concat([
      this.peer.headers(streamId, HEAD),
      this.peer.data(streamId, framed(message)),
      this.peer.headers(streamId, TRAILERS, true),
    ]);
  }
}

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
      listener: { onSent() {}, onEnded() {}, onCapacity() {}, onClosed() {} },
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
        listener: { onSent() {}, onEnded() {}, onCapacity() {}, onClosed() {} },
      });
      connection.open();
      const bytes = Buffer.from(text, "latin1");
      for (let at = 0; at < bytes.length; at += step) connection.receive(bytes.subarray(at, at + step), step);
      connection.lost("closed");
      expect(ready).toEqual([cause]);
    }
  });
});

describe("a call", () => {
  test("is one HEADERS and one DATA frame in one write, as gRPC asks", () => {
    const scene = new Scene();
    scene.start(5, { timeoutNs: ns(1_500_000_000), metadata: [["x-trace", "42"]] });
    expect(scene.sink.writes).toBe(3);
    const [headers, data] = scene.sent();
    expect(scene.peer.fields(headers!.payload)).toEqual([
      [":method", "POST"],
      [":scheme", "http"],
      [":path", "/a.B/C"],
      [":authority", "payments.test"],
      ["te", "trailers"],
      ["grpc-timeout", "1500000u"],
      ["content-type", "application/grpc"],
      ["user-agent", "grpc-node-tollgate/1"],
      ["x-trace", "42"],
    ]);
    expect(headers).toMatchObject({ type: "HEADERS", streamId: 1, flags: FLAG.END_HEADERS });
    expect(data).toMatchObject({ type: "DATA", streamId: 1, flags: FLAG.END_STREAM });
    expect(data!.payload).toEqual(framed(Buffer.from("request")));
  });

  test("shrinks to indexed fields when it is repeated, with its own stream", () => {
    const scene = new Scene();
    const prepared = call();
    for (let tag = 0; tag < 4; tag++) scene.connection.start(prepared, tag);
    scene.connection.flush();
    const frames = scene.sent();
    expect(frames.map(({ streamId }) => streamId)).toEqual([1, 1, 3, 3, 5, 5, 7, 7]);
    const blocks = frames.filter(({ type }) => type === "HEADERS").map(({ payload }) => payload);
    const lists = blocks.map((block) => scene.peer.fields(block));
    expect(lists[3]).toEqual(lists[0]);
    expect(blocks[3]!.length).toBe(7);
    expect(blocks[3]!.every((byte) => byte >= 0x80)).toBe(true);
    expect(frames.filter(({ type }) => type === "DATA").every(({ payload }) => payload.length === 12)).toBe(true);
  });

  test("stays literal where that is asked for", () => {
    const sink = new MemorySink();
    const peer = new PlayedPeer();
    const connection = new ClientConnection({
      sink,
      clock: () => ns(0),
      scheme: "http",
      authority: "x",
      literalHeaders: true,
      onReady: () => undefined,
      listener: { onSent() {}, onEnded() {}, onCapacity() {}, onClosed() {} },
    });
    connection.open();
    connection.receive(peer.settings(), 9);
    sink.take();
    for (let tag = 0; tag < 3; tag++) connection.start(call(), tag);
    connection.flush();
    const blocks = peer.read(sink.take()).filter(({ type }) => type === "HEADERS");
    expect(blocks[2]!.payload).toEqual(blocks[0]!.payload);
    expect(blocks[0]!.payload.includes("/a.B/C")).toBe(true);
  });

  test("is told as sent with the instant of the write, then as ended with that of the read", () => {
    const scene = new Scene();
    scene.connection.start(call(), 9);
    expect(scene.takeTold()).toEqual([]);
    scene.at = ns(2_000);
    scene.connection.flush();
    expect(scene.takeTold()).toEqual(["sent 9 at 2000"]);
    scene.at = ns(3_000);
    scene.receive(scene.answer(1));
    expect(scene.takeTold()).toEqual(["ended 9 OK at 3000 with 9 bytes", "capacity"]);
    expect(scene.connection.counters).toEqual({ calls: 1, writes: 3, goaways: 0, protocolErrors: 0 });
  });

  test("hands over its message where somebody wants it", () => {
    const messages: string[] = [];
    const scene = new Scene({ onMessage: (tag, message) => messages.push(`${tag} ${message.toString()}`) });
    scene.start(4);
    scene.receive(scene.answer(1));
    expect(messages).toEqual(["4 an answer"]);
  });

  test("that is started when another ends leaves with the next write, without a flush", () => {
    const next = call();
    const scene = new Scene({ onEnded: (tag, connection) => tag < 3 && connection.start(next, tag + 1) });
    scene.start(1);
    scene.sent();
    scene.receive(scene.answer(1));
    expect(scene.described()).toEqual(["HEADERS 3", "DATA 3 12 bytes end"]);
    scene.receive(scene.answer(3));
    expect(scene.takeTold().filter((line) => line.startsWith("ended"))).toHaveLength(2);
  });

  test("ends the same wherever the bytes of the answers are cut", () => {
    const transcript = (scene: Scene) =>
      Buffer.concat([
        scene.peer.frame(FRAME.PING, 0, 0, Buffer.from("12345678")),
        scene.answer(1),
        scene.peer.windowUpdate(0, 100),
        scene.answer(3, Buffer.alloc(0)),
        scene.peer.headers(5, [...HEAD, ["grpc-status", "5"]], true),
      ]);
    const whole = new Scene();
    for (const tag of [0, 1, 2]) whole.start(tag);
    whole.sent();
    whole.takeTold();
    whole.receive(transcript(whole));
    const expected = whole.takeTold().filter((line) => line !== "capacity");
    expect(expected).toHaveLength(3);
    const length = transcript(new Scene()).length;
    for (let cut = 1; cut < length; cut++) {
      const scene = new Scene();
      for (const tag of [0, 1, 2]) scene.start(tag);
      scene.takeTold();
      const bytes = transcript(scene);
      scene.receive(bytes.subarray(0, cut));
      scene.receive(bytes.subarray(cut));
      expect(scene.takeTold().filter((line) => line !== "capacity")).toEqual(expected);
    }
  });

  test("is not disturbed by padding, priorities, unknown frames, early hints and pings", () => {
    const scene = new Scene();
    const { peer } = scene;
    scene.start(1);
    scene.sent();
    const block = peer.block(HEAD);
    const padded = Buffer.concat([Buffer.from([4]), block, Buffer.alloc(4)]);
    const prioritised = Buffer.concat([uint32(0), Buffer.from([15]), peer.block(TRAILERS)]);
    scene.receive(
      peer.frame(0xfa, 0xff, 1, Buffer.from("whatever")),
      peer.headers(1, [[":status", "103"]]),
      peer.frame(FRAME.PRIORITY, 0, 1, Buffer.concat([uint32(3), Buffer.from([1])])),
      peer.frame(FRAME.PING, 0, 0, Buffer.from("12345678")),
      peer.frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.PADDED, 1, padded),
      peer.frame(FRAME.DATA, FLAG.PADDED, 1, Buffer.concat([Buffer.from([3]), framed(MESSAGE), Buffer.alloc(3)])),
      peer.frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.PRIORITY | FLAG.END_STREAM, 1, prioritised),
    );
    expect(scene.takeTold()).toContain("ended 1 OK at 1000000 with 9 bytes");
    expect(scene.described()).toEqual(["PING ack"]);
  });

  test("takes its header block in CONTINUATION frames", () => {
    const scene = new Scene();
    const { peer } = scene;
    scene.start(1);
    const block = peer.block([...HEAD, ["x-long", "y".repeat(100)]]);
    scene.receive(
      peer.frame(FRAME.HEADERS, 0, 1, block.subarray(0, 1)),
      peer.frame(FRAME.CONTINUATION, 0, 1, block.subarray(1, 40)),
      peer.frame(FRAME.CONTINUATION, 0, 1),
      peer.frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1, block.subarray(40)),
      peer.data(1, framed(MESSAGE)),
      peer.headers(1, TRAILERS, true),
    );
    expect(scene.takeTold()).toContain("ended 1 OK at 1000000 with 9 bytes");
  });

  test("takes a message in pieces, its prefix cut as well", () => {
    for (const keep of [true, false]) {
      const messages: Buffer[] = [];
      const scene = new Scene(keep ? { onMessage: (_tag, message) => messages.push(message) } : {});
      scene.start(1);
      const bytes = framed(Buffer.alloc(300, "m"));
      const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 5), bytes.subarray(5, 100), bytes.subarray(100)];
      scene.receive(scene.peer.headers(1, HEAD), ...pieces.map((piece) => scene.peer.data(1, piece)));
      scene.receive(scene.peer.headers(1, TRAILERS, true));
      expect(scene.takeTold()).toContain("ended 1 OK at 1000000 with 300 bytes");
      expect(messages.map((message) => message.toString())).toEqual(keep ? ["m".repeat(300)] : []);
    }
  });
});

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
    const scene = new Scene();
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
      const scene = new Scene();
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
      const scene = new Scene();
      scene.start(1);
      scene.receive(scene.peer.headers(1, [...HEAD, ["content-length", length!]]));
      scene.receive(scene.peer.data(1, framed(MESSAGE)), scene.peer.headers(1, TRAILERS, true));
      expect(scene.takeTold().find((line) => line.startsWith("ended"))).toContain(`ended 1 ${status} `);
    }
  });
});

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
    const scene = new Scene();
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
      const scene = new Scene();
      scene.start(1);
      scene.receive(scene.answer(1));
      scene.receive(scene.peer.windowUpdate(1, 1), scene.peer.reset(1, 0));
      expect(scene.described()).not.toContain(expect.stringContaining("GOAWAY"));
      scene.receive(late(scene.peer));
      expect(scene.described()).toEqual([`GOAWAY last 0 code ${H2_ERROR.STREAM_CLOSED}`]);
    }
  });

  test("a first frame other than SETTINGS", () => {
    const scene = new Scene();
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

describe("windows of the peer", () => {
  const body = Buffer.alloc(40_000, "b");

  test("a message larger than a frame goes in several, and is sent when its last byte is", () => {
    const scene = new Scene();
    scene.start(1, { message: body });
    expect(scene.described()).toEqual([
      "HEADERS 1",
      "DATA 1 16384 bytes",
      "DATA 1 16384 bytes",
      "DATA 1 7237 bytes end",
    ]);
    expect(scene.takeTold()).toEqual(["sent 1 at 1000000"]);
  });

  test("larger frames are used where the peer takes them", () => {
    const scene = new Scene({ settings: [[SETTING.MAX_FRAME_SIZE, 1 << 20]] });
    scene.start(1, { message: body });
    expect(scene.described()).toEqual(["HEADERS 1", "DATA 1 40005 bytes end"]);
  });

  test("a frame is never larger than our own memory for it, whatever the peer takes", () => {
    const scene = new Scene({
      settings: [
        [SETTING.MAX_FRAME_SIZE, 1 << 20],
        [SETTING.INITIAL_WINDOW_SIZE, 1 << 20],
      ],
    });
    scene.receive(scene.peer.windowUpdate(0, 1 << 20));
    const large = { message: Buffer.alloc(200_000, "b"), metadata: [["x-large", "~".repeat(150_000)]] } as const;
    for (const tag of [1, 2]) {
      scene.start(tag, large);
      const sizes = scene.sent().map(({ type, payload }) => `${type} ${payload.length}`);
      const [largest, body] = [63 * 1024, 200_005];
      expect(sizes.filter((frame) => frame.startsWith("DATA"))).toEqual([
        ...[1, 2, 3].map(() => `DATA ${largest}`),
        `DATA ${body - 3 * largest}`,
      ]);
      expect(sizes.filter((frame) => !frame.startsWith("DATA")).slice(-3)).toEqual([
        `HEADERS ${largest}`,
        `CONTINUATION ${largest}`,
        expect.stringMatching(/^CONTINUATION/),
      ]);
    }
  });

  test("a stream's window holds a message back until it opens", () => {
    const scene = new Scene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 3]] });
    scene.start(1);
    expect(scene.described()).toEqual(["HEADERS 1", "DATA 1 3 bytes"]);
    expect(scene.takeTold()).toEqual([]);
    scene.receive(scene.peer.windowUpdate(1, 4));
    expect(scene.described()).toEqual(["DATA 1 4 bytes"]);
    scene.at = ns(5_000_000);
    scene.receive(scene.peer.windowUpdate(1, 100));
    expect(scene.described()).toEqual(["DATA 1 5 bytes end"]);
    expect(scene.takeTold()).toEqual(["sent 1 at 5000000"]);
  });

  test("the bytes that were held back are the message", () => {
    const scene = new Scene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 0]] });
    scene.start(1);
    for (let i = 0; i < 12; i++) scene.receive(scene.peer.windowUpdate(1, 1));
    const data = scene.sent().filter(({ type }) => type === "DATA");
    expect(data).toHaveLength(12);
    expect(Buffer.concat(data.map(({ payload }) => payload))).toEqual(framed(Buffer.from("request")));
  });

  test("the connection's window is shared, first come first served", () => {
    const scene = new Scene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 1 << 20]] });
    scene.start(1, { message: body });
    scene.start(2, { message: body });
    scene.start(3);
    expect(scene.described().filter((frame) => frame.startsWith("DATA"))).toEqual([
      "DATA 1 16384 bytes",
      "DATA 1 16384 bytes",
      "DATA 1 7237 bytes end",
      "DATA 3 16384 bytes",
      "DATA 3 9146 bytes",
    ]);
    scene.receive(scene.peer.windowUpdate(0, 100_000));
    expect(scene.described()).toEqual(["DATA 3 14475 bytes end", "DATA 5 12 bytes end"]);
  });

  test("a stream whose window is shut holds no other back", () => {
    const scene = new Scene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 20]] });
    scene.start(1, { message: body });
    scene.start(2);
    expect(scene.described()).toEqual(["HEADERS 1", "DATA 1 20 bytes", "HEADERS 3", "DATA 3 12 bytes end"]);
  });

  test("windows of open streams follow INITIAL_WINDOW_SIZE, below zero too", () => {
    const scene = new Scene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 8]] });
    scene.start(1);
    expect(scene.described()).toEqual(["HEADERS 1", "DATA 1 8 bytes"]);
    scene.receive(scene.peer.settings([[SETTING.INITIAL_WINDOW_SIZE, 2]]));
    scene.receive(scene.peer.windowUpdate(1, 6));
    expect(scene.described()).toEqual(["SETTINGS ack"]);
    scene.receive(scene.peer.settings([[SETTING.INITIAL_WINDOW_SIZE, 20]]));
    expect(scene.described()).toEqual(["SETTINGS ack", "DATA 1 4 bytes end"]);
  });

  test("a call that ends while its message is held back is given up", () => {
    const scene = new Scene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 0]] });
    scene.start(1);
    scene.sent();
    scene.receive(scene.peer.headers(1, [...HEAD, ["grpc-status", "7"]], true));
    expect(scene.takeTold()).toEqual([expect.stringMatching(/^ended 1 PERMISSION_DENIED/), "capacity"]);
    expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.CANCEL}`]);
    scene.receive(scene.peer.settings([[SETTING.INITIAL_WINDOW_SIZE, 100]]));
    expect(scene.described()).toEqual(["SETTINGS ack"]);
  });
});

describe("our windows", () => {
  test("open again when half of them is used, in one step", () => {
    const scene = new Scene();
    scene.start(1);
    scene.sent();
    scene.receive(scene.peer.headers(1, HEAD));
    const message = framed(Buffer.alloc(48 * 1024 * 1024));
    const updates: string[] = [];
    for (let at = 0; at < message.length; at += 16_384) {
      scene.receive(scene.peer.data(1, message.subarray(at, at + 16_384)));
      updates.push(...scene.described());
    }
    expect(updates.filter((line) => line.startsWith("WINDOW_UPDATE 1 "))).toHaveLength(6);
    expect(updates.filter((line) => line.startsWith("WINDOW_UPDATE 0 "))).toEqual(["WINDOW_UPDATE 0 +33554432"]);
    scene.receive(scene.peer.headers(1, TRAILERS, true));
    expect(scene.takeTold()).toContain(`ended 1 OK at 1000000 with ${48 * 1024 * 1024} bytes`);
  });

  test("count what comes on streams that were given up", () => {
    const scene = new Scene();
    scene.start(1, { timeoutNs: ns(10) });
    scene.connection.expire(ns(2_000_000));
    scene.sent();
    const chunk = scene.peer.data(1, Buffer.alloc(16_384));
    const updates: string[] = [];
    for (let i = 0; i < 2_100; i++) {
      scene.receive(chunk);
      updates.push(...scene.described());
    }
    expect(updates).toEqual(["WINDOW_UPDATE 0 +33554432"]);
  });
});

describe("deadlines", () => {
  test("run out in their order, with a reset; the late answer is ignored", () => {
    const scene = new Scene();
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
    const scene = new Scene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 0]] });
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
    const scene = new Scene();
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
    const scene = new Scene();
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
    const scene = new Scene();
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
    const scene = new Scene({ settings: [[SETTING.MAX_CONCURRENT_STREAMS, 2]] });
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
    const scene = new Scene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 1 << 30]] });
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
    const scene = new Scene();
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
    const scene = new Scene({ onEnded: (_tag, connection) => connection.close() });
    for (const tag of [1, 2]) scene.start(tag);
    scene.takeTold();
    scene.receive(scene.answer(1), scene.answer(3));
    expect(scene.takeTold()).toEqual([
      expect.stringMatching(/^ended 1 OK/),
      expect.stringMatching(/^ended 2 CANCELLED/),
    ]);
  });

  test("a lost socket ends what runs with UNAVAILABLE", () => {
    const scene = new Scene();
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

test("the status numbers above are gRPC's", () => {
  expect(GRPC_STATUS.UNAVAILABLE).toBe(14);
});
