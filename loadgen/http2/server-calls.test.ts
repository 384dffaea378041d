import { describe, expect, test } from "vitest";
import { GRPC_STATUS } from "../grpc/status.js";
import { ListenerTally } from "../listener-tally.js";
import { errorAnswer, okAnswer } from "../unary-service.js";
import { ns } from "../units.js";
import { H2_ERROR } from "./http2-error.js";
import { describeFrame, framed, MemorySink, PlayedPeer } from "./played-peer.test-helper.js";
import { ServerConnection } from "./server-connection.js";
import { ServerScene, REQUEST } from "./server-scene.test-helper.js";
import type { Handle } from "./server-scene.test-helper.js";
import type { Outcome } from "../unary-service.js";
import type { UnaryService } from "../unary-service.js";

describe("a call", () => {
  test("is answered in one write: head, message, trailers", () => {
    const scene = new ServerScene();
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
    const scene = new ServerScene();
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
    const bytesOf = (scene: ServerScene) =>
      Buffer.concat([
        scene.request(1),
        scene.client.headers(3, REQUEST),
        scene.client.data(3, framed(Buffer.from("in pieces")).subarray(0, 7)),
        scene.client.data(3, framed(Buffer.from("in pieces")).subarray(7)),
        scene.client.headers(3, [["x-trailer", "1"]], true),
        scene.request(5),
      ]);
    const whole = new ServerScene();
    whole.receive(bytesOf(whole));
    const expected = whole.sink.take();
    expect(whole.requests).toEqual(["a request", "in pieces", "a request"]);
    const { length } = bytesOf(new ServerScene());
    for (let cut = 1; cut < length; cut++) {
      const scene = new ServerScene();
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
    const scene = new ServerScene({ handle: () => errorAnswer(GRPC_STATUS.NOT_FOUND, "no payment 100%") });
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
    const scene = new ServerScene({ handle: (_message, call) => (waiting.push(call.defer()), null) });
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
    const scene = new ServerScene({ handle });
    scene.receive(scene.request(1, Buffer.from("reset")), scene.request(3, Buffer.from("silence")));
    expect(scene.described()).toEqual([`RST_STREAM 1 ${H2_ERROR.INTERNAL_ERROR}`]);
    scene.receive(scene.request(5, Buffer.from("garbage")));
    expect(scene.sink.take()).toEqual(Buffer.alloc(64, 0xff));
    expect(scene.sink.closed).toBe("soon");
    const other = new ServerScene({ handle });
    other.receive(other.request(1, Buffer.from("disconnect")));
    expect(other.sink.closed).toBe("at once");
    expect(other.downs).toEqual(["disconnected on demand"]);
  });
});
