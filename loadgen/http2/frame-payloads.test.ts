import { describe, expect, test } from "vitest";
import {
  checkHeadersPriority,
  checkPing,
  checkPriority,
  contentEnd,
  contentStart,
  parseGoaway,
  parseRstStream,
  parseSettings,
  parseWindowUpdate,
  requireConnectionFrame,
  requireStreamFrame,
} from "./frame-payloads.js";
import { FLAG, SETTING } from "./frames.js";
import { H2_ERROR } from "./http2-error.js";

function connectionError(code: number): Error {
  return expect.objectContaining({ name: "Http2ConnectionError", code }) as Error;
}
const sizeError = connectionError(H2_ERROR.FRAME_SIZE_ERROR);
const protocolError = connectionError(H2_ERROR.PROTOCOL_ERROR);

/** Calls with the bytes in the middle of a larger buffer, as the reader does. */
function within<T>(hex: string, use: (payload: Buffer, start: number, end: number) => T): T {
  const bytes = Buffer.from(hex, "hex");
  return use(Buffer.concat([Buffer.alloc(4, 0xff), bytes, Buffer.alloc(4, 0xff)]), 4, 4 + bytes.length);
}

describe("padding", () => {
  const content = (flags: number, hex: string) =>
    within(hex, (payload, start, end) =>
      payload.toString("hex", contentStart(flags, start), contentEnd(flags, payload, start, end)),
    );

  test("is left out", () => {
    expect(content(FLAG.PADDED, "02abcd0000")).toBe("abcd");
    expect(content(FLAG.PADDED, "00abcd")).toBe("abcd");
    expect(content(FLAG.PADDED, "00")).toBe("");
    expect(content(FLAG.PADDED, "020000")).toBe("");
  });

  test("is looked for only where the flag says so", () => {
    expect(content(FLAG.END_STREAM, "02abcd0000")).toBe("02abcd0000");
    expect(content(0, "")).toBe("");
  });

  test("as long as the payload or longer is a protocol error", () => {
    expect(() => content(FLAG.PADDED, "01")).toThrow(protocolError);
    expect(() => content(FLAG.PADDED, "03abcd")).toThrow(protocolError);
    expect(() => content(FLAG.PADDED, "ffabcd")).toThrow(protocolError);
  });

  test("without its length is a frame size error", () => {
    expect(() => content(FLAG.PADDED, "")).toThrow(sizeError);
  });
});

describe("priorities", () => {
  const priority = (hex: string, streamId = 3) =>
    within(hex, (payload, start, end) => checkPriority(streamId, payload, start, end));
  const inHeaders = (hex: string) => within(hex, (payload, start, end) => checkHeadersPriority(3, payload, start, end));

  test("of another stream mean nothing", () => {
    expect(priority("0000000110")).toBe(H2_ERROR.NO_ERROR);
    expect(priority("8000000110")).toBe(H2_ERROR.NO_ERROR);
    expect(inHeaders("000000011082")).toBe(H2_ERROR.NO_ERROR);
  });

  test("of a stream that depends on itself are an error of the stream, exclusive or not", () => {
    expect(priority("0000000310")).toBe(H2_ERROR.PROTOCOL_ERROR);
    expect(priority("8000000310")).toBe(H2_ERROR.PROTOCOL_ERROR);
    expect(inHeaders("000000031082")).toBe(H2_ERROR.PROTOCOL_ERROR);
  });

  test("of another length are an error of the stream, in HEADERS of the connection", () => {
    expect(priority("00000001")).toBe(H2_ERROR.FRAME_SIZE_ERROR);
    expect(priority("000000011000")).toBe(H2_ERROR.FRAME_SIZE_ERROR);
    expect(() => inHeaders("00000001")).toThrow(sizeError);
  });

  test("of stream 0 are a protocol error", () => {
    expect(() => priority("0000000110", 0)).toThrow(protocolError);
  });
});

