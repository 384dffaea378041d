import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FLAG,
  FRAME,
  FrameReader,
  readUint31,
  readUint32,
  SETTING,
  writeFrameHeader,
  writeGoaway,
  writePing,
  writeRstStream,
  writeSettings,
  writeSettingsAck,
  writeWindowUpdate,
} from "./frames.js";
import { H2_ERROR } from "./http2-error.js";

interface Frame {
  type: number;
  flags: number;
  streamId: number;
  payload: Buffer;
}

/** A reader that copies what it delivers. */
function collector(maxFrameSize = 16_384): { frames: Frame[]; reader: FrameReader } {
  const frames: Frame[] = [];
  const reader = new FrameReader(maxFrameSize, (type, flags, streamId, payload, start, end) => {
    frames.push({ type, flags, streamId, payload: Buffer.from(payload.subarray(start, end)) });
  });
  return { frames, reader };
}

function bytesOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ type, flags, streamId, payload }) => {
      const header = Buffer.alloc(9);
      writeFrameHeader(header, 0, payload.length, type, flags, streamId);
      return [header, payload];
    }),
  );
}

const octet = fc.integer({ min: 0, max: 255 });
const frame: fc.Arbitrary<Frame> = fc.record({
  type: octet,
  flags: octet,
  streamId: fc.integer({ min: 0, max: 0x7fff_ffff }),
  payload: fc
    .oneof(
      { weight: 5, arbitrary: fc.uint8Array({ maxLength: 40 }) },
      fc.uint8Array({ minLength: 200, maxLength: 700 }),
    )
    .map((bytes) => Buffer.from(bytes)),
});

describe("the frame reader", () => {
  test("delivers the same frames wherever the stream is cut in two", () => {
    const bytes = bytesOf(fc.sample(frame, { numRuns: 25, seed: 1 }));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { frames: delivered, reader } = collector();
      reader.push(bytes.subarray(0, cut));
      reader.push(bytes.subarray(cut));
      expect(bytesOf(delivered).equals(bytes), `cut at ${cut}`).toBe(true);
      expect(reader.pendingBytes).toBe(0);
    }
  });

  test("delivers the same frames from single bytes", () => {
    const frames = fc.sample(frame, { numRuns: 30, seed: 2 });
    const { frames: delivered, reader } = collector();
    for (const byte of bytesOf(frames)) reader.push(Buffer.from([byte]));
    expect(delivered).toEqual(frames);
  });

  test("delivers the same frames from any pieces that lie in a buffer which is used again", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 50 })), (frames, sizes) => {
        const bytes = bytesOf(frames);
        const { frames: delivered, reader } = collector();
        const reused = Buffer.alloc(1024);
        for (let at = 0, piece = 0; at < bytes.length; piece++) {
          const size = Math.min(sizes[piece] ?? 1000, bytes.length - at);
          bytes.copy(reused, 0, at, at + size);
          reader.push(reused, size);
          reused.fill(0xff);
          at += size;
        }
        expect(delivered).toEqual(frames);
      }),
    );
  });

  test("parses a frame that came whole where it lies", () => {
    const chunk = bytesOf([{ type: FRAME.DATA, flags: 0, streamId: 1, payload: Buffer.from("abc") }]);
    let seen: Buffer | null = null;
    new FrameReader(16_384, (_type, _flags, _streamId, payload) => (seen = payload)).push(chunk);
    expect(seen).toBe(chunk);
  });

  test.each([1, 8, 9, 12])(
    "refuses a frame above the size announced as soon as its header is there (cut at %i)",
    (cut) => {
      const header = Buffer.alloc(12);
      writeFrameHeader(header, 0, 101, FRAME.DATA, 0, 1);
      const { frames, reader } = collector(100);
      expect(() => {
        reader.push(header.subarray(0, cut));
        reader.push(header.subarray(cut));
      }).toThrow(expect.objectContaining({ name: "Http2ConnectionError", code: H2_ERROR.FRAME_SIZE_ERROR }) as Error);
      expect(frames).toEqual([]);
    },
  );

  test("takes a frame of exactly the size announced", () => {
    const frames = [{ type: FRAME.DATA, flags: 0, streamId: 1, payload: Buffer.alloc(100, 1) }];
    const { frames: delivered, reader } = collector(100);
    reader.push(bytesOf(frames));
    expect(delivered).toEqual(frames);
  });

  test("ignores the reserved bit of the stream", () => {
    const bytes = bytesOf([{ type: FRAME.PING, flags: 0, streamId: 5, payload: Buffer.alloc(8) }]);
    bytes[5] = 0x80;
    const { frames, reader } = collector();
    reader.push(bytes);
    expect(frames[0]?.streamId).toBe(5);
  });

  test.each([0, 5, 20])("delivers nothing more once it was stopped (cut at %i)", (cut) => {
    const one = { type: FRAME.PING, flags: 0, streamId: 0, payload: Buffer.alloc(8) };
    const bytes = bytesOf([one, one, one]);
    let delivered = 0;
    const reader = new FrameReader(16_384, () => {
      delivered++;
      reader.stop();
    });
    reader.push(bytes.subarray(0, cut));
    reader.push(bytes.subarray(cut));
    reader.push(bytes);
    expect(delivered).toBe(1);
    expect(reader.pendingBytes).toBe(0);
  });

  test("keeps no more than was sent of a frame that never ends", () => {
    const header = Buffer.alloc(9);
    writeFrameHeader(header, 0, 16_000, FRAME.DATA, 0, 1);
    const { reader } = collector();
    reader.push(header);
    expect(reader.pendingBytes).toBe(9);
    expect((reader as unknown as { held: Buffer }).held.length).toBeLessThan(1000);
  });
});

