// Our codec against the one inside Node, nghttp2's, over loopback: each decodes what the other encodes.
import fc from "fast-check";
import { once } from "node:events";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import {
  FLAG,
  FRAME,
  FrameReader,
  PREFACE,
  SETTING,
  writeFrameHeader,
  writeSettings,
  writeSettingsAck,
} from "./frames.js";
import { HpackDecoder } from "./hpack-decoder.js";
import { encodedBytesAtMost, HpackEncoder, type HeaderField } from "./hpack-encoder.js";

const TOKEN_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_.~!";
const tokens = fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS), maxLength: 20 });
const values = fc.oneof(
  fc.constantFrom("", "0", "application/grpc", "trailers"),
  fc.string({ unit: "grapheme-ascii", maxLength: 80 }).map((value) => value.trim()),
  fc.integer({ min: 0, max: 9000 }).map((length) => "z".repeat(length)),
);
// Names once in a list, since Node folds or forbids repetition of some.
const metadata = fc.uniqueArray(
  fc.tuple(
    tokens.map((token) => `x-${token}`),
    values,
  ),
  {
    selector: ([name]) => name,
    maxLength: 12,
  },
);
const requests = (seed: number) => fc.sample(metadata, { numRuns: 150, seed });
const pseudo: HeaderField[] = [
  [":method", "POST"],
  [":authority", "peer.test"],
  [":scheme", "http"],
  [":path", "/payments.Payments/ProcessPayment"],
];

test.each([4096, 0, 100, 1000])("nghttp2 encodes for a table of %i bytes, we decode", async (tableSize) => {
  const lists = requests(tableSize);
  const decoded: HeaderField[][] = [];
  const server = net.createServer((socket) => {
    const settings = Buffer.alloc(100);
    socket.write(settings.subarray(0, writeSettings(settings, 0, [[SETTING.HEADER_TABLE_SIZE, tableSize]])));
    collectHeaderLists(socket, tableSize, (fields) => {
      decoded.push(fields);
      if (decoded.length === lists.length) socket.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on("error", () => undefined);
  await once(client, "remoteSettings");
  for (const fields of lists) {
    client
      .request({ ...Object.fromEntries(pseudo), ...Object.fromEntries(fields) })
      .on("error", () => undefined)
      .end();
  }
  await once(client, "close");
  server.close();
  expect(decoded.map(asObject)).toEqual(lists.map((fields) => asObject([...pseudo, ...fields])));
});

test.each([4096, 0, 100, 1000, 20_000])("we encode for a table of %i bytes, nghttp2 decodes", async (tableSize) => {
  const lists = requests(tableSize + 1);
  const decoded: HeaderField[][] = [];
  const server = http2.createServer({ settings: { headerTableSize: tableSize } });
  server.on("stream", (stream: http2.ServerHttp2Stream, _headers: object, _flags: number, raw: string[]) => {
    decoded.push(raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]!] as const] : [])));
    stream.respond({ ":status": 200 }, { endStream: true });
    if (decoded.length === lists.length) stream.session?.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
  const hello = Buffer.alloc(100);
  socket.write(Buffer.concat([PREFACE, hello.subarray(0, writeSettings(hello, 0, []))]));
  const reader = new FrameReader(16_384, (type, flags) => {
    if (type === FRAME.SETTINGS && (flags & FLAG.ACK) === 0) socket.write(blocksOf(lists, tableSize));
  });
  socket.on("data", (chunk) => reader.push(chunk));
  await once(socket, "close");
  server.close();
  expect(decoded).toEqual(lists.map((fields) => [...pseudo, ...fields]));
});

/** The acknowledgement of the peer's settings, then one request for each list. */
function blocksOf(lists: readonly (readonly HeaderField[])[], peerTableSize: number): Buffer {
  const encoder = new HpackEncoder({ maxTableSize: 8192, literalOnly: false });
  encoder.setPeerTableSize(peerTableSize);
  const ack = Buffer.alloc(9);
  writeSettingsAck(ack, 0);
  const frames = lists.map((list, i) => {
    const fields = [...pseudo, ...list];
    const block = Buffer.alloc(encodedBytesAtMost(fields));
    return inFrames(block.subarray(0, encoder.encode(fields, block, 0)), 2 * i + 1);
  });
  return Buffer.concat([ack, ...frames]);
}

/** HEADERS that end the stream, with CONTINUATION where the block is too large for one frame. */
function inFrames(block: Buffer, streamId: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < block.length; at += 16_384) {
    const part = block.subarray(at, at + 16_384);
    const last = at + part.length === block.length ? FLAG.END_HEADERS : 0;
    const header = Buffer.alloc(9);
    if (at === 0) writeFrameHeader(header, 0, part.length, FRAME.HEADERS, last | FLAG.END_STREAM, streamId);
    else writeFrameHeader(header, 0, part.length, FRAME.CONTINUATION, last, streamId);
    parts.push(header, part);
  }
  return Buffer.concat(parts);
}

function collectHeaderLists(socket: net.Socket, tableSize: number, onList: (fields: HeaderField[]) => void): void {
  const decoder = new HpackDecoder({ maxTableSize: 4096, maxHeaderListBytes: Infinity });
  let block = Buffer.alloc(0);
  const reader = new FrameReader(16_384, (type, flags, _stream, payload, start, end) => {
    if (type === FRAME.SETTINGS && (flags & FLAG.ACK) !== 0) decoder.setMaxTableSize(tableSize);
    if (type !== FRAME.HEADERS && type !== FRAME.CONTINUATION) return;
    expect(flags & (FLAG.PADDED | FLAG.PRIORITY)).toBe(0);
    block = Buffer.concat([block, payload.subarray(start, end)]);
    if ((flags & FLAG.END_HEADERS) === 0) return;
    const fields: HeaderField[] = [];
    decoder.decode(block, 0, block.length, (name, value) => fields.push([name, value]));
    block = Buffer.alloc(0);
    onList(fields);
  });
  let preface = PREFACE.length;
  socket.on("data", (chunk) => {
    const skipped = Math.min(preface, chunk.length);
    preface -= skipped;
    reader.push(chunk.subarray(skipped));
  });
}

/** Node sends fields in an order of its own. */
function asObject(fields: readonly HeaderField[]): Record<string, string> {
  return Object.fromEntries(fields);
}
