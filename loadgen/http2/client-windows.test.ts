import { describe, expect, test } from "vitest";
import { ns } from "../units.js";
import { ClientScene, HEAD, TRAILERS } from "./client-scene.test-helper.js";
import { SETTING } from "./frames.js";
import { H2_ERROR } from "./http2-error.js";
import { framed } from "./played-peer.test-helper.js";

describe("windows of the peer", () => {
  const body = Buffer.alloc(40_000, "b");

  test("a message larger than a frame goes in several, and is sent when its last byte is", () => {
    const scene = new ClientScene();
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
    const scene = new ClientScene({ settings: [[SETTING.MAX_FRAME_SIZE, 1 << 20]] });
    scene.start(1, { message: body });
    expect(scene.described()).toEqual(["HEADERS 1", "DATA 1 40005 bytes end"]);
  });

  test("a frame is never larger than our own memory for it, whatever the peer takes", () => {
    const scene = new ClientScene({
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
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 3]] });
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
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 0]] });
    scene.start(1);
    for (let i = 0; i < 12; i++) scene.receive(scene.peer.windowUpdate(1, 1));
    const data = scene.sent().filter(({ type }) => type === "DATA");
    expect(data).toHaveLength(12);
    expect(Buffer.concat(data.map(({ payload }) => payload))).toEqual(framed(Buffer.from("request")));
  });

  test("the connection's window is shared, first come first served", () => {
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 1 << 20]] });
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
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 20]] });
    scene.start(1, { message: body });
    scene.start(2);
    expect(scene.described()).toEqual(["HEADERS 1", "DATA 1 20 bytes", "HEADERS 3", "DATA 3 12 bytes end"]);
  });

  test("windows of open streams follow INITIAL_WINDOW_SIZE, below zero too", () => {
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 8]] });
    scene.start(1);
    expect(scene.described()).toEqual(["HEADERS 1", "DATA 1 8 bytes"]);
    scene.receive(scene.peer.settings([[SETTING.INITIAL_WINDOW_SIZE, 2]]));
    scene.receive(scene.peer.windowUpdate(1, 6));
    expect(scene.described()).toEqual(["SETTINGS ack"]);
    scene.receive(scene.peer.settings([[SETTING.INITIAL_WINDOW_SIZE, 20]]));
    expect(scene.described()).toEqual(["SETTINGS ack", "DATA 1 4 bytes end"]);
  });

  test("messages that wait for the socket go on when it takes all at once, which it does not tell", () => {
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 1 << 30]] });
    scene.receive(scene.peer.windowUpdate(0, 1 << 30));
    for (let tag = 0; tag < 10; tag++) {
      scene.connection.start({ path: "/a.B/C", message: Buffer.alloc(300_000), timeoutNs: null, metadata: [] }, tag);
    }
    scene.connection.flush();
    expect(scene.described().filter((frame) => frame.endsWith(" end"))).toHaveLength(10);
    expect(scene.takeTold()).toHaveLength(10);
  });

  test("a call that ends while its message is held back is given up", () => {
    const scene = new ClientScene({ settings: [[SETTING.INITIAL_WINDOW_SIZE, 0]] });
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
    const scene = new ClientScene();
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
    const scene = new ClientScene();
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
