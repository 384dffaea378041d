import { describe, expect, test } from "vitest";
import { GRPC_STATUS } from "../grpc/status.js";
import { ListenerTally } from "../listener-tally.js";
import { errorAnswer, okAnswer, type Outcome, type UnaryCall, type UnaryService } from "../unary-service.js";
import { ns, type Nanoseconds } from "../units.js";
import { FLAG, FRAME, SETTING } from "./frames.js";
import type { HeaderField } from "./hpack-encoder.js";
import { H2_ERROR } from "./http2-error.js";
import { describeFrame, framed, MemorySink, PlayedPeer, uint32, type PlayedFrame } from "./played-peer.js";
import { ServerConnection } from "./server-connection.js";

const REQUEST: HeaderField[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/a.B/Echo"],
  [":authority", "payments.test"],
  ["te", "trailers"],
  ["content-type", "application/grpc"],
];
const MESSAGE = Buffer.from("a request");

function changed(...changes: HeaderField[]): HeaderField[] {
  const names = changes.map(([name]) => name);
  return [...REQUEST.filter(([name]) => !names.includes(name)), ...changes].sort(
    ([a], [b]) => Number(b.startsWith(":")) - Number(a.startsWith(":")),
  );
}

type Handle = (message: string, call: UnaryCall) => Outcome | null;

/** A server connection whose client is played. */
class Scene {
  readonly sink = new MemorySink();
  readonly client = new PlayedPeer();
  readonly requests: string[] = [];
  readonly downs: string[] = [];
  readonly tally: ListenerTally;
  readonly connection: ServerConnection;
  at: Nanoseconds = ns(1_000_000);

  constructor(setup: { handle?: Handle; settings?: readonly (readonly [id: number, value: number])[] } = {}) {
    const handle = setup.handle ?? ((message) => okAnswer(Buffer.from(`echo ${message}`)));
    const service: UnaryService = {
      methods: new Map([
        [
          "/a.B/Echo",
          {
            name: "Echo",
            handle: (request, start, end, call) => {
              const message = request.toString("latin1", start, end);
              this.requests.push(message);
              return handle(message, call);
            },
          },
        ],
      ]),
    };
    this.tally = new ListenerTally(service);
    this.connection = new ServerConnection({
      sink: this.sink,
      clock: () => this.at,
      service,
      tally: this.tally,
      onDown: (reason) => this.downs.push(reason),
    });
    this.connection.open();
    this.receive(this.client.preface(setup.settings));
    this.sink.take();
  }

  receive(...parts: Buffer[]): void {
    this.connection.receive(Buffer.concat(parts));
  }

  request(streamId: number, message = MESSAGE, fields = REQUEST): Buffer {
    return Buffer.concat([this.client.headers(streamId, fields), this.client.data(streamId, framed(message), true)]);
  }

  sent(): PlayedFrame[] {
    return this.client.read(this.sink.take());
  }

  described(): string[] {
    return this.sent().map(describeFrame);
  }

  /** The header lists that were sent since the last look, as `name: value` lines. */
  fieldsSent(): string[][] {
    return this.sent()
      .filter(({ type }) => type === "HEADERS")
      .map(({ payload }) => this.client.fields(payload).map(([name, value]) => `${name}: ${value}`));
  }
}