describe("written frames", () => {
  function written(write: (into: Buffer, at: number) => number): Frame {
    const into = Buffer.alloc(600, 0xff);
    const end = write(into, 7);
    const { frames, reader } = collector();
    reader.push(into.subarray(7, end));
    expect(reader.pendingBytes).toBe(0);
    expect(frames).toHaveLength(1);
    return frames[0]!;
  }
  const hex = ({ type, flags, streamId, payload }: Frame) => [type, flags, streamId, payload.toString("hex")];

  test("are those of RFC 9113 §6", () => {
    const settings = [
      [SETTING.MAX_CONCURRENT_STREAMS, 100],
      [SETTING.INITIAL_WINDOW_SIZE, 0x7fff_ffff],
    ] as const;
    expect(hex(written((into, at) => writeSettings(into, at, settings)))).toEqual([
      FRAME.SETTINGS,
      0,
      0,
      "00030000006400047fffffff",
    ]);
    expect(hex(written(writeSettingsAck))).toEqual([FRAME.SETTINGS, FLAG.ACK, 0, ""]);
    const opaque = Buffer.from("0123456789");
    expect(hex(written((into, at) => writePing(into, at, false, opaque, 1)))).toEqual([6, 0, 0, "3132333435363738"]);
    expect(hex(written((into, at) => writePing(into, at, true, opaque)))).toEqual([6, 1, 0, "3031323334353637"]);
    expect(hex(written((into, at) => writeGoaway(into, at, 7, 11, "why")))).toEqual([
      7,
      0,
      0,
      "000000070000000b776879",
    ]);
    expect(hex(written((into, at) => writeRstStream(into, at, 3, 0xdead_beef)))).toEqual([3, 0, 3, "deadbeef"]);
    expect(hex(written((into, at) => writeWindowUpdate(into, at, 0, 1)))).toEqual([8, 0, 0, "00000001"]);
  });

  test("carry every length, type, set of flags and stream in their headers", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xff_ffff }),
        octet,
        octet,
        fc.integer({ min: 0, max: 0x7fff_ffff }),
        (...header) => {
          const into = Buffer.alloc(9);
          expect(writeFrameHeader(into, 0, ...header)).toBe(9);
          expect([into.readUIntBE(0, 3), into[3], into[4], into.readUInt32BE(5)]).toEqual(header);
        },
      ),
    );
  });

  test("carry no more than 255 bytes of debug text", () => {
    expect(written((into, at) => writeGoaway(into, at, 0, 0, "x".repeat(1000))).payload.length).toBe(8 + 255);
  });

  test("numbers are read as they are written, the 31-bit ones without the reserved bit", () => {
    const bytes = Buffer.from("ffffffff80000001", "hex");
    expect([readUint32(bytes, 0), readUint31(bytes, 0), readUint32(bytes, 4), readUint31(bytes, 4)]).toEqual([
      0xffff_ffff, 0x7fff_ffff, 0x8000_0001, 1,
    ]);
  });
});
