import { connect as connectHttp2, createServer as createHttp2Server, type Http2Server } from "node:http2";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Fault, renderFault } from "./fault.js";
import { createGrpcJsServer } from "./grpc-js-server.js";
import { grpcJsTransport } from "./grpc-js-transport.js";
import { statusName } from "./grpc/status.js";
import { SETTING } from "./http2/frames.js";
import { framed, PlayedPeer } from "./http2/played-peer.js";
import { createLeanServer } from "./lean-server.js";
import { leanTransport } from "./lean-transport.js";
import type { CallListener, Connection, PreparedCall, Target, Transport } from "./transport.js";
import {
  errorAnswer,
  okAnswer,
  type Outcome,
  type UnaryMethod,
  type UnaryServer,
  type UnaryService,
} from "./unary-service.js";
import { ms, seconds, type Nanoseconds } from "./units.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const ECHO = "/test.Test/Echo";
const FAIL = "/test.Test/Fail";
const LATER = "/test.Test/Later";
const REPORT = "/test.Test/Report";
const REPORT_BYTES = 300_000;

class TestService implements UnaryService {
  readonly waiting: ((outcome: Outcome) => void)[] = [];
  readonly methods = new Map<string, UnaryMethod>([
    [ECHO, { name: "Echo", handle: (request, start, end) => okAnswer(Buffer.from(request.subarray(start, end))) }],
    [FAIL, { name: "Fail", handle: () => errorAnswer(5, "nothing like “that” here") }],
    [LATER, { name: "Later", handle: (_request, _start, _end, call) => (this.waiting.push(call.defer()), null) }],
    [REPORT, { name: "Report", handle: () => okAnswer(Buffer.alloc(REPORT_BYTES, "r")) }],
  ]);
}

interface Ended {
  readonly tag: number;
  readonly status: string;
  readonly message: string;
  readonly detail: string;
}

/** Waits for the ends of calls. */
class Ends implements CallListener {
  readonly ended: Ended[] = [];
  readonly sent: number[] = [];
  closed: string | null = null;
  private message = "";
  private detail = "";
  private waiting: { count: number; resolve: () => void } | null = null;

  onSent(tag: number): void {
    this.sent.push(tag);
  }

  onMessage(_tag: number, message: Buffer): void {
    this.message = message.toString("latin1");
  }

  onFailure(_tag: number, _status: number, detail: string): void {
    this.detail = detail;
  }

  onEnded(tag: number, status: number, _at: Nanoseconds, bytes: number): void {
    if (status === 0) expect([this.sent.includes(tag), bytes]).toEqual([true, this.message.length]);
    this.ended.push({ tag, status: statusName(status), message: this.message, detail: this.detail });
    this.message = this.detail = "";
    if (this.waiting !== null && this.ended.length >= this.waiting.count) this.waiting.resolve();
  }

  onCapacity(): void {}

  onClosed(reason: string): void {
    this.closed = reason;
    this.waiting?.resolve();
  }

  async until(count: number): Promise<Ended[]> {
    if (this.ended.length < count) await new Promise<void>((resolve) => (this.waiting = { count, resolve }));
    return this.ended;
  }
}

function targetOf(address: string, changes: Partial<Target> = {}): Target {
  const port = Number(address.split(":").at(-1));
  return {
    host: "127.0.0.1",
    port,
    localAddress: null,
    authority: "payments.test",
    tls: null,
    connectTimeoutNs: seconds(5),
    literalHeaders: false,
    ...changes,
  };
}

function call(path: string, message = "hello", timeoutNs: Nanoseconds | null = seconds(10)): PreparedCall {
  return { path, message: Buffer.from(message), timeoutNs, metadata: [["x-test", "1"]] };
}

async function serve(make = createLeanServer): Promise<{ server: UnaryServer; service: TestService; address: string }> {
  const service = new TestService();
  const server = make(service);
  const address = await server.listen({ host: "127.0.0.1", port: 0, tls: null });
  cleanups.push(() => server.drain(ms(10)));
  return { server, service, address };
}

async function open(target: Target, listener: CallListener, transport: Transport = leanTransport): Promise<Connection> {
  const connection = await transport.connect(target, listener);
  cleanups.push(() => connection.close());
  return connection;
}

/** A TCP server that does as it is told with each connection. */
async function peer(onSocket: (socket: Socket) => void): Promise<Target> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return targetOf(`:${(server.address() as AddressInfo).port}`);
}

async function faultOf(target: Target): Promise<Fault> {
  const error: unknown = await open(target, new Ends()).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Fault);
  return error as Fault;
}

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
