/**
 * The simplest peer that a gRPC server takes for a client: sends the same few requests over and over and counts how many
 * answers end. It exists for the server's rehearsal, inside the server's own process, and shares no code with our HTTP/2:
 * what it ran through would otherwise be compiled for two kinds of connections and be slower for the one that is measured.
 *
 * It reads nothing but frame headers, and must never meet a peer other than our own server.
 */
import { connect, type Socket } from "node:net";

export interface CannedRequest {
  readonly path: string;
  /** The protobuf message. */
  readonly message: Buffer;
}

/**
 * Makes `calls` calls over one connection, taking the requests in turn, `atOnce` of them at a time.
 * @returns how many streams the server ended; fewer than `calls` when it hung up
 */
export async function callServer(
  port: number,
  requests: readonly CannedRequest[],
  { calls, atOnce }: { readonly calls: number; readonly atOnce: number },
): Promise<number> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const encode = requestEncoder(requests);
  let made = 0;
  let ended = 0;
  const send = (): void => {
    const batch: Buffer[] = [];
    for (let i = 0; i < atOnce && made < calls; i++) batch.push(encode(made++));
    socket.write(Buffer.concat(batch));
  };
  return new Promise((resolve, reject) => {
    socket.once("connect", () => {
      socket.write(Buffer.concat([PREFACE, ROOMY_SETTINGS, ROOMY_CONNECTION]));
      send();
    });
    onEndOfStream(socket, () => {
      ended++;
      if (ended === calls) socket.destroy();
      else if (ended === made) send();
    });
    socket.once("error", reject);
    socket.once("close", () => resolve(ended));
  });
}

/** RFC 9113: preface, types and flags that are looked at. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const HEADER = 9;
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const END_HEADERS = 4;
/** SETTINGS_INITIAL_WINDOW_SIZE and the connection's own window: room for every answer of a rehearsal. */
const ROOMY_SETTINGS = frame(SETTINGS, 0, 0, Buffer.from([0, 4, 0x3f, 0xff, 0xff, 0xff]));
const ROOMY_CONNECTION = frame(WINDOW_UPDATE, 0, 0, Buffer.from([0x3f, 0xff, 0, 0]));

function onEndOfStream(socket: Socket, ended: () => void): void {
  let rest = Buffer.alloc(0);
  socket.on("data", (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (rest.length >= HEADER) {
      const length = HEADER + rest.readUIntBE(0, 3);
      if (rest.length < length) break;
      const [type, flags] = [rest.readUInt8(3), rest.readUInt8(4)];
      rest = rest.subarray(length);
      if ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0) ended();
    }
  });
}

/** Indices of HPACK's static table (RFC 7541, appendix A); the dynamic table begins at 62. */
const METHOD_POST = 0x80 | 3;
const SCHEME_HTTP = 0x80 | 6;
const PATH = 4;
const AUTHORITY = 1;
const CONTENT_TYPE = 31;
const FIRST_DYNAMIC = 62;

/** Header blocks as real clients send them: each field goes into the dynamic table once and is an index from then on. */
function requestEncoder(requests: readonly CannedRequest[]): (call: number) => Buffer {
  const table: string[] = []; // newest first
  const field = (name: number | string, value: string): Buffer => {
    const known = table.indexOf(`${name}: ${value}`);
    if (known >= 0) return Buffer.from([0x80 | (FIRST_DYNAMIC + known)]);
    table.unshift(`${name}: ${value}`);
    const start =
      typeof name === "number" ? Buffer.from([0x40 | name]) : Buffer.concat([Buffer.from([0x40]), text(name)]);
    return Buffer.concat([start, text(value)]);
  };
  return (call) => {
    const { path, message } = requests[call % requests.length] as CannedRequest;
    const stream = 2 * call + 1;
    const block = Buffer.concat([
      Buffer.from([METHOD_POST, SCHEME_HTTP]),
      field(PATH, path),
      field(AUTHORITY, "rehearsal"),
      field("te", "trailers"),
      field(CONTENT_TYPE, "application/grpc"),
    ]);
    const prefix = Buffer.alloc(5); // not compressed, then the length
    prefix.writeUInt32BE(message.length, 1);
    return Buffer.concat([
      frame(HEADERS, END_HEADERS, stream, block),
      frame(DATA, END_STREAM, stream, Buffer.concat([prefix, message])),
    ]);
  };
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}
