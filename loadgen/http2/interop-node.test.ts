// Both ends of the lean transport against node:http2, in the corners of the protocol that ordinary calls leave out.
import { once } from "node:events";
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import {
  cleanups,
  call,
  ECHO,
  Ends,
  LATER,
  open,
  REPORT,
  REPORT_BYTES,
  serve,
  targetOf,
} from "../loopback.test-helper.js";
import type { Connection, PreparedCall, Target } from "../transport.js";
import { okAnswer } from "../unary-service.js";
import { seconds } from "../units.js";
import { framed } from "./played-peer.test-helper.js";

const PADDED = { paddingStrategy: http2.constants.PADDING_STRATEGY_MAX };
const HEAD = { ":status": 200, "content-type": "application/grpc" };

/** Starts calls as far as the peer lets it, the rest when others have ended. */
class Caller extends Ends {
  private connection: Connection | null = null;
  private queue: PreparedCall[] = [];
  private started = 0;

  async call(target: Target, calls: readonly PreparedCall[]): Promise<Connection> {
    this.queue = [...calls];
    this.connection = await open(target, this);
    this.startQueued();
    return this.connection;
  }

  override onCapacity(): void {
    this.startQueued();
  }

  /** How the calls ended, in the order of their start. */
  async ends(count: number): Promise<string[]> {
    const ended = await this.until(count);
    return [...ended]
      .sort((a, b) => a.tag - b.tag)
      .map(({ status, message, detail }) => `${status} ${message || detail}`);
  }

  private startQueued(): void {
    const { connection, queue } = this;
    if (connection === null) return;
    while (queue.length > 0 && connection.freeStreams > 0) connection.start(queue.shift()!, this.started++);
    connection.flush();
  }
}

/** A node:http2 server that answers each stream so. */
async function nodeServer(
  settings: http2.ServerOptions,
  onStream: (stream: ServerHttp2Stream, path: string) => void,
): Promise<Target> {
  const server = http2.createServer(settings);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => undefined);
    onStream(stream, String(headers[":path"]));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return targetOf(`:${(server.address() as AddressInfo).port}`);
}

function echo(stream: ServerHttp2Stream): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.pipe(stream);
}

describe("the lean client calls node:http2", () => {
  test("that pads all it sends, through windows of a few bytes and three streams at a time", async () => {
    const settings = { initialWindowSize: 100, maxConcurrentStreams: 3, headerTableSize: 64 };
    const target = await nodeServer({ ...PADDED, settings }, echo);
    const messages = Array.from({ length: 100 }, (_, i) => `${i}:${"x".repeat((i * 37) % 900)}`);
    const caller = new Caller();
    await caller.call(
      target,
      messages.map((message) => call(ECHO, message)),
    );
    expect(await caller.ends(100)).toEqual(messages.map((message) => `OK ${message}`));
  });

  test("with megabytes both ways at once", async () => {
    const target = await nodeServer({}, echo);
    const messages = ["a", "b", "c"].map((letter) => letter.repeat(3_000_000));
    const caller = new Caller();
    await caller.call(
      target,
      messages.map((message) => call(ECHO, message, seconds(60))),
    );
    const seen = await caller.ends(3);
    expect(seen.map((line, i) => line === `OK ${messages[i]}`)).toEqual([true, true, true]);
  });

  test("that answers with trailers alone, hints, HTTP errors and resets", async () => {
    const answers: Record<string, (stream: ServerHttp2Stream) => void> = {
      "/trailers-only": (stream) =>
        stream.respond({ ...HEAD, "grpc-status": "7", "grpc-message": "n%C3%B6" }, { endStream: true }),
      "/hints": (stream) => {
        stream.additionalHeaders({ ":status": 103, link: "</style.css>" });
        echo(stream);
      },
      "/503": (stream) => {
        stream.respond({ ":status": 503, "content-type": "text/plain" });
        stream.end("no upstream");
      },
      "/refused": (stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
      "/calm": (stream) => stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM),
    };
    const target = await nodeServer(PADDED, (stream, path) => answers[path]!(stream));
    const caller = new Caller();
    await caller.call(
      target,
      Object.keys(answers).map((path) => call(path)),
    );
    expect(await caller.ends(5)).toEqual([
      "PERMISSION_DENIED nö",
      "OK hello",
      "UNAVAILABLE HTTP 503 without grpc-status",
      "UNAVAILABLE the peer reset the stream: REFUSED_STREAM",
      "RESOURCE_EXHAUSTED the peer reset the stream: ENHANCE_YOUR_CALM",
    ]);
  });

  test("that says GOAWAY: what runs is answered, then the connection ends and says why", async () => {
    const waiting: ServerHttp2Stream[] = [];
    const target = await nodeServer({}, (stream) => {
      waiting.push(stream);
      if (waiting.length < 3) return;
      stream.session!.close();
      for (const one of waiting) echo(one);
    });
    const caller = new Caller();
    const connection = await caller.call(target, [call(ECHO, "1"), call(ECHO, "2"), call(ECHO, "3")]);
    expect(await caller.ends(3)).toEqual(["OK 1", "OK 2", "OK 3"]);
    await expect.poll(() => caller.closed).toContain("GOAWAY");
    expect(connection.freeStreams).toBe(0);
    expect(connection.counters).toMatchObject({ calls: 3, protocolErrors: 0 });
    expect(connection.counters.goaways).toBeGreaterThan(0);
  });

  test("that changes its settings and pings while calls run", async () => {
    let seen = 0;
    const target = await nodeServer({}, (stream) => {
      // Node has at most ten of each unanswered.
      if (seen++ % 5 !== 0) return echo(stream);
      stream.session!.settings({ initialWindowSize: seen, headerTableSize: seen % 2 === 0 ? 4096 : 0 });
      stream.session!.ping(() => echo(stream));
    });
    const caller = new Caller();
    await caller.call(
      target,
      Array.from({ length: 30 }, (_, i) => call(ECHO, `call ${i}`)),
    );
    expect(await caller.ends(30)).toEqual(Array.from({ length: 30 }, (_, i) => `OK call ${i}`));
  });
});

