// The lean server against node:http2's client, in the corners of the protocol that ordinary calls leave out.
import { once } from "node:events";
import http2 from "node:http2";
import { describe, expect, test } from "vitest";
import { cleanups, ECHO, LATER, REPORT, REPORT_BYTES, serve } from "../loopback.test-helper.js";
import { okAnswer } from "../unary-service.js";
import { seconds } from "../units.js";
import { framed } from "./played-peer.test-helper.js";

const PADDED = { paddingStrategy: http2.constants.PADDING_STRATEGY_MAX };

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
