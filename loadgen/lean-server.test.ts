import { describe, expect, test } from "vitest";
import { connect } from "node:net";
import { SETTING } from "./http2/frames.js";
import { framed, PlayedPeer } from "./http2/played-peer.test-helper.js";
import { createLeanServer } from "./lean-server.js";
import { leanTransport } from "./lean-transport.js";
import { okAnswer } from "./unary-service.js";
import { ms, seconds } from "./units.js";
import { LATER, REPORT, TestService, Ends, targetOf, call, serve, open, cleanups } from "./loopback.test-helper.js";

describe("the server", () => {
  test("drains: calls under way are answered, new connections are not taken, and the client hears of it", async () => {
    const { server, service, address } = await serve();
    const ends = new Ends();
    const connection = await open(targetOf(address), ends);
    connection.start(call(LATER), 1);
    connection.flush();
    while (service.waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const drained = server.drain(seconds(5));
    await expect(leanTransport.connect(targetOf(address), new Ends())).rejects.toThrow("connection refused");
    while (connection.counters.goaways < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(connection.freeStreams).toBe(0);
    service.waiting[0]!(okAnswer(Buffer.from("after all")));
    await drained;
    expect((await ends.until(1))[0]).toMatchObject({ status: "OK", message: "after all" });
    expect(ends.closed).toMatch(/GOAWAY \(NO_ERROR\)|closed the connection/);
  });

  test("drains in time even if a call never ends", async () => {
    const { server, service, address } = await serve();
    const ends = new Ends();
    const connection = await open(targetOf(address), ends);
    connection.start(call(LATER), 1);
    connection.flush();
    while (service.waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.drain(ms(20));
    expect((await ends.until(1))[0]?.status).toBe("UNAVAILABLE");
  });

  test("cannot listen where somebody else does, and says so", async () => {
    const { address } = await serve();
    const port = Number(address.split(":")[1]);
    const second = createLeanServer(new TestService()).listen({ host: "127.0.0.1", port, tls: null });
    await expect(second).rejects.toThrow(`cannot listen on ${address}`);
  });

  test("reads no more from a client that does not read its answers", async () => {
    const { address } = await serve();
    const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
    cleanups.push(() => socket.destroy());
    socket.pause();
    socket.on("error", () => undefined);
    const client = new PlayedPeer();
    socket.write(client.preface([[SETTING.INITIAL_WINDOW_SIZE, 0x7fffffff]]));
    socket.write(client.windowUpdate(0, 0x7fff0000));
    const fields = [
      [":method", "POST"],
      [":scheme", "http"],
      [":path", REPORT],
      ["content-type", "application/grpc"],
    ] as const;
    const asked = 20_000;
    for (let i = 0; i < asked; i++) {
      socket.write(client.headers(1 + 2 * i, fields));
      socket.write(client.data(1 + 2 * i, framed(Buffer.alloc(1_000)), true));
    }
    const before = process.memoryUsage().arrayBuffers;
    await new Promise((resolve) => setTimeout(resolve, 500));
    // 20 MB of requests stand before 6 GB of answers: most of the requests must still be ours.
    expect(socket.writableLength).toBeGreaterThan(8_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  });
});
