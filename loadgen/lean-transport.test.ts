import { describe, expect, test } from "vitest";
import type { Socket } from "node:net";
import { Fault, renderFault } from "./fault.js";
import { SETTING } from "./http2/frames.js";
import { PlayedPeer } from "./http2/played-peer.test-helper.js";
import type { Connection, Target } from "./transport.js";
import { ms, seconds } from "./units.js";
import { ECHO, Ends, targetOf, call, open, peer, cleanups } from "./loopback.test-helper.js";

async function faultOf(target: Target): Promise<Fault> {
  const error: unknown = await open(target, new Ends()).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Fault);
  return error as Fault;
}

describe("a connection that cannot be opened says why", () => {
  test("refused", async () => {
    const target = await peer(() => undefined);
    await cleanups.pop()!();
    expect((await faultOf(target)).text.fact).toBe(`cannot reach 127.0.0.1:${target.port}: connection refused`);
  });

  test("reset, closed", async () => {
    const resetting = await peer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect((await faultOf(resetting)).text.fact).toMatch(/it reset the connection$/);
    const closing = await peer((socket) => socket.end());
    expect((await faultOf(closing)).text.fact).toMatch(/it closed the connection$/);
  });

  test("silent", async () => {
    const target = await peer(() => undefined);
    const fault = await faultOf({ ...target, connectTimeoutNs: ms(50) });
    expect(fault.text.fact).toMatch(/no HTTP\/2 SETTINGS came within 50 ms$/);
  });

  test("HTTP/1.1, garbage, settings that break the rules", async () => {
    const http1 = await peer((socket) => socket.write("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"));
    expect((await faultOf(http1)).text.fact).toMatch(/it answers HTTP\/1\.1$/);
    const garbage = await peer((socket) => socket.write(Buffer.alloc(100, 0xee)));
    expect((await faultOf(garbage)).text.fact).toMatch(/FRAME_SIZE_ERROR/);
    const wrong = await peer((socket) => socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 1])));
    expect((await faultOf(wrong)).text.fact).toMatch(/SETTINGS on stream 1/);
  });

  test("no such host, no such local address", async () => {
    const unknown = await faultOf(targetOf(":1", { host: "no-such-host.invalid" }));
    expect(renderFault(unknown)).toMatch(/no such host|could not be resolved/);
    const elsewhere = await faultOf(targetOf(":1", { localAddress: "198.18.255.254" }));
    expect(elsewhere.text.fact).toMatch(/the local address is not ours$/);
  });
});

describe("a connection that is lost", () => {
  test("ends its calls with UNAVAILABLE and tells why", async () => {
    const sockets: Socket[] = [];
    const target = await peer((socket) => {
      sockets.push(socket);
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    });
    const ends = new Ends();
    const connection = await open(target, ends);
    connection.start(call(ECHO), 1);
    connection.flush();
    await new Promise((resolve) => setTimeout(resolve, 10));
    sockets[0]!.resetAndDestroy();
    expect((await ends.until(1))[0]).toMatchObject({ status: "UNAVAILABLE", detail: "it reset the connection" });
    expect(ends.closed).toBe("it reset the connection");
    expect(connection.freeStreams).toBe(0);
    connection.flush();
    connection.expire(seconds(1e6));
  });

  test("may be closed at any time, by a peer that reads nothing as well", async () => {
    const target = await peer((socket) => {
      const server = new PlayedPeer();
      socket.pause();
      socket.write(
        Buffer.concat([server.settings([[SETTING.INITIAL_WINDOW_SIZE, 1 << 30]]), server.windowUpdate(0, 1 << 30)]),
      );
    });
    const ends = new Ends();
    const connection = await open(target, ends);
    const started = startUntilFull(connection);
    expect(started).toBeLessThan(5_000);
    await connection.close();
    expect(ends.ended.map(({ status }) => status)).toEqual(new Array<string>(started).fill("CANCELLED"));
    expect(ends.closed).toBeNull();
  });
});

function startUntilFull(connection: Connection): number {
  let started = 0;
  for (; connection.freeStreams > 0 && started < 5_000; started++) {
    connection.start(call(ECHO, "x".repeat(20_000), null), started);
    connection.flush();
  }
  return started;
}
