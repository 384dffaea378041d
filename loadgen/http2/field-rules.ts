/**
 * Which header fields RFC 9113 §8.2 lets stand in any message, request or answer. A message that breaks a rule is
 * malformed: an error of its stream, of type PROTOCOL_ERROR (§8.1.1).
 */

/** What is wrong with a field that is not a pseudo-header; null when it may stand. `te` is the request's business. */
export function fieldProblem(name: string, value: string): string | null {
  if (!LAWFUL_NAME.test(name)) return `the field name ${JSON.stringify(name)}`;
  if (CONNECTION_SPECIFIC.has(name)) return `the connection-specific field ${name}`;
  return isLawfulValue(value) ? null : `the value of ${name}`;
}

/** A value without control characters and without space at its ends (RFC 9113 §8.2.1). */
export function isLawfulValue(value: string): boolean {
  return !FORBIDDEN_IN_VALUE.test(value);
}

/** The number of `content-length`; null when it is none. */
export function parseContentLength(value: string): number | null {
  return /^[0-9]{1,15}$/.test(value) ? Number(value) : null;
}

/** A token (RFC 9110 §5.6.2) without upper-case letters. */
const LAWFUL_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;
const CONNECTION_SPECIFIC = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"]);
