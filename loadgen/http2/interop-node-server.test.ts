// The lean client against node:http2's server, in the corners of the protocol that ordinary calls leave out.
import { once } from "node:events";
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { call, cleanups, ECHO, Ends, open, targetOf } from "../loopback.test-helper.js";
import type { Connection, PreparedCall, Target } from "../transport.js";
import { seconds } from "../units.js";

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
