/**
 * What the frames of one connection tell whoever keeps its streams (client-calls.ts, server-calls.ts). Payloads are
 * valid during the call only. An error of the whole connection is thrown as Http2ConnectionError.
 */
export interface StreamEvents {
  /** A whole header block. It must be decoded whatever becomes of the stream; a `streamError` ends the stream. */
  onHeaders(streamId: number, endStream: boolean, streamError: number, block: Buffer, start: number, end: number): void;
  /** DATA without its padding; `flowBytes` with it. The connection's window is booked already. */
  onData(streamId: number, endStream: boolean, payload: Buffer, start: number, end: number, flowBytes: number): void;
  onReset(streamId: number, code: number): void;
  /** A frame that is wrong for this stream alone. */
  onStreamError(streamId: number, code: number): void;
  /** The peer opened this stream's window by 1 to 2^31 − 1. */
  onStreamWindow(streamId: number, increment: number): void;
  /** The windows of all open streams change, by a negative number perhaps (RFC 9113 §6.9.2). */
  onInitialWindow(change: number): void;
  /** More may be sent than before: the connection's window opened, or the socket has drained. */
  onRoom(): void;
}
