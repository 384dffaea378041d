/**
 * The HdrHistogram V2 payload, read straight into the buckets that hold something.
 *
 * Why not the library: a dense histogram of 1 ns … 60 s has some 27,000 counters, 216 KB outside the garbage-collected
 * heap, and a run keeps thousands of them. Sparse, one is a tenth of that at most, collected like any other value, and
 * read in half the time. What the library writes and what stands here is held together by a test.
 *
 * Layout (HdrHistogram AbstractHistogram.java, big endian): cookie, length, zlib stream; inside it 40 bytes of header
 * (cookie, length, index offset, digits, lowest, highest, ratio as a double), then ZigZag LEB128-64b9B numbers: n ≥ 0 is
 * a count, n < 0 a run of −n empty buckets.
 *
 * Easy to get wrong: hdr-histogram-js 3.0.1 writes the index offset as 1 (should be 0) and the ratio as the integer 1
 * (should be the double 1.0). Java shrugs, C computes a wrong mean, Rust refuses: `mendV2` puts both right.
 */
import { deflateSync, inflateSync } from "node:zlib";
import { Fault } from "../loadgen/fault.js";

/** Buckets that hold something, ascending, with their counts. */
export interface V2Counts {
  readonly digits: number;
  readonly lowest: number;
  readonly highest: number;
  readonly buckets: Int32Array;
  readonly counts: Float64Array;
}

const OUTER_COOKIE = 0x1c849314;
const INNER_COOKIE = 0x1c849313;
/** The outer cookies of the formats before, which nothing here ever wrote. */
const OLDER_COOKIES: ReadonlyMap<number, string> = new Map([
  [0x1c849389, "V0"],
  [0x1c849322, "V1"],
]);
const OUTER_BYTES = 8;
const HEADER_BYTES = 40;

/** @throws Fault when the text is not a V2 compressed histogram. */
export function readV2(base64: string): V2Counts {
  const body = inflated(base64);
  const end = HEADER_BYTES + body.readInt32BE(4);
  if (end > body.length) throw notV2("its counts are cut short");
  // A number takes a byte at least: there cannot be more buckets than bytes.
  const buckets = new Int32Array(end - HEADER_BYTES);
  const counts = new Float64Array(end - HEADER_BYTES);
  const reader = { body, at: HEADER_BYTES };
  let filled = 0;
  let bucket = 0;
  while (reader.at < end) {
    const value = readZigZag(reader);
    if (value > 0) {
      buckets[filled] = bucket;
      counts[filled++] = value;
    }
    bucket += value < 0 ? -value : 1;
  }
  const digits = body.readInt32BE(12);
  if (digits < 0 || digits > 5 || bucket > mostBuckets(digits)) throw notV2("it has buckets for no value");
  return {
    digits,
    lowest: Number(body.readBigInt64BE(16)),
    highest: Number(body.readBigInt64BE(24)),
    buckets: buckets.slice(0, filled),
    counts: counts.slice(0, filled),
  };
}

/** Of values up to 2⁶³, two buckets a step of the last digit in each power of two. */
const mostBuckets = (digits: number): number => 64 * 2 ** Math.ceil(Math.log2(2 * 10 ** digits));

/** V2 compressed, base64, with a correct header. */
export function writeV2(histogram: V2Counts): string {
  const numbers: number[] = [];
  let next = 0;
  histogram.buckets.forEach((bucket, i) => {
    const gap = bucket - next;
    if (gap > 0) writeZigZag(numbers, gap === 1 ? 0 : -gap);
    writeZigZag(numbers, histogram.counts[i] as number);
    next = bucket + 1;
  });
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32BE(INNER_COOKIE, 0);
  header.writeInt32BE(numbers.length, 4);
  header.writeInt32BE(histogram.digits, 12);
  header.writeBigInt64BE(BigInt(histogram.lowest), 16);
  header.writeBigInt64BE(BigInt(histogram.highest), 24);
  header.writeDoubleBE(1, 32);
  return deflated(Buffer.concat([header, Buffer.from(numbers)]));
}

/** The same histogram with the two header fields that hdr-histogram-js gets wrong put right. */
export function mendV2(base64: string): string {
  const body = inflated(base64);
  if (body.readInt32BE(8) === 0 && body.readDoubleBE(32) === 1) return base64;
  body.writeInt32BE(0, 8);
  body.writeDoubleBE(1, 32);
  return deflated(body);
}

function inflated(base64: string): Buffer {
  const outer = Buffer.from(base64, "base64");
  if (outer.length < OUTER_BYTES) throw notV2("its cookie is missing");
  const cookie = outer.readInt32BE(0);
  const older = OLDER_COOKIES.get(cookie);
  if (older !== undefined) throw notV2(`a payload of version ${older}`);
  if (cookie !== OUTER_COOKIE) throw notV2("its cookie is missing");
  let body: Buffer;
  try {
    body = inflateSync(outer.subarray(OUTER_BYTES, OUTER_BYTES + outer.readInt32BE(4)));
  } catch (error) {
    throw notV2(error instanceof Error ? error.message : String(error));
  }
  if (body.length < HEADER_BYTES || body.readInt32BE(0) !== INNER_COOKIE) throw notV2("its header is damaged");
  return body;
}

function deflated(body: Buffer): string {
  const packed = deflateSync(body, { level: 9 });
  const outer = Buffer.alloc(OUTER_BYTES);
  outer.writeInt32BE(OUTER_COOKIE, 0);
  outer.writeInt32BE(packed.length, 4);
  return Buffer.concat([outer, packed]).toString("base64");
}

interface Reader {
  readonly body: Buffer;
  at: number;
}

/** Seven bits a byte, lowest first; a ninth byte holds eight. Arithmetic, not bits: counts may pass 2^32. */
function readZigZag(reader: Reader): number {
  const only = reader.body[reader.at];
  if (only !== undefined && only < 0x80) {
    reader.at++;
    return (only & 1) === 0 ? only >>> 1 : -((only + 1) >>> 1);
  }
  let value = 0;
  let scale = 1;
  for (let length = 1; ; length++) {
    const byte = reader.body[reader.at++];
    if (byte === undefined) throw notV2("its counts are cut short");
    const last = length === 9 || byte < 0x80;
    value += (last ? byte : byte & 0x7f) * scale;
    if (last) break;
    scale *= 0x80;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function writeZigZag(into: number[], value: number): void {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  for (let length = 1; rest >= 0x80 && length < 9; length++) {
    into.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  into.push(rest);
}

function notV2(why: string): Fault {
  return new Fault({
    fact: "a stored histogram cannot be read",
    expected: "an HdrHistogram V2 payload, zlib-compressed, in base64",
    seen: why,
  });
}
