/**
 * What the peer of the endpoint under test has allowed it: windows, frame sizes, header tables.
 *
 * Summed up from all that the peer sent, without asking whether the endpoint has accepted it: an upper bound, so that
 * nobody is judged wrongly in a mutated conversation.
 */
import {
  DEFAULT_MAX_FRAME_SIZE,
  DEFAULT_WINDOW_SIZE,
  FLAG,
  FRAME,
  FrameReader,
  LARGEST_MAX_FRAME_SIZE,
  PREFACE,
  readUint31,
  readUint32,
  SETTING,
} from "../frames.js";

export class PeerAllowance {
  /** The largest payload of a frame. */
  frameBytes = DEFAULT_MAX_FRAME_SIZE;
  /** DATA on all streams together. */
  onConnection = DEFAULT_WINDOW_SIZE;
  private initially = DEFAULT_WINDOW_SIZE;
  private readonly opened = new Map<number, number>();
  /** HEADER_TABLE_SIZE of each SETTINGS that is not acknowledged yet. */
  private readonly tableSizes: number[][] = [];
  private prefaceLeft: number;
  private readonly reader = new FrameReader(LARGEST_MAX_FRAME_SIZE, (type, flags, streamId, payload, start, end) =>
    this.read(type, flags, streamId, payload.subarray(start, end)),
  );

  constructor(peerIsClient: boolean) {
    this.prefaceLeft = peerIsClient ? PREFACE.length : 0;
  }

  /** Bytes that the peer sent. */
  add(bytes: Buffer): void {
    const skipped = Math.min(this.prefaceLeft, bytes.length);
    this.prefaceLeft -= skipped;
    this.reader.push(bytes.subarray(skipped));
  }

  /** DATA on this stream. */
  onStream(streamId: number): number {
    return this.initially + (this.opened.get(streamId) ?? 0);
  }

  /** The table sizes of the oldest SETTINGS that was not acknowledged; undefined when all were. */
  acknowledged(): readonly number[] | undefined {
    return this.tableSizes.shift();
  }

  private read(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (type === FRAME.WINDOW_UPDATE && payload.length === 4) {
      const increment = readUint31(payload, 0);
      if (streamId === 0) this.onConnection += increment;
      else this.opened.set(streamId, (this.opened.get(streamId) ?? 0) + increment);
    } else if (type === FRAME.SETTINGS && (flags & FLAG.ACK) === 0) this.readSettings(payload);
  }

  private readSettings(payload: Buffer): void {
    const tableSizes: number[] = [];
    this.tableSizes.push(tableSizes);
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      const id = payload.readUInt16BE(at);
      const value = readUint32(payload, at + 2);
      if (id === SETTING.HEADER_TABLE_SIZE) tableSizes.push(value);
      if (id === SETTING.INITIAL_WINDOW_SIZE) this.initially = Math.max(this.initially, value);
      if (id === SETTING.MAX_FRAME_SIZE) this.frameBytes = Math.max(this.frameBytes, value);
    }
  }
}
