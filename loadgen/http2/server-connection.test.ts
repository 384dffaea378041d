import { describe, expect, test } from "vitest";
import { okAnswer } from "../unary-service.js";
import { FLAG, FRAME } from "./frames.js";
import { uint32 } from "./played-peer.test-helper.js";
import { ServerScene, REQUEST, MESSAGE } from "./server-scene.test-helper.js";
import type { Outcome } from "../unary-service.js";

describe("draining", () => {
  test("announces itself, takes what was under way, names the last stream, and closes after the last answer", async () => {
    const waiting: ((outcome: Outcome) => void)[] = [];
    const scene = new ServerScene({ handle: (_message, call) => (waiting.push(call.defer()), null) });
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
    const scene = new ServerScene();
    scene.connection.drain();
    scene.connection.drain();
    expect(scene.described()).toEqual(["GOAWAY last 2147483647 code 0", "PING"]);
    scene.receive(scene.client.frame(FRAME.PING, FLAG.ACK, 0, Buffer.from("draining")));
    expect(scene.described()).toEqual(["GOAWAY last 0 code 0"]);
    expect(scene.downs).toEqual(["drained"]);
  });
});

test("requests that never end are not held without bound", () => {
  const scene = new ServerScene();
  const piece = Buffer.concat([Buffer.from([0]), uint32(4_000_000), Buffer.alloc(16_000)]);
  for (let streamId = 1; streamId < 4_000; streamId += 2) {
    scene.receive(scene.client.headers(streamId, REQUEST), scene.client.data(streamId, piece));
  }
  const refused = scene.described().filter((frame) => /^HEADERS \d+ end$/.test(frame));
  expect(refused.length).toBeGreaterThan(900);
  expect(scene.downs).toEqual([]);
});
