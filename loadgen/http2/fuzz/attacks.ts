/**
 * Known ways to make an HTTP/2 endpoint work or remember for nothing, as frames to be put into a conversation. Small
 * enough to be run by the hundred thousand, large enough to pass each bound there is.
 */
import { FLAG, FRAME, MAX_WINDOW_SIZE, SETTING, writeUint32 } from "../frames.js";
import { H2_ERROR } from "../http2-error.js";
import { HpackEncoder, encodedBytesAtMost, type HeaderField } from "../hpack-encoder.js";
import { ping, reset, settings, windowUpdate } from "./connection-frames.js";
import type { Draw } from "./draw.js";
import type { RawFrame } from "./raw-frame.js";

export type AttackName = keyof typeof ATTACKS;

const EMPTY = Buffer.alloc(0);
/** `size`: how many frames, where a number makes the attack; `first`: the first stream that it uses. */
export const ATTACKS = {
  /** CVE-2024-24549 and its kin: a header block without end, in small frames or in none at all. */
  "CONTINUATION flood": (draw: Draw, size: number, first: number) => {
    const piece = draw.pick([EMPTY, literalField("x", "y"), literalField("x", "z".repeat(8000))]);
    return [frame(FRAME.HEADERS, 0, first, piece), ...times(size, () => frame(FRAME.CONTINUATION, 0, first, piece))];
  },
  "SETTINGS flood": (draw: Draw, size: number, _first: number) => {
    const changing = draw.chance(0.5);
    return times(size, (i) => settings(changing ? [[SETTING.INITIAL_WINDOW_SIZE, i]] : []));
  },
  "SETTINGS of many settings": (_draw: Draw, size: number, _first: number) => [
    settings(times(Math.min(80, size), (i) => [SETTING.HEADER_TABLE_SIZE, i * 40] as const)),
  ],
  "PING flood": (draw: Draw, size: number, _first: number) => times(size, () => ping(draw, false)),
  /** CVE-2023-44487. */
  "rapid reset": (_draw: Draw, size: number, first: number) =>
    times(size, (i) => [
      frame(FRAME.HEADERS, FLAG.END_HEADERS, first + 2 * i, REQUEST),
      reset(first + 2 * i, H2_ERROR.CANCEL),
    ]).flat(),
  "streams that are never ended": (_draw: Draw, size: number, first: number) =>
    times(size, (i) => frame(FRAME.HEADERS, FLAG.END_HEADERS, first + 2 * i, REQUEST)),
  /** CVE-2019-9518. */
  "empty DATA": (_draw: Draw, size: number, first: number) => [
    frame(FRAME.HEADERS, FLAG.END_HEADERS, first, REQUEST),
    ...times(size, () => frame(FRAME.DATA, 0, first, EMPTY)),
  ],
  "frames of unknown type": (_draw: Draw, size: number, _first: number) => times(size, () => frame(0xee, 0, 0, EMPTY)),
  /** One entry as large as the table, named as often as a frame holds. */
  "HPACK bomb": (_draw: Draw, size: number, first: number) => {
    const entry = indexedLiteral("a", "b".repeat(4000));
    return times(Math.ceil(size / 1000), (i) =>
      frame(
        FRAME.HEADERS,
        FLAG.END_HEADERS | FLAG.END_STREAM,
        first + 2 * i,
        Buffer.concat([entry, Buffer.alloc(12_000, 0xbe)]),
      ),
    );
  },
  "HPACK entries in and out": (_draw: Draw, size: number, first: number) => {
    const block = Buffer.concat(times(400, (i) => indexedLiteral(`n${i}`, "v")));
    return times(Math.ceil(size / 1000), (i) =>
      frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, first + 2 * i, block),
    );
  },
  "windows opened too far": (draw: Draw, _size: number, _first: number) => {
    const streamId = draw.pick([0, 1, 3]);
    return [windowUpdate(streamId, MAX_WINDOW_SIZE), windowUpdate(streamId, MAX_WINDOW_SIZE)];
  },
  "INITIAL_WINDOW_SIZE too large for open streams": (draw: Draw, _size: number, _first: number) => [
    windowUpdate(draw.pick([1, 3]), MAX_WINDOW_SIZE - 70_000),
    settings([[SETTING.INITIAL_WINDOW_SIZE, MAX_WINDOW_SIZE]]),
  ],
  /** CVE-2019-9511 and -9517: answers asked for, and never room to send them. */
  "windows that stay shut": (_draw: Draw, size: number, first: number) => [
    settings([[SETTING.INITIAL_WINDOW_SIZE, 0]]),
    ...times(size, (i) => [
      frame(FRAME.HEADERS, FLAG.END_HEADERS, first + 2 * i, REQUEST),
      frame(FRAME.DATA, FLAG.END_STREAM, first + 2 * i, Buffer.alloc(5)),
    ]).flat(),
  ],
  "more DATA than the window": (_draw: Draw, size: number, first: number) => [
    frame(FRAME.HEADERS, FLAG.END_HEADERS, first, REQUEST),
    ...times(Math.min(size, 80), () => frame(FRAME.DATA, 0, first, Buffer.alloc(16_384))),
  ],
  "messages that are announced and never come": (_draw: Draw, size: number, first: number) =>
    times(size, (i) => [
      frame(FRAME.HEADERS, FLAG.END_HEADERS, first + 2 * i, REQUEST),
      frame(FRAME.DATA, 0, first + 2 * i, Buffer.from([0, 0, 0x3f, 0xff, 0xff, 1, 2, 3])),
    ]).flat(),
  PUSH_PROMISE: (_draw: Draw, _size: number, _first: number) => [
    frame(FRAME.PUSH_PROMISE, FLAG.END_HEADERS, 1, uint32(2)),
  ],
} satisfies Record<string, (draw: Draw, size: number, first: number) => RawFrame[]>;

/** One of them, on streams that the conversation uses or on others. */
export function attack(draw: Draw): RawFrame[] {
  const name = draw.pick(Object.keys(ATTACKS) as AttackName[]);
  // Few of them large enough for every bound: those take as long as fifty others.
  const size = draw.pick([10, 10, 10, 130, 130, 130, 130, 130, 130, 2500]);
  return ATTACKS[name](draw, size, draw.pick([1, 1001]));
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function frame(type: number, flags: number, streamId: number, payload: Buffer): RawFrame {
  return { type, flags, streamId, payload };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

/** Without the table, so that it means the same wherever it stands. */
const REQUEST = encode({ literalOnly: true }, [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/fuzz.Fuzz/Large"],
  [":authority", "peer.test"],
  ["te", "trailers"],
  ["content-type", "application/grpc"],
]);

function literalField(name: string, value: string): Buffer {
  return encode({ literalOnly: true }, [[name, value]]);
}

function indexedLiteral(name: string, value: string): Buffer {
  const field = literalField(name, value);
  // 0x00 is a literal that stays out of the table, 0x40 one that enters it (RFC 7541 §6.2).
  field[0] = 0x40;
  return field;
}

function encode({ literalOnly }: { literalOnly: boolean }, fields: readonly HeaderField[]): Buffer {
  const into = Buffer.alloc(encodedBytesAtMost(fields));
  const end = new HpackEncoder({ maxTableSize: 4096, literalOnly }).encode(fields, into, 0);
  return into.subarray(0, end);
}
