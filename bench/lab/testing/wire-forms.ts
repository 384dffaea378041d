/**
 * Twenty-four ways of writing one call, each a list of chunks that go out as TCP segments of their own.
 */
import {
  dataFrame,
  FLAG,
  frame,
  FRAME,
  huffman,
  integer,
  octets,
  OTHER_FIELDS,
  pathOf,
  string,
  type Form,
} from "../kernel-demo/wire-bytes.js";

/** What must come of a form for an allowed method; refused methods must never be answered. */
export interface WireForm {
  readonly name: string;
  readonly chunks: (path: string) => readonly Buffer[];
  /** `refused`: the program cannot tell, and fails closed. */
  readonly allowedIs: "answered" | "refused";
}

const OTHER_METHOD = pathOf("GetPaymentStatus");

const headers = (stream: number, ...path: readonly Buffer[]): Buffer =>
  frame(FRAME.headers, FLAG.endHeaders, stream, ...path, OTHER_FIELDS);
const call = (path: readonly Buffer[], stream = 1): Buffer =>
  Buffer.concat([headers(stream, ...path), dataFrame(stream)]);
/** Name and value; `first` says which kind of literal, and names :path by its static index unless it is spelled out. */
const literal = (first: number, path: string, form: Form = "raw"): Buffer[] => [octets(first), string(path, form)];
const plain = (path: string): Buffer => call(literal(0x04, path));
const block = (path: string): Buffer => Buffer.concat([...literal(0x04, path), OTHER_FIELDS]);
const byName = (form: Form) => (path: string) => [call([octets(0), string(":path", form), string(path, form)])];
const LATEST = octets(0x80 | 62);
const cut = (bytes: Buffer, at: number): Buffer[] => [bytes.subarray(0, at), bytes.subarray(at)];

/** 59 insertions between the method's entry and its use. */
function farBack(path: string): Buffer[] {
  const filler = Array.from({ length: 59 }, (_, i) => {
    const stream = 2 * i + 3;
    const inserted = [octets(0x40), string(`x${i}`), string("v")];
    return Buffer.concat([headers(stream, ...literal(0x04, OTHER_METHOD), ...inserted), dataFrame(stream)]);
  });
  return [Buffer.concat([call(literal(0x44, path)), ...filler]), call([integer(62 + 59, 7, 0x80)], 201)];
}

function padded(flags: number, before: readonly number[], padding: number) {
  return (path: string): Buffer[] => [
    Buffer.concat([
      frame(FRAME.headers, FLAG.endHeaders | flags, 1, octets(...before), block(path), Buffer.alloc(padding)),
      dataFrame(1),
    ]),
  ];
}

function continued(path: string): Buffer[] {
  const [first, rest] = cut(block(path), 12) as [Buffer, Buffer];
  return [
    Buffer.concat([
      frame(FRAME.headers, 0, 1, first),
      frame(FRAME.continuation, FLAG.endHeaders, 1, rest),
      dataFrame(1),
    ]),
  ];
}

function continuedBehindPadding(path: string): Buffer[] {
  const whole = block(path);
  return [
    Buffer.concat([
      frame(FRAME.headers, FLAG.padded, 1, octets(5), whole.subarray(0, 12), Buffer.alloc(5)),
      frame(FRAME.continuation, 0, 1, whole.subarray(12, 20)),
      frame(FRAME.continuation, FLAG.endHeaders, 1, whole.subarray(20)),
      dataFrame(1),
    ]),
  ];
}

/** A table of no size keeps nothing; of 4,096 bytes again, it keeps the next. */
function tableSizes(path: string): Buffer[] {
  return [
    Buffer.concat([
      call([octets(0x20), ...literal(0x44, OTHER_METHOD)]),
      call([integer(4096, 5, 0x20), ...literal(0x44, path)], 3),
      call([LATEST], 5),
    ]),
  ];
}

/** Twenty bytes of Huffman's code may be 5 or 32 characters: in a table of 64 bytes, one fits and the other does not. */
function undecidable(path: string): Buffer[] {
  const inserted = [octets(0x40), string("a"), string("&".repeat(20), "huffman")];
  return [
    Buffer.concat([
      call([integer(64, 5, 0x20), ...literal(0x44, OTHER_METHOD), ...inserted]),
      call([integer(4096, 5, 0x20), ...literal(0x04, path)], 3),
    ]),
  ];
}

function overlong(path: string): Buffer[] {
  const bytes = huffman(path);
  return [call([octets(0, 5), Buffer.from(":path"), integer(bytes.length, 7, 0x80), bytes])];
}

const form = (name: string, chunks: WireForm["chunks"]): WireForm => ({ name, chunks, allowedIs: "answered" });
const closed = (name: string, chunks: WireForm["chunks"]): WireForm => ({ name, chunks, allowedIs: "refused" });

export const WIRE_FORMS: readonly WireForm[] = [
  form("raw literal, not indexed", (path) => [plain(path)]),
  form("Huffman literal, not indexed (nghttp2)", (path) => [call(literal(0x04, path, "huffman"))]),
  form("never indexed", (path) => [call(literal(0x14, path, "huffman"))]),
  form("raw, indexed, then one byte (grpc C-core)", (path) => [call(literal(0x44, path)), call([LATEST], 3)]),
  form("Huffman, indexed, then one byte (grpc-go)", (path) => [
    call(literal(0x44, path, "huffman")),
    call([LATEST], 3),
  ]),
  form("an index far back in the table", farBack),
  form("the name spelled out, raw", byName("raw")),
  form("the name spelled out, Huffman", byName("huffman")),
  form("the name by dynamic index", (path) => [
    call(literal(0x44, OTHER_METHOD)),
    call([integer(62, 4, 0), string(path)], 3),
  ]),
  form("PADDED", padded(FLAG.padded, [7], 7)),
  form("PRIORITY", padded(FLAG.priority, [0, 0, 0, 0, 15], 0)),
  form("PADDED and PRIORITY", padded(FLAG.padded | FLAG.priority, [3, 0, 0, 0, 0, 15], 3)),
  form("CONTINUATION, cut inside the path", continued),
  form("CONTINUATION behind padded HEADERS", continuedBehindPadding),
  form("two segments, cut inside the path", (path) => cut(plain(path), 20)),
  form("one byte per segment", (path) => [...plain(path).keys()].map((at) => plain(path).subarray(at, at + 1))),
  form("cut inside the frame head", (path) => cut(plain(path), 4)),
  form("a table of no size, an insertion that is not kept", (path) => [call([octets(0x20), ...literal(0x44, path)])]),
  form("a table of no size, then of 4,096 bytes", tableSizes),
  closed("an insertion whose size cannot be told", undecidable),
  closed("a header block above 1 KiB", (path) => [
    call([...literal(0x04, path), octets(0), string("x-trace"), string("y".repeat(1200))]),
  ]),
  form("a Huffman value behind a raw name", overlong),
  closed("a query string behind the path", (path) => [call(literal(0x04, `${path}?x`))]),
  form("two calls in one segment, the second is the one", (path) => [
    Buffer.concat([plain(OTHER_METHOD), call(literal(0x04, path), 3)]),
  ]),
];