describe("SETTINGS", () => {
  interface Circumstances {
    readonly sender?: "client" | "server";
    readonly flags?: number;
    readonly streamId?: number;
  }

  function settings(hex: string, { sender = "client", flags = 0, streamId = 0 }: Circumstances = {}): number[][] {
    const seen: number[][] = [];
    within(hex, (payload, start, end) =>
      parseSettings(sender, flags, streamId, payload, start, end, (id, value) => seen.push([id, value])),
    );
    return seen;
  }

  test("are handed over in order, repeated ones too, unknown ones not", () => {
    expect(settings("000300000064 000400000000 00ff00000001 0003ffffffff".replaceAll(" ", ""))).toEqual([
      [SETTING.MAX_CONCURRENT_STREAMS, 100],
      [SETTING.INITIAL_WINDOW_SIZE, 0],
      [SETTING.MAX_CONCURRENT_STREAMS, 0xffff_ffff],
    ]);
  });

  test("that cannot be are refused with the code RFC 9113 §6.5.2 names", () => {
    expect(() => settings("000200000002")).toThrow(protocolError);
    expect(() => settings("000480000000")).toThrow(connectionError(H2_ERROR.FLOW_CONTROL_ERROR));
    expect(() => settings("000500003fff")).toThrow(protocolError);
    expect(() => settings("000501000000")).toThrow(protocolError);
  });

  test("at the edge of what can be are taken", () => {
    expect(settings("0002000000010004" + "7fffffff" + "000500004000" + "000500ffffff")).toHaveLength(4);
  });

  test("of a server may not enable push", () => {
    expect(() => settings("000200000001", { sender: "server" })).toThrow(protocolError);
    expect(settings("000200000000", { sender: "server" })).toEqual([[SETTING.ENABLE_PUSH, 0]]);
  });

  test("of a wrong length are a frame size error", () => {
    expect(() => settings("0003000000")).toThrow(sizeError);
    expect(() => settings("000300000064", { flags: FLAG.ACK })).toThrow(sizeError);
    expect(settings("", { flags: FLAG.ACK })).toEqual([]);
  });

  test("of one stream are a protocol error", () => {
    expect(() => settings("", { streamId: 1 })).toThrow(protocolError);
  });
});

describe("the short frames", () => {
  const rstStream = (hex: string, streamId = 1) =>
    within(hex, (payload, start, end) => parseRstStream(streamId, payload, start, end));
  const goaway = (hex: string, streamId = 0) =>
    within(hex, (payload, start, end) => parseGoaway(streamId, payload, start, end));
  const windowUpdate = (hex: string, streamId = 0) =>
    within(hex, (payload, start, end) => parseWindowUpdate(streamId, payload, start, end));

  test("RST_STREAM carries any code of 32 bits", () => {
    expect(rstStream("00000008")).toBe(H2_ERROR.CANCEL);
    expect(rstStream("ffffffff")).toBe(0xffff_ffff);
    expect(() => rstStream("000008")).toThrow(sizeError);
    expect(() => rstStream("00000008", 0)).toThrow(protocolError);
  });

  test("GOAWAY carries the last stream, a code and text cut to 255 bytes", () => {
    expect(goaway("800000050000000b776879")).toEqual({ lastStreamId: 5, code: 11, debug: "why" });
    expect(goaway("0000000000000000" + "61".repeat(1000)).debug).toBe("a".repeat(255));
    expect(() => goaway("00000000000000")).toThrow(sizeError);
    expect(() => goaway("0000000000000000", 1)).toThrow(protocolError);
  });

  test("WINDOW_UPDATE carries an increment; 0 is an error of the stream or of the connection", () => {
    expect(windowUpdate("ffffffff")).toBe(0x7fff_ffff);
    expect(windowUpdate("00000000", 1)).toBe(0);
    expect(() => windowUpdate("00000000")).toThrow(protocolError);
    expect(() => windowUpdate("80000000")).toThrow(protocolError);
    expect(() => windowUpdate("000001")).toThrow(sizeError);
  });

  test("PING has eight bytes and no stream", () => {
    expect(() => checkPing(0, 0, 8)).not.toThrow();
    expect(() => checkPing(0, 0, 7)).toThrow(sizeError);
    expect(() => checkPing(1, 0, 8)).toThrow(protocolError);
  });

  test("frames of streams and of the connection must not be taken for each other", () => {
    expect(() => requireStreamFrame("DATA", 0)).toThrow(protocolError);
    expect(() => requireStreamFrame("DATA", 1)).not.toThrow();
    expect(() => requireConnectionFrame("PING", 1)).toThrow(protocolError);
  });
});