describe("a call", () => {
  test("is answered in one write: head, message, trailers", () => {
    const scene = new Scene();
    const writes = scene.sink.writes;
    scene.receive(scene.request(1));
    expect(scene.requests).toEqual(["a request"]);
    expect(scene.sink.writes).toBe(writes + 1);
    const frames = scene.sent();
    expect(frames.map(describeFrame)).toEqual(["HEADERS 1", "DATA 1 19 bytes", "HEADERS 1 end"]);
    expect(scene.client.fields(frames[0]!.payload)).toEqual([
      [":status", "200"],
      ["content-type", "application/grpc"],
    ]);
    expect(frames[1]!.payload).toEqual(framed(Buffer.from("echo a request")));
    expect(scene.client.fields(frames[2]!.payload)).toEqual([["grpc-status", "0"]]);
    expect(scene.tally.counters()).toEqual({ calls: { Echo: 1, "(unknown)": 0 }, connections: 0, handshakes: 0 });
  });

  test("repeated shrinks to indexed fields in both directions, on its own stream", () => {
    const scene = new Scene();
    for (const streamId of [1, 3, 5, 7]) scene.receive(scene.request(streamId, Buffer.from(`request ${streamId}`)));
    expect(scene.requests).toEqual(["request 1", "request 3", "request 5", "request 7"]);
    const frames = scene.sent();
    const lists = frames.filter(({ type }) => type === "HEADERS").map(({ payload }) => scene.client.fields(payload));
    expect(lists.slice(6)).toEqual(lists.slice(0, 2));
    expect(frames.slice(-3).map(({ streamId }) => streamId)).toEqual([7, 7, 7]);
    expect(frames.at(-1)!.payload).toHaveLength(1);
    expect(frames.at(-3)!.payload).toHaveLength(2);
  });

  test("is the same wherever its bytes are cut", () => {
    const bytesOf = (scene: Scene) =>
      Buffer.concat([
        scene.request(1),
        scene.client.headers(3, REQUEST),
        scene.client.data(3, framed(Buffer.from("in pieces")).subarray(0, 7)),
        scene.client.data(3, framed(Buffer.from("in pieces")).subarray(7)),
        scene.client.headers(3, [["x-trailer", "1"]], true),
        scene.request(5),
      ]);
    const whole = new Scene();
    whole.receive(bytesOf(whole));
    const expected = whole.sink.take();
    expect(whole.requests).toEqual(["a request", "in pieces", "a request"]);
    const { length } = bytesOf(new Scene());
    for (let cut = 1; cut < length; cut++) {
      const scene = new Scene();
      const bytes = bytesOf(scene);
      scene.receive(bytes.subarray(0, cut));
      scene.receive(bytes.subarray(cut));
      expect(scene.sink.take()).toEqual(expected);
    }
  });

  test("may come with its preface cut anywhere", () => {
    const preface = new PlayedPeer().preface();
    for (let cut = 1; cut < preface.length; cut++) {
      const sink = new MemorySink();
      const service: UnaryService = { methods: new Map() };
      const connection = new ServerConnection({
        sink,
        clock: () => ns(0),
        service,
        tally: new ListenerTally(service),
        onDown: () => undefined,
      });
      connection.receive(preface.subarray(0, cut));
      connection.receive(preface.subarray(cut));
      expect(new PlayedPeer().read(sink.take()).map(describeFrame)).toEqual(["SETTINGS ack"]);
    }
  });

  test("that fails is answered with trailers alone", () => {
    const scene = new Scene({ handle: () => errorAnswer(GRPC_STATUS.NOT_FOUND, "no payment 100%") });
    scene.receive(scene.request(1), scene.request(3));
    const lists = scene.fieldsSent();
    expect(lists[0]).toEqual([
      ":status: 200",
      "content-type: application/grpc",
      "grpc-status: 5",
      "grpc-message: no payment 100%25",
    ]);
    expect(lists[1]).toEqual(lists[0]);
    expect(lists).toHaveLength(2);
  });

  test("may be answered later; late answers of one turn share a write", async () => {
    const waiting: ((outcome: Outcome) => void)[] = [];
    const scene = new Scene({ handle: (_message, call) => (waiting.push(call.defer()), null) });
    scene.receive(scene.request(1), scene.request(3), scene.request(5));
    expect(scene.described()).toEqual([]);
    scene.receive(scene.client.reset(3, H2_ERROR.CANCEL));
    const { writes } = scene.sink;
    for (const complete of waiting) complete(okAnswer(Buffer.from("late")));
    await Promise.resolve();
    expect(scene.sink.writes).toBe(writes + 1);
    expect(scene.described()).toEqual([
      ...["HEADERS 1", "DATA 1 9 bytes", "HEADERS 1 end"],
      ...["HEADERS 5", "DATA 5 9 bytes", "HEADERS 5 end"],
    ]);
    for (const complete of waiting) complete(okAnswer(Buffer.from("twice")));
    await Promise.resolve();
    expect(scene.described()).toEqual([]);
  });

  test("may be broken on demand", () => {
    const handle: Handle = (message) =>
      message === "reset"
        ? { kind: "reset", code: H2_ERROR.INTERNAL_ERROR }
        : { kind: message as "garbage" | "disconnect" | "silence" };
    const scene = new Scene({ handle });
    scene.receive(scene.request(1, Buffer.from("reset")), scene.request(3, Buffer.from("silence")));
    expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.INTERNAL_ERROR}`]);
    scene.receive(scene.request(5, Buffer.from("garbage")));
    expect(scene.sink.take()).toEqual(Buffer.alloc(64, 0xff));
    expect(scene.sink.closed).toBe("soon");
    const other = new Scene({ handle });
    other.receive(other.request(1, Buffer.from("disconnect")));
    expect(other.sink.closed).toBe("at once");
    expect(other.downs).toEqual(["disconnected on demand"]);
  });
});

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
    const scene = new Scene();
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
    const scene = new Scene();
    scene.receive(scene.client.headers(1, REQUEST), scene.client.data(1, body, true), scene.request(3));
    expect(scene.fieldsSent()[0]).toContain(`grpc-status: ${status}`);
    expect(scene.requests).toEqual(["a request"]);
    expect(scene.tally.counters().calls["Echo"]).toBe(2);
  });

  test("a request that is refused before its end is told to stop, and what still comes of it is ignored", () => {
    const scene = new Scene();
    scene.receive(scene.client.headers(1, REQUEST), scene.client.data(1, framed(MESSAGE, 1)));
    expect(scene.described()).toEqual(["HEADERS 1 end", `RST_STREAM 1 ${H2_ERROR.NO_ERROR}`]);
    scene.receive(scene.client.data(1, MESSAGE), scene.client.headers(1, [["x", "1"]], true), scene.request(3));
    expect(scene.requests).toEqual(["a request"]);
  });

  test("a request without any DATA has no message", () => {
    const scene = new Scene();
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
    const scene = new Scene();
    scene.receive(scene.request(1, MESSAGE, fields), scene.request(3));
    expect(scene.described()[0]).toBe(`RST_STREAM 1 ${H2_ERROR.PROTOCOL_ERROR}`);
    expect(scene.requests).toEqual(["a request"]);
  });

  test("a right content-length is none of them, nor is CONNECT as it should be", () => {
    const scene = new Scene();
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
      const scene = new Scene();
      scene.receive(scene.client.headers(1, REQUEST), scene.client.data(1, framed(MESSAGE)), trailers(scene.client));
      expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.PROTOCOL_ERROR}`]);
    }
  });

  test("a stream that depends on itself", () => {
    const scene = new Scene();
    const block = scene.client.block(REQUEST);
    const prioritised = Buffer.concat([uint32(1), Buffer.from([9]), block]);
    scene.receive(scene.client.frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.PRIORITY, 1, prioritised));
    expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.PROTOCOL_ERROR}`]);
    scene.receive(scene.request(3));
    expect(scene.requests).toEqual(["a request"]);
  });

  test("a header list beyond all bounds", () => {
    const scene = new Scene();
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

describe("errors of one stream", () => {
  test("DATA and HEADERS on a stream whose request has ended are STREAM_CLOSED", () => {
    for (const late of [
      (peer: PlayedPeer) => peer.data(1, MESSAGE),
      (peer: PlayedPeer) => peer.headers(1, [["x", "1"]], true),
    ]) {
      const scene = new Scene({ handle: (_message, call) => (call.defer(), null) });
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
      const scene = new Scene();
      scene.receive(scene.client.headers(1, REQUEST), offence(scene.client));
      expect(scene.described()).toEqual([`RST_STREAM 1 ${code}`]);
    }
  });

  test("a window is opened again when half of it is used", () => {
    const scene = new Scene();
    const message = framed(Buffer.alloc(3 * 1024 * 1024));
    scene.receive(scene.client.headers(1, REQUEST));
    for (let at = 0; at < message.length; at += 16_384) {
      scene.receive(scene.client.data(1, message.subarray(at, at + 16_384)));
    }
    expect(scene.described()).toEqual(new Array<string>(6).fill("WINDOW_UPDATE 1 +524288"));
  });

  test("one stream too many is refused", () => {
    const scene = new Scene();
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
    const scene = new Scene();
    scene.receive(scene.request(1), scene.request(5));
    scene.sent();
    scene.receive(offence(scene.client));
    expect(scene.described().at(-1)).toMatch(new RegExp(`^GOAWAY last \\d+ code ${code}$`));
    expect(scene.sink.closed).toBe("soon");
    expect(scene.downs).toEqual([expect.stringMatching(/^protocol error by the peer/)]);
    scene.receive(scene.request(200_001));
    expect(scene.requests).toHaveLength(2);
  });

  test("resets that are spread over time are no flood", () => {
    const scene = new Scene();
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

describe("windows of the client", () => {
  const report = Buffer.alloc(50_000, "r");

  test("a large answer goes in frames, and its trailers behind the last", () => {
    const scene = new Scene({ handle: () => okAnswer(report) });
    scene.receive(scene.request(1));
    expect(scene.described()).toEqual([
      "HEADERS 1",
      ...["DATA 1 16384 bytes", "DATA 1 16384 bytes", "DATA 1 16384 bytes", "DATA 1 853 bytes"],
      "HEADERS 1 end",
    ]);
  });

  test("a frame is never larger than our own memory for it, whatever the client takes", () => {
    const settings = [
      [SETTING.MAX_FRAME_SIZE, 1 << 20],
      [SETTING.INITIAL_WINDOW_SIZE, 1 << 20],
    ] as const;
    const scene = new Scene({ handle: () => okAnswer(Buffer.alloc(200_000)), settings });
    scene.receive(scene.client.windowUpdate(0, 1 << 20));
    scene.sent();
    scene.receive(scene.request(1));
    expect(scene.described()).toEqual([
      "HEADERS 1",
      ...["DATA 1 64512 bytes", "DATA 1 64512 bytes", "DATA 1 64512 bytes", "DATA 1 6469 bytes"],
      "HEADERS 1 end",
    ]);
  });

  test("answers wait for windows, each in its turn, and for nothing else", () => {
    const scene = new Scene({ handle: () => okAnswer(report) });
    scene.receive(scene.request(1), scene.request(3));
    expect(scene.described().filter((frame) => frame.startsWith("DATA 3"))).toEqual(["DATA 3 15530 bytes"]);
    scene.receive(scene.client.windowUpdate(0, 40_000));
    expect(scene.described()).toEqual([
      ...["DATA 3 16384 bytes", "DATA 3 16384 bytes", "DATA 3 1707 bytes"],
      "HEADERS 3 end",
    ]);
  });

  test("a stream whose answer waits may be reset, and leaves nothing behind", () => {
    const scene = new Scene({ handle: () => okAnswer(report), settings: [[SETTING.INITIAL_WINDOW_SIZE, 10]] });
    scene.receive(scene.request(1), scene.client.reset(1, H2_ERROR.CANCEL));
    scene.sent();
    scene.receive(scene.client.settings([[SETTING.INITIAL_WINDOW_SIZE, 100_000]]));
    expect(scene.described()).toEqual(["SETTINGS ack"]);
  });

  test("answers wait while the client reads nothing, and go on when it does", () => {
    const scene = new Scene({ handle: () => okAnswer(report), settings: [[SETTING.INITIAL_WINDOW_SIZE, 1 << 30]] });
    scene.receive(scene.client.windowUpdate(0, 1 << 30));
    scene.sent();
    scene.sink.holding = true;
    for (let i = 0; i < 200; i++) scene.receive(scene.request(1 + 2 * i));
    expect(scene.connection.isBacklogged).toBe(true);
    expect(scene.sink.writableLength).toBeLessThan(1.2 * 1024 * 1024);
    scene.sink.release();
    scene.connection.drained();
    scene.sink.release();
    while (scene.connection.isBacklogged) scene.connection.drained();
    for (let i = 0; i < 20; i++) scene.connection.drained();
    expect(scene.described().filter((frame) => /^HEADERS \d+ end$/.test(frame))).toHaveLength(200);
  });
});

describe("draining", () => {
  test("announces itself, takes what was under way, names the last stream, and closes after the last answer", async () => {
    const waiting: ((outcome: Outcome) => void)[] = [];
    const scene = new Scene({ handle: (_message, call) => (waiting.push(call.defer()), null) });
    scene.receive(scene.request(1));
    scene.connection.drain();
    expect(scene.described()).toEqual(["GOAWAY last 2147483647 code 0", "PING"]);
    scene.receive(scene.request(3), scene.client.frame(FRAME.PING, FLAG.ACK, 0, Buffer.from("draining")));
    expect(scene.described()).toEqual(["GOAWAY last 3 code 0"]);
    scene.receive(scene.request(5), scene.client.reset(5, 8), scene.client.data(5, MESSAGE));
    expect(waiting).toHaveLength(2);
    expect(scene.sink.closed).toBeNull();
    for (const complete of waiting) complete(okAnswer(MESSAGE));
    await Promise.resolve();
    expect(scene.described().filter((frame) => frame.endsWith("end"))).toEqual(["HEADERS 1 end", "HEADERS 3 end"]);
    expect(scene.sink.closed).toBe("soon");
    expect(scene.downs).toEqual(["drained"]);
  });

  test("an idle connection closes at the answer to its PING", () => {
    const scene = new Scene();
    scene.connection.drain();
    scene.connection.drain();
    expect(scene.described()).toEqual(["GOAWAY last 2147483647 code 0", "PING"]);
    scene.receive(scene.client.frame(FRAME.PING, FLAG.ACK, 0, Buffer.from("draining")));
    expect(scene.described()).toEqual(["GOAWAY last 0 code 0"]);
    expect(scene.downs).toEqual(["drained"]);
  });
});

test("requests that never end are not held without bound", () => {
  const scene = new Scene();
  const piece = Buffer.concat([Buffer.from([0]), uint32(4_000_000), Buffer.alloc(16_000)]);
  for (let streamId = 1; streamId < 4_000; streamId += 2) {
    scene.receive(scene.client.headers(streamId, REQUEST), scene.client.data(streamId, piece));
  }
  const refused = scene.described().filter((frame) => /^HEADERS \d+ end$/.test(frame));
  expect(refused.length).toBeGreaterThan(900);
  expect(scene.downs).toEqual([]);
});
