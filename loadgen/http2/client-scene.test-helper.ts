/**
 * A client connection whose peer is played, with everything that its listener was told: for tests.
 */
import { statusName } from "../grpc/status.js";
import type { CallListener, PreparedCall } from "../transport.js";
import { ns, type Nanoseconds } from "../units.js";
import { ClientConnection } from "./client-connection.js";
import type { HeaderField } from "./hpack-encoder.js";
import { describeFrame, framed, MemorySink, PlayedPeer, type PlayedFrame } from "./played-peer.test-helper.js";

export const HEAD: HeaderField[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];
export const TRAILERS: HeaderField[] = [["grpc-status", "0"]];
export const MESSAGE = Buffer.from("an answer");

export function call(changes: Partial<PreparedCall> = {}): PreparedCall {
  return { path: "/a.B/C", message: Buffer.from("request"), timeoutNs: null, metadata: [], ...changes };
}

/** For tests that look at the wire alone. */
export const DEAF: CallListener = { onSent() {}, onEnded() {}, onCapacity() {}, onClosed() {} };

export interface Setup {
  /** The peer's first settings. */
  readonly settings?: readonly (readonly [id: number, value: number])[];
  readonly onMessage?: (tag: number, message: Buffer) => void;
  /** Runs within onEnded. */
  readonly onEnded?: (tag: number, connection: ClientConnection) => void;
}

/** A connection whose peer is played, with everything its listener was told. */
export class ClientScene {
  readonly sink = new MemorySink();
  readonly peer = new PlayedPeer();
  readonly told: string[] = [];
  readonly details: string[] = [];
  readonly ready: (string | null)[] = [];
  readonly connection: ClientConnection;
  at: Nanoseconds = ns(1_000_000);

  constructor(setup: Setup = {}) {
    this.connection = new ClientConnection({
      sink: this.sink,
      clock: () => this.at,
      scheme: "http",
      authority: "payments.test",
      literalHeaders: false,
      onReady: (problem) => this.ready.push(problem),
      listener: {
        onSent: (tag, at) => this.told.push(`sent ${tag} at ${at}`),
        onEnded: (tag, status, at, bytes) => {
          this.told.push(`ended ${tag} ${statusName(status)} at ${at} with ${bytes} bytes`);
          setup.onEnded?.(tag, this.connection);
        },
        onCapacity: () => this.told.push("capacity"),
        onClosed: (reason) => this.told.push(`closed: ${reason}`),
        onFailure: (_tag, _status, detail) => this.details.push(detail),
        ...(setup.onMessage === undefined ? {} : { onMessage: setup.onMessage }),
      },
    });
    this.connection.open();
    this.receive(this.peer.settings(setup.settings));
    this.sink.take();
  }

  receive(...parts: Buffer[]): void {
    const bytes = Buffer.concat(parts);
    this.connection.receive(bytes, bytes.length);
  }

  /** Frames sent since the last look. */
  sent(): PlayedFrame[] {
    return this.peer.read(this.sink.take());
  }

  described(): string[] {
    return this.sent().map(describeFrame);
  }

  takeTold(): string[] {
    return this.told.splice(0);
  }

  start(tag: number, changes: Partial<PreparedCall> = {}): void {
    this.connection.start(call(changes), tag);
    this.connection.flush();
  }

  /** A whole answer. */
  answer(streamId: number, message = MESSAGE): Buffer {
    return Buffer.concat([
      this.peer.headers(streamId, HEAD),
      this.peer.data(streamId, framed(message)),
      this.peer.headers(streamId, TRAILERS, true),
    ]);
  }
}
