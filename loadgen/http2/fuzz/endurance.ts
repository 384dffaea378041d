/**
 * How much an endpoint keeps of an attack of many megabytes, while it goes on and the connection lives. Nothing is
 * judged here but memory; whether the peer reads our answers meanwhile (`stalled`) makes the difference.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ListenerTally } from "../../listener-tally.js";
import type { CallListener } from "../../transport.js";
import { ns } from "../../units.js";
import { ClientConnection } from "../client-connection.js";
import { PREFACE } from "../frames.js";
import type { ByteSink } from "../output-buffer.js";
import { ServerConnection } from "../server-connection.js";
import { ATTACKS, type AttackName } from "./attacks.js";
import { settings } from "./connection-frames.js";
import { Draw } from "./draw.js";
import { FuzzService } from "./fuzz-service.js";
import { preparedCall } from "./server-script.js";
import { frameBytes } from "./raw-frame.js";

const FRAMES = 10_000;
const CHUNK_BYTES = 64 * 1024;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of heap and buffers that a server holds after this attack. */
export function retainedByServer(name: AttackName, stalled: boolean): number {
  const bytes = Buffer.concat([PREFACE, frameBytes(settings([])), ...attackBytes(name, 1)]);
  const sink = new PlainSink(stalled);
  const service = new FuzzService();
  const tally = new ListenerTally(service);
  const before = memory();
  const connection = new ServerConnection({ sink, clock: () => ns(1e9), service, tally, onDown: () => undefined });
  connection.open();
  for (let at = 0; at < bytes.length && !connection.isBacklogged; at += CHUNK_BYTES) {
    connection.receive(bytes.subarray(at, at + CHUNK_BYTES));
  }
  const retained = memory() - before;
  connection.lost("measured");
  return retained;
}

/** Bytes of heap and buffers that a client with calls in flight holds after this attack. */
export function retainedByClient(name: AttackName, stalled: boolean): number {
  const bytes = Buffer.concat([frameBytes(settings([])), ...attackBytes(name, 1)]);
  const draw = new Draw(1);
  const calls = Array.from({ length: 100 }, () => preparedCall(draw, true));
  const before = memory();
  const connection = new ClientConnection({
    sink: new PlainSink(stalled),
    listener: SILENT,
    clock: () => ns(1e9),
    scheme: "http",
    authority: "peer.test",
    literalHeaders: false,
    onReady: () => calls.forEach((call, tag) => connection.start(call, tag)),
  });
  connection.open();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    connection.receive(chunk, chunk.length);
  }
  const retained = memory() - before;
  connection.lost("measured");
  return retained;
}

function attackBytes(name: AttackName, firstStream: number): Buffer[] {
  return ATTACKS[name](new Draw(1), FRAMES, firstStream).map(frameBytes);
}

function memory(): number {
  // Once for the objects, once for the buffers they held.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Takes everything, or nothing and keeps it, as a socket does. */
class PlainSink implements ByteSink {
  writableLength = 0;
  private readonly held: Buffer[] = [];

  constructor(private readonly stalled: boolean) {}

  write(bytes: Buffer): void {
    if (!this.stalled) return;
    this.held.push(bytes);
    this.writableLength += bytes.length;
  }

  destroySoon(): void {
    // What was written still goes out.
  }

  destroy(): void {
    this.held.length = 0;
  }
}

const SILENT: CallListener = {
  onSent: () => undefined,
  onEnded: () => undefined,
  onCapacity: () => undefined,
  onClosed: () => undefined,
};