interface Answer {
  readonly fields: Record<string, unknown>;
  readonly body: Buffer;
}

async function session(address: string, options: http2.ClientSessionOptions = {}): Promise<http2.ClientHttp2Session> {
  const client = http2.connect(`http://${address}`, options);
  client.on("error", () => undefined);
  cleanups.push(() => client.destroy());
  await once(client, "remoteSettings");
  return client;
}

function request(
  client: http2.ClientHttp2Session,
  path: string,
  more: http2.OutgoingHttpHeaders = {},
  trailers = false,
) {
  const fields = { ":method": "POST", ":path": path, te: "trailers", "content-type": "application/grpc", ...more };
  const stream = client.request(fields, { waitForTrailers: trailers });
  stream.on("error", () => undefined);
  return stream;
}

async function answerTo(stream: http2.ClientHttp2Stream): Promise<Answer> {
  const fields: Record<string, unknown> = {};
  const chunks: Buffer[] = [];
  stream.on("response", (headers) => void Object.assign(fields, headers));
  stream.on("trailers", (headers) => void Object.assign(fields, headers));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (!stream.closed) await once(stream, "close");
  return { fields, body: Buffer.concat(chunks) };
}

describe("node:http2 calls the lean server", () => {
  test("padding all it sends, with windows of a few bytes and no header table", async () => {
    const { address } = await serve();
    const settings = { initialWindowSize: 1000, headerTableSize: 0 };
    const client = await session(address, { ...PADDED, settings });
    const streams = Array.from({ length: 20 }, () => request(client, REPORT));
    for (const stream of streams) stream.end(framed(Buffer.from("x".repeat(100))));
    const answers = await Promise.all(streams.map(answerTo));
    for (const { fields, body } of answers) {
      expect(fields).toMatchObject({ ":status": 200, "grpc-status": "0" });
      expect(body.length).toBe(REPORT_BYTES + 5);
    }
  });

  test("with a thousand requests at once, in pieces", async () => {
    const { address, server } = await serve();
    const client = await session(address);
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => {
        const stream = request(client, ECHO);
        const message = framed(Buffer.from(`request ${i}`));
        stream.write(message.subarray(0, 3));
        stream.end(message.subarray(3));
        return answerTo(stream);
      }),
    );
    expect(answers.map(({ body }) => body.toString("latin1", 5))).toEqual(answers.map((_, i) => `request ${i}`));
    expect(server.counters()[address]?.calls).toMatchObject({ Echo: 1000 });
  });

  test("with headers that need CONTINUATION, and with trailers of its own", async () => {
    const { address } = await serve();
    const client = await session(address);
    const stream = request(client, ECHO, { "x-large": "~".repeat(40_000) }, true);
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-checksum": "5" }));
    stream.end(framed(Buffer.from("hello")));
    const { fields, body } = await answerTo(stream);
    expect(fields["grpc-status"]).toBe("0");
    expect(body).toEqual(framed(Buffer.from("hello")));
  });

  test("giving up some calls, which disturbs no other", async () => {
    const { address, service } = await serve();
    const client = await session(address);
    const [given, kept] = [request(client, LATER), request(client, LATER)];
    for (const stream of [given, kept]) stream.end(framed(Buffer.from("hello")));
    const answer = answerTo(kept);
    await expect.poll(() => service.waiting.length).toBe(2);
    given.close(http2.constants.NGHTTP2_CANCEL);
    await once(given, "close");
    for (const conclude of service.waiting) conclude(okAnswer(Buffer.from("late")));
    expect((await answer).body).toEqual(framed(Buffer.from("late")));
  });

  test("pinging, and changing its settings", async () => {
    const { address } = await serve();
    const client = await session(address);
    const pong = new Promise((resolve) =>
      client.ping(Buffer.from("12345678"), (_error, _ms, payload) => resolve(payload)),
    );
    expect(await pong).toEqual(Buffer.from("12345678"));
    client.settings({ initialWindowSize: 70_000, headerTableSize: 100 });
    await once(client, "localSettings");
    const stream = request(client, REPORT);
    stream.end(framed(Buffer.from("hello")));
    expect((await answerTo(stream)).body.length).toBe(REPORT_BYTES + 5);
  });

  test("while the server drains: what runs is answered, then the connection ends in good order", async () => {
    const { address, server, service } = await serve();
    const client = await session(address);
    const codes: number[] = [];
    client.on("goaway", (code: number) => codes.push(code));
    const stream = request(client, LATER);
    stream.end(framed(Buffer.from("hello")));
    const answer = answerTo(stream);
    await expect.poll(() => service.waiting.length).toBe(1);
    const drained = server.drain(seconds(20));
    await expect.poll(() => codes.length).toBeGreaterThan(0);
    service.waiting[0]!(okAnswer(Buffer.from("late")));
    expect((await answer).body).toEqual(framed(Buffer.from("late")));
    await drained;
    expect(new Set(codes)).toEqual(new Set([0]));
  });
});
