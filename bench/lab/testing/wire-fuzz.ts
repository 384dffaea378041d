/**
 * Random but valid ways of writing calls: HPACK forms, churn of the dynamic table, padding, priority, CONTINUATION. What
 * comes out is one connection's bytes; a real decoder at the other end says what they mean.
 */
import type { RandomStream } from "../../../loadgen/random.js";
import {
  CLIENT_HELLO,
  dataFrame,
  FLAG,
  frame,
  FRAME,
  integer,
  octets,
  pathOf,
  SETTINGS_ACK,
  string,
} from "../kernel-demo/wire-bytes.js";

export interface FuzzedConnection {
  readonly bytes: Buffer;
  readonly sent: ReadonlyMap<string, number>;
}

/** Calls of these methods, drawn evenly. */
export function fuzzConnection(methods: readonly string[], calls: number, random: RandomStream): FuzzedConnection {
  const draw = new Draw(random);
  const table = new MirrorTable();
  const parts = [CLIENT_HELLO, SETTINGS_ACK];
  const sent = new Map<string, number>();
  for (let i = 0; i < calls; i++) {
    const method = draw.of(methods);
    const stream = 2 * i + 1;
    sent.set(method, (sent.get(method) ?? 0) + 1);
    parts.push(...headerFrames(stream, headerBlock(method, i === 0, table, draw), draw), dataFrame(stream));
  }
  return { bytes: Buffer.concat(parts), sent };
}

/** Whole numbers and choices from a stream of fractions. */
export class Draw {
  readonly #random: RandomStream;
  constructor(random: RandomStream) {
    this.#random = random;
  }
  below(limit: number): number {
    return this.#random.integer(limit);
  }
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
  word(length: number): string {
    const letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return Array.from({ length }, () => letters[this.below(letters.length)]).join("");
  }
}

interface Entry {
  readonly name: string;
  readonly value: string;
}

/** The dynamic table as the decoder will hold it (RFC 7541 §4). */
class MirrorTable {
  readonly entries: Entry[] = [];
  #limit = 4096;

  limit(bytes: number): void {
    this.#limit = bytes;
    this.#evict(0);
  }

  insert(entry: Entry): void {
    this.#evict(sizeOf(entry));
    if (sizeOf(entry) <= this.#limit) this.entries.unshift(entry);
  }

  #evict(needed: number): void {
    let size = this.entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    while (this.entries.length > 0 && size + needed > this.#limit) size -= sizeOf(this.entries.pop() as Entry);
  }
}

const sizeOf = ({ name, value }: Entry): number => name.length + value.length + 32;

function headerBlock(method: string, isFirst: boolean, table: MirrorTable, draw: Draw): Buffer {
  const parts: Buffer[] = [];
  if (!isFirst && draw.below(12) === 0) {
    const limit = draw.of([0, 300, 1000, 4096, 4096]);
    table.limit(limit);
    parts.push(integer(limit, 5, 0x20));
  }
  parts.push(field({ name: ":path", value: pathOf(method) }, 4, table, draw), octets(0x83, 0x86));
  parts.push(field({ name: ":authority", value: "payments.lab" }, 1, table, draw));
  parts.push(field({ name: "content-type", value: "application/grpc" }, 31, table, draw));
  parts.push(field({ name: "te", value: "trailers" }, null, table, draw));
  for (let extra = draw.below(4); extra > 0; extra--) {
    parts.push(
      field({ name: `x-${draw.word(1 + draw.below(3))}`, value: draw.word(draw.below(60)) }, null, table, draw),
    );
  }
  return Buffer.concat(parts);
}

/** Prefix bits and first byte: incremental indexing (twice as often), without, never. */
const LITERALS = [
  [6, 0x40],
  [6, 0x40],
  [4, 0x00],
  [4, 0x10],
] as const;

function field(entry: Entry, staticIndex: number | null, table: MirrorTable, draw: Draw): Buffer {
  const whole = table.entries.findIndex(({ name, value }) => name === entry.name && value === entry.value);
  if (whole >= 0 && draw.below(3) > 0) return integer(62 + whole, 7, 0x80);
  const [bits, first] = draw.of(LITERALS);
  const bytes = Buffer.concat([name(entry, staticIndex, table, draw, bits, first), text(entry.value, draw)]);
  if (first === 0x40) table.insert(entry);
  return bytes;
}

function name(
  entry: Entry,
  staticIndex: number | null,
  table: MirrorTable,
  draw: Draw,
  bits: number,
  first: number,
): Buffer {
  const how = draw.of(["static", "dynamic", "spelled"]);
  const dynamic = table.entries.findIndex((known) => known.name === entry.name);
  if (how === "static" && staticIndex !== null) return integer(staticIndex, bits, first);
  if (how === "dynamic" && dynamic >= 0) return integer(62 + dynamic, bits, first);
  return Buffer.concat([octets(first), text(entry.name, draw)]);
}

function text(value: string, draw: Draw): Buffer {
  return string(value, draw.of(["raw", "huffman"]));
}

function headerFrames(stream: number, block: Buffer, draw: Draw): Buffer[] {
  const padding = draw.below(4) > 0 ? null : draw.below(30);
  const priority = draw.below(4) === 0;
  const cuts = draw.below(3) > 0 ? [] : [draw.below(block.length), draw.below(block.length)].sort((a, b) => a - b);
  const pieces = [0, ...cuts].map((at, i) => block.subarray(at, cuts[i] ?? block.length));
  const flags =
    (pieces.length === 1 ? FLAG.endHeaders : 0) | (padding === null ? 0 : FLAG.padded) | (priority ? FLAG.priority : 0);
  const [head = Buffer.alloc(0), ...rest] = pieces;
  return [
    frame(
      FRAME.headers,
      flags,
      stream,
      padding === null ? Buffer.alloc(0) : octets(padding),
      priority ? octets(0, 0, 0, 0, 9) : Buffer.alloc(0),
      head,
      Buffer.alloc(padding ?? 0),
    ),
    ...rest.map((piece, i) => frame(FRAME.continuation, i === rest.length - 1 ? FLAG.endHeaders : 0, stream, piece)),
  ];
}
