/**
 * HTTP/2 error codes (RFC 9113 §7) and the one exception the codecs throw. Whoever owns the connection catches it,
 * answers GOAWAY with its code and closes; anything else that is thrown out of a codec is a bug of ours.
 *
 * Errors of one stream are not exceptions: they are frequent under attack and must not unwind the frame loop. Functions
 * that can find one return its code.
 */
export const H2_ERROR = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const;

const NAMES = Object.keys(H2_ERROR);

/** The name of a code for people; codes outside the list as a number (RFC 9113 §7: no special behaviour). */
export function http2ErrorName(code: number): string {
  return NAMES[code] ?? `error ${code}`;
}

/** Ends the connection with GOAWAY (RFC 9113 §5.4.1). */
export class Http2ConnectionError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = "Http2ConnectionError";
  }
}
