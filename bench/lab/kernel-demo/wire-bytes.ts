/**
 * HTTP/2 frames and HPACK fields by hand, in every form that RFC 9113 and RFC 7541 allow and no encoder of ours would
 * choose: for trying and fooling the program in the kernel.
 */
import { huffmanEncode, huffmanEncodedBytes } from "../../../loadgen/http2/huffman.js";
import { PAYMENTS_SERVICE } from "../../../proto/payments.js";

export const FRAME = { data: 0, headers: 1, settings: 4, continuation: 9 } as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export function octets(...values: number[]): Buffer {
  return Buffer.from(values);
}

/** RFC 9113 §4.1. */
export function frame(type: number, flags: number, stream: number, ...payload: readonly Buffer[]): Buffer {
  const body = Buffer.concat(payload);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** RFC 7541 §5.1, with a prefix of so many bits below `first`. */
export function integer(value: number, bits: number, first: number): Buffer {
  const mask = (1 << bits) - 1;
  if (value < mask) return octets(first | value);
  const bytes = [first | mask];
  let rest = value - mask;
  for (; rest > 127; rest >>= 7) bytes.push((rest & 127) | 128);
  return octets(...bytes, rest);
}

export function huffman(text: string): Buffer {
  const into = Buffer.alloc(huffmanEncodedBytes(text));
  huffmanEncode(text, into, 0);
  return into;
}

export type Form = "raw" | "huffman";

/** RFC 7541 §5.2. */
export function string(text: string, form: Form = "raw"): Buffer {
  const bytes = form === "huffman" ? huffman(text) : Buffer.from(text);
  return Buffer.concat([integer(bytes.length, 7, form === "huffman" ? 128 : 0), bytes]);
}

/** Everything but :path, without the dynamic table: POST, http, :authority, content-type, te. */
export const OTHER_FIELDS = Buffer.concat([
  octets(0x83, 0x86, 0x01),
  string("payments.lab"),
  octets(0x0f, 0x10),
  string("application/grpc"),
  octets(0x00),
  string("te"),
  string("trailers"),
]);

export function pathOf(method: string): string {
  return `/${PAYMENTS_SERVICE}/${method}`;
}

/** A gRPC message of nine bytes that ends the stream: field 1, a fixed64. */
export function dataFrame(stream: number): Buffer {
  return frame(FRAME.data, FLAG.endStream, stream, octets(0, 0, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f));
}

export const CLIENT_HELLO = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(FRAME.settings, 0, 0),
]);
export const SETTINGS_ACK = frame(FRAME.settings, FLAG.ack, 0);

/** A whole call with an empty message as the first of its connection, nothing of it indexed. */
export function emptyCall(method: string): Buffer {
  return Buffer.concat([
    frame(FRAME.headers, FLAG.endHeaders, 1, octets(0x04), string(pathOf(method)), OTHER_FIELDS),
    frame(FRAME.data, FLAG.endStream, 1, octets(0, 0, 0, 0, 0)),
  ]);
}
