/**
 * What stands in the payloads of frames, and the checks RFC 9113 §6 asks of each: pure functions over
 * `payload[start … end)`, as FrameReader delivers it. Header blocks and messages are other files' work.
 *
 * Whatever is wrong for the whole connection is thrown; what is wrong for one stream only is returned as a code,
 * because the frame loop goes on after it.
 */
import {
  FLAG,
  MAX_WINDOW_SIZE,
  DEFAULT_MAX_FRAME_SIZE,
  LARGEST_MAX_FRAME_SIZE,
  SETTING,
  readUint31,
  readUint32,
} from "./frames.js";
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";

/** Frames of the connection as a whole: SETTINGS, PING, GOAWAY. */
export function requireConnectionFrame(name: string, streamId: number): void {
  if (streamId !== 0) throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `${name} on stream ${streamId}`);
}

/** Frames of one stream: DATA, HEADERS, PRIORITY, RST_STREAM, PUSH_PROMISE, CONTINUATION. */
export function requireStreamFrame(name: string, streamId: number): void {
  if (streamId === 0) throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `${name} on stream 0`);
}

/** Where the content of a DATA or HEADERS payload begins: behind the length of its padding, if there is one. */
export function contentStart(flags: number, start: number): number {
  return (flags & FLAG.PADDED) === 0 ? start : start + 1;
}

/**
 * Where the content of a DATA or HEADERS payload ends: before its padding (RFC 9113 §6.1).
 * @throws Http2ConnectionError PROTOCOL_ERROR when the padding is as long as the payload or longer
 */
export function contentEnd(flags: number, payload: Buffer, start: number, end: number): number {
  if ((flags & FLAG.PADDED) === 0) return end;
  if (start === end) throw frameSize("a padded frame", 0, "at least 1");
  const content = end - payload[start]!;
  if (content <= start) throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, "more padding than payload");
  return content;
}

/** Bytes of the priority fields that stand before a header block whose frame has FLAG.PRIORITY. */
export const PRIORITY_BYTES = 5;

/**
 * Checks the priority fields of HEADERS, from `start` (see contentStart); their meaning is ignored (RFC 9113 §5.3.2).
 * @returns the error of the stream, or NO_ERROR: its header block must be decoded either way
 * @throws Http2ConnectionError FRAME_SIZE_ERROR when they are cut short
 */
export function checkHeadersPriority(streamId: number, payload: Buffer, start: number, end: number): number {
  if (end - start < PRIORITY_BYTES) throw frameSize("the priority of HEADERS", end - start, "5");
  return dependencyError(streamId, payload, start);
}

/** Checks a PRIORITY frame, which means nothing any more. @returns the error of the stream, or NO_ERROR */
export function checkPriority(streamId: number, payload: Buffer, start: number, end: number): number {
  requireStreamFrame("PRIORITY", streamId);
  if (end - start !== PRIORITY_BYTES) return H2_ERROR.FRAME_SIZE_ERROR;
  return dependencyError(streamId, payload, start);
}

/** A stream that depends on itself (RFC 7540 §5.3.1). */
function dependencyError(streamId: number, payload: Buffer, start: number): number {
  return readUint31(payload, start) === streamId ? H2_ERROR.PROTOCOL_ERROR : H2_ERROR.NO_ERROR;
}

/** The code of RST_STREAM. */
export function parseRstStream(streamId: number, payload: Buffer, start: number, end: number): number {
  requireStreamFrame("RST_STREAM", streamId);
  if (end - start !== 4) throw frameSize("RST_STREAM", end - start, "4");
  return readUint32(payload, start);
}

/**
 * Hands over each setting whose value is lawful (RFC 9113 §6.5.2), in order; unknown ones are left out.
 * An acknowledgement has none. `sender` is who sent the frame: a server may not enable push.
 */
export function parseSettings(
  sender: "client" | "server",
  flags: number,
  streamId: number,
  payload: Buffer,
  start: number,
  end: number,
  onSetting: (id: number, value: number) => void,
): void {
  requireConnectionFrame("SETTINGS", streamId);
  if ((flags & FLAG.ACK) !== 0) {
    if (start !== end) throw frameSize("the acknowledgement of SETTINGS", end - start, "0");
    return;
  }
  if ((end - start) % 6 !== 0) throw frameSize("SETTINGS", end - start, "a multiple of 6");
  for (let at = start; at < end; at += 6) {
    const id = (payload[at]! << 8) | payload[at + 1]!;
    const value = readUint32(payload, at + 2);
    checkSetting(sender, id, value);
    if (id >= SETTING.HEADER_TABLE_SIZE && id <= SETTING.MAX_HEADER_LIST_SIZE) onSetting(id, value);
  }
}

function checkSetting(sender: "client" | "server", id: number, value: number): void {
  if (id === SETTING.ENABLE_PUSH && value > (sender === "server" ? 0 : 1)) {
    throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `ENABLE_PUSH ${value} from a ${sender}`);
  }
  if (id === SETTING.INITIAL_WINDOW_SIZE && value > MAX_WINDOW_SIZE) {
    throw new Http2ConnectionError(H2_ERROR.FLOW_CONTROL_ERROR, `INITIAL_WINDOW_SIZE ${value} above 2^31 - 1`);
  }
  if (id === SETTING.MAX_FRAME_SIZE && (value < DEFAULT_MAX_FRAME_SIZE || value > LARGEST_MAX_FRAME_SIZE)) {
    throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, `MAX_FRAME_SIZE ${value} outside 2^14 … 2^24 - 1`);
  }
}

/** Checks a PING: its eight opaque bytes lie at `start`. */
export function checkPing(streamId: number, start: number, end: number): void {
  requireConnectionFrame("PING", streamId);
  if (end - start !== 8) throw frameSize("PING", end - start, "8");
}

export interface Goaway {
  /** Streams above it were not and will not be processed. */
  readonly lastStreamId: number;
  readonly code: number;
  /** Text for people, cut to 255 bytes; not to be trusted. */
  readonly debug: string;
}

export function parseGoaway(streamId: number, payload: Buffer, start: number, end: number): Goaway {
  requireConnectionFrame("GOAWAY", streamId);
  if (end - start < 8) throw frameSize("GOAWAY", end - start, "at least 8");
  return {
    lastStreamId: readUint31(payload, start),
    code: readUint32(payload, start + 4),
    debug: payload.toString("latin1", start + 8, Math.min(end, start + 8 + 255)),
  };
}

/**
 * The increment of WINDOW_UPDATE, 1 to 2^31 − 1; 0 is PROTOCOL_ERROR of the stream named (RFC 9113 §6.9).
 * @throws Http2ConnectionError for a wrong length, and for an increment of 0 to the connection's window
 */
export function parseWindowUpdate(streamId: number, payload: Buffer, start: number, end: number): number {
  if (end - start !== 4) throw frameSize("WINDOW_UPDATE", end - start, "4");
  const increment = readUint31(payload, start);
  if (increment === 0 && streamId === 0) {
    throw new Http2ConnectionError(H2_ERROR.PROTOCOL_ERROR, "the connection's window opened by 0");
  }
  return increment;
}

function frameSize(what: string, bytes: number, lawful: string): Http2ConnectionError {
  return new Http2ConnectionError(H2_ERROR.FRAME_SIZE_ERROR, `${what} of ${bytes} bytes, not ${lawful}`);
}
