import { describe, expect, test } from "vitest";
import { connect as connectHttp2, createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { createGrpcJsServer } from "./grpc-js-server.js";
import { grpcJsTransport } from "./grpc-js-transport.js";
import { framed } from "./http2/played-peer.test-helper.js";
import { createLeanServer } from "./lean-server.js";
import { leanTransport } from "./lean-transport.js";
import { okAnswer } from "./unary-service.js";
import {
  ECHO,
  FAIL,
  LATER,
  REPORT,
  REPORT_BYTES,
  Ends,
  targetOf,
  call,
  serve,
  open,
  cleanups,
  type Ended,
} from "./loopback.test-helper.js";

describe("calls between client and server", () => {
  const servers = [
    ["lean", createLeanServer],
    ["grpc-js", createGrpcJsServer],
  ] as const;
  const clients = [
    ["lean", leanTransport],
    ["grpc-js", grpcJsTransport],
  ] as const;
  const pairs = servers.flatMap(([server, make]) =>
    clients.map(([client, transport]) => [client, server, transport, make] as const),
  );

  test.each(pairs)(
    "%s calls %s: answers, refusals, large messages both ways",
    async (_client, _server, transport, make) => {
      const { address, service } = await serve(make);
      const ends = new Ends();
      const connection = await open(targetOf(address), ends, transport);
      const large = "m".repeat(200_000);
      connection.start(call(ECHO), 1);
      connection.start(call(FAIL), 2);
      connection.start(call("/test.Test/Nothing"), 3);
      connection.start(call(REPORT), 4);
      connection.start(call(ECHO, large), 5);
      connection.start(call(ECHO, ""), 6);
      connection.start(call(LATER), 7);
      connection.flush();
      await ends.until(6);
      service.waiting[0]!(okAnswer(Buffer.from("later")));
      const byTag = new Map((await ends.until(7)).map((ended): [number, Ended] => [ended.tag, ended]));
      expect(byTag.get(1)).toMatchObject({ status: "OK", message: "hello" });
      expect(byTag.get(2)).toMatchObject({
        status: "NOT_FOUND",
        detail: Buffer.from("nothing like “that” here").toString(),
      });
      expect(byTag.get(3)?.status).toBe("UNIMPLEMENTED");
      expect(byTag.get(4)?.message).toHaveLength(REPORT_BYTES);
      expect(byTag.get(5)?.message === large).toBe(true);
      expect(byTag.get(6)).toMatchObject({ status: "OK", message: "" });
      expect(byTag.get(7)).toMatchObject({ status: "OK", message: "later" });
    },
  );

  test("a thousand calls, ten at a time, all come back and are counted where they arrived", async () => {
    const { address, server } = await serve();
    const ends = new Ends();
    const connection = await open(targetOf(address), ends);
    let started = 0;
    const next = (tag: number) => started < 1_000 && connection.start(call(ECHO, `call ${started++}`), tag);
    ends.onEnded = (tag, status, at, bytes) => {
      Ends.prototype.onEnded.call(ends, tag, status, at, bytes);
      next(tag);
    };
    for (let tag = 0; tag < 10; tag++) next(tag);
    connection.flush();
    const ended = await ends.until(1_000);
    expect(new Set(ended.map(({ message }) => message)).size).toBe(1_000);
    expect(ended.every(({ status }) => status === "OK")).toBe(true);
    expect(connection.counters.calls).toBe(1_000);
    expect(server.counters()).toEqual({
      [address]: {
        calls: { Echo: 1_000, Fail: 0, Later: 0, Report: 0, "(unknown)": 0 },
        connections: 1,
        handshakes: 0,
      },
    });
  });

  test("the connection tells what it is", async () => {
    const { address } = await serve();
    const connection = await open(targetOf(address, { localAddress: "127.0.0.2" }), new Ends());
    expect(connection.facts).toMatchObject({ tls: null, localAddress: "127.0.0.2", peerMaxConcurrentStreams: 4096 });
    expect(connection.facts.connectNs).toBeGreaterThan(0);
    expect(connection.facts.localPort).toBeGreaterThan(0);
  });

  test("node:http2 calls the lean server", async () => {
    const { address } = await serve();
    const session = connectHttp2(`http://${address}`);
    cleanups.push(() => session.destroy());
    const stream = session.request({
      ":method": "POST",
      ":path": ECHO,
      te: "trailers",
      "content-type": "application/grpc+proto",
    });
    const seen: Record<string, unknown> = {};
    stream.on("response", (headers) => void Object.assign(seen, headers));
    stream.on("trailers", (headers) => void Object.assign(seen, headers));
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.end(framed(Buffer.from("hello")));
    await new Promise((resolve) => stream.once("close", resolve));
    expect(seen).toMatchObject({ ":status": 200, "content-type": "application/grpc", "grpc-status": "0" });
    expect(Buffer.concat(chunks)).toEqual(framed(Buffer.from("hello")));
  });

  test("the lean client calls node:http2", async () => {
    const server: Http2Server = createHttp2Server({ settings: { maxConcurrentStreams: 3 } });
    server.on("stream", (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.pipe(stream);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => server.close());
    const ends = new Ends();
    const connection = await open(targetOf(`:${(server.address() as AddressInfo).port}`), ends);
    expect(connection.freeStreams).toBe(3);
    const large = "m".repeat(150_000);
    for (const tag of [1, 2, 3]) connection.start(call(ECHO, large), tag);
    connection.flush();
    expect(connection.freeStreams).toBe(0);
    const ended = await ends.until(3);
    expect(ended.every(({ status, message }) => status === "OK" && message === large)).toBe(true);
  });
});
