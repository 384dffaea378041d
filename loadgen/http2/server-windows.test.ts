import { describe, expect, test } from "vitest";
import { okAnswer } from "../unary-service.js";
import { SETTING } from "./frames.js";
import { H2_ERROR } from "./http2-error.js";
import { ServerScene } from "./server-scene.test-helper.js";

describe("windows of the client", () => {
  const report = Buffer.alloc(50_000, "r");

  test("a large answer goes in frames, and its trailers behind the last", () => {
    const scene = new ServerScene({ handle: () => okAnswer(report) });
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
    const scene = new ServerScene({ handle: () => okAnswer(Buffer.alloc(200_000)), settings });
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
    const scene = new ServerScene({ handle: () => okAnswer(report) });
    scene.receive(scene.request(1), scene.request(3));
    expect(scene.described().filter((frame) => frame.startsWith("DATA 3"))).toEqual(["DATA 3 15530 bytes"]);
    scene.receive(scene.client.windowUpdate(0, 40_000));
    expect(scene.described()).toEqual([
      ...["DATA 3 16384 bytes", "DATA 3 16384 bytes", "DATA 3 1707 bytes"],
      "HEADERS 3 end",
    ]);
  });

  test("a stream whose answer waits may be reset, and leaves nothing behind", () => {
    const scene = new ServerScene({ handle: () => okAnswer(report), settings: [[SETTING.INITIAL_WINDOW_SIZE, 10]] });
    scene.receive(scene.request(1), scene.client.reset(1, H2_ERROR.CANCEL));
    scene.sent();
    scene.receive(scene.client.settings([[SETTING.INITIAL_WINDOW_SIZE, 100_000]]));
    expect(scene.described()).toEqual(["SETTINGS ack"]);
  });

  test("answers that wait for the socket go on when it takes all at once, which it does not tell", () => {
    const scene = new ServerScene({
      handle: () => okAnswer(report),
      settings: [[SETTING.INITIAL_WINDOW_SIZE, 1 << 30]],
    });
    scene.receive(scene.client.windowUpdate(0, 1 << 30));
    scene.sent();
    scene.receive(...Array.from({ length: 100 }, (_, i) => scene.request(1 + 2 * i)));
    expect(scene.described().filter((frame) => /^HEADERS \d+ end$/.test(frame))).toHaveLength(100);
  });

  test("answers wait while the client reads nothing, and go on when it does", () => {
    const scene = new ServerScene({
      handle: () => okAnswer(report),
      settings: [[SETTING.INITIAL_WINDOW_SIZE, 1 << 30]],
    });
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
