/**
 * The simplest peer that a gRPC client takes for a server: answers every request with the same bytes. It exists to be
 * rehearsed against, inside the worker itself, and shares no code with our HTTP/2: what it ran through would otherwise
 * be compiled for two kinds of connections and be slower for the one that is measured.
 *
 * It reads nothing but frame headers, and must never meet a peer other than our own client.
 */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface CannedPeer {
  readonly port: number;
  close(): void;
}

/** Rejects where there is no loopback interface that is up. */
export async function startCannedPeer(): Promise<CannedPeer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    serve(socket);
  });
  await listening(server);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
}

/** RFC 9113: frame header, types and flags that are looked at. */
const HEADER = 9;
const PREFACE = 24;
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;

function serve(socket: Socket): void {
  let rest = Buffer.alloc(0);
  let skip = PREFACE;
  // So that a client may send all it likes: a larger window for the connection than any rehearsal needs.
  socket.write(Buffer.concat([frame(SETTINGS, 0, 0, []), frame(WINDOW_UPDATE, 0, 0, [0x3f, 0xff, 0, 0])]));
  socket.on("data", (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const answers: Buffer[] = [];
    for (;;) {
      if (rest.length < skip + HEADER) break;
      const at = skip;
      const length = rest.readUIntBE(at, 3);
      if (rest.length < at + HEADER + length) break;
      const [type, flags, stream] = [rest.readUInt8(at + 3), rest.readUInt8(at + 4), rest.readUInt32BE(at + 5)];
      if (type === SETTINGS && (flags & ACK) === 0) answers.push(frame(SETTINGS, ACK, 0, []));
      if ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0) answers.push(answerOn(stream));
      rest = rest.subarray(at + HEADER + length);
      skip = 0;
    }
    if (answers.length > 0) socket.write(Buffer.concat(answers));
  });
}

const ANSWER = Buffer.concat([
  // :status 200 is entry 8 of HPACK's static table (RFC 7541, appendix A); the others are literals without indexing.
  frame(HEADERS, END_HEADERS, 0, [0x88, ...literal("content-type", "application/grpc")]),
  // An empty message: not compressed, length 0.
  frame(DATA, 0, 0, [0, 0, 0, 0, 0]),
  frame(HEADERS, END_HEADERS | END_STREAM, 0, literal("grpc-status", "0")),
]);

function answerOn(stream: number): Buffer {
  const answer = Buffer.from(ANSWER);
  for (let at = 0; at < answer.length; at += HEADER + answer.readUIntBE(at, 3)) answer.writeUInt32BE(stream, at + 5);
  return answer;
}

function frame(type: number, flags: number, stream: number, payload: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEADER + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, HEADER);
  return bytes;
}

function literal(name: string, value: string): number[] {
  return [0, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)];
}
