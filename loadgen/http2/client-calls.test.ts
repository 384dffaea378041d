import { describe, expect, test } from "vitest";
import { ns } from "../units.js";
import { ClientConnection } from "./client-connection.js";
import { ClientScene, HEAD, TRAILERS, MESSAGE, call, DEAF } from "./client-scene.test-helper.js";
import { FLAG, FRAME } from "./frames.js";
import { framed, MemorySink, PlayedPeer, uint32 } from "./played-peer.test-helper.js";

describe("a call", () => {
  test("is one HEADERS and one DATA frame in one write, as gRPC asks", () => {
    const scene = new ClientScene();
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
    const scene = new ClientScene();
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
      listener: DEAF,
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
    const scene = new ClientScene();
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
    const scene = new ClientScene({ onMessage: (tag, message) => messages.push(`${tag} ${message.toString()}`) });
    scene.start(4);
    scene.receive(scene.answer(1));
    expect(messages).toEqual(["4 an answer"]);
  });

  test("that is started when another ends leaves with the next write, without a flush", () => {
    const next = call();
    const scene = new ClientScene({ onEnded: (tag, connection) => tag < 3 && connection.start(next, tag + 1) });
    scene.start(1);
    scene.sent();
    scene.receive(scene.answer(1));
    expect(scene.described()).toEqual(["HEADERS 3", "DATA 3 12 bytes end"]);
    scene.receive(scene.answer(3));
    expect(scene.takeTold().filter((line) => line.startsWith("ended"))).toHaveLength(2);
  });

  test("ends the same wherever the bytes of the answers are cut", () => {
    const transcript = (scene: ClientScene) =>
      Buffer.concat([
        scene.peer.frame(FRAME.PING, 0, 0, Buffer.from("12345678")),
        scene.answer(1),
        scene.peer.windowUpdate(0, 100),
        scene.answer(3, Buffer.alloc(0)),
        scene.peer.headers(5, [...HEAD, ["grpc-status", "5"]], true),
      ]);
    const whole = new ClientScene();
    for (const tag of [0, 1, 2]) whole.start(tag);
    whole.sent();
    whole.takeTold();
    whole.receive(transcript(whole));
    const expected = whole.takeTold().filter((line) => line !== "capacity");
    expect(expected).toHaveLength(3);
    const length = transcript(new ClientScene()).length;
    for (let cut = 1; cut < length; cut++) {
      const scene = new ClientScene();
      for (const tag of [0, 1, 2]) scene.start(tag);
      scene.takeTold();
      const bytes = transcript(scene);
      scene.receive(bytes.subarray(0, cut));
      scene.receive(bytes.subarray(cut));
      expect(scene.takeTold().filter((line) => line !== "capacity")).toEqual(expected);
    }
  });

  test("is not disturbed by padding, priorities, unknown frames, early hints and pings", () => {
    const scene = new ClientScene();
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
    const scene = new ClientScene();
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
      const scene = new ClientScene(keep ? { onMessage: (_tag, message) => messages.push(message) } : {});
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
