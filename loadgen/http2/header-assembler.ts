/**
 * Puts a header block together that came in several frames: HEADERS, then CONTINUATION up to END_HEADERS, with nothing
 * between them on the whole connection (RFC 9113 §6.2, §6.10). Blocks of one frame never come here.
 *
 * Both the bytes and the number of frames are bounded: a peer could go on for ever otherwise (CVE-2024-24549 and its
 * kin, the "CONTINUATION flood").
 */
import { H2_ERROR, Http2ConnectionError } from "./http2-error.js";

const MAX_BLOCK_BYTES = 128 * 1024;
const MAX_CONTINUATIONS = 64;

export class HeaderAssembler {
  /** The stream whose block is unfinished; 0 when none is. */
  streamId = 0;
  endStream = false;
  /** An error of the stream found before its block was whole: it must be decoded all the same. */
  streamError: number = H2_ERROR.NO_ERROR;
  private parts: Buffer[] = [];
  private bytes = 0;

  begin(streamId: number, endStream: boolean, streamError: number, payload: Buffer, start: number, end: number): void {
    this.streamId = streamId;
    this.endStream = endStream;
    this.streamError = streamError;
    this.parts = [];
    this.bytes = 0;
    this.append(payload, start, end);
  }

  /** @throws Http2ConnectionError ENHANCE_YOUR_CALM when the block has no end in sight */
  append(payload: Buffer, start: number, end: number): void {
    this.bytes += end - start;
    if (this.bytes > MAX_BLOCK_BYTES || this.parts.length > MAX_CONTINUATIONS) {
      throw new Http2ConnectionError(H2_ERROR.ENHANCE_YOUR_CALM, "a header block without end");
    }
    this.parts.push(Buffer.from(payload.subarray(start, end)));
  }

  /** The whole block; the assembler is free again. */
  finish(): Buffer {
    const block = Buffer.concat(this.parts, this.bytes);
    this.streamId = 0;
    this.parts = [];
    return block;
  }
}
