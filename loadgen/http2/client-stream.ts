/**
 * One call of the client: what is known of its answer, and of the request that is still to be sent. Objects are pooled;
 * `begin` makes one new. Decides nothing about frames: client-connection.ts does.
 */
import { MessageFraming } from "../grpc/message-framing.js";
import type { DeadlineQueue, Timed } from "./deadlines.js";
import type { BodySender } from "./body-queue.js";
import { ReceiveWindow } from "./flow-control.js";
import type { Pooled } from "./stream-table.js";
import type { Nanoseconds } from "../units.js";

/** What part of the answer comes next. */
export const AWAITS = { head: 0, body: 1 } as const;

/** Answers are not held, so the window need not hold the peer back: it is as large as makes updates rare. */
export const STREAM_WINDOW = 16 * 1024 * 1024;
/** Answers above this are given up: far more than any report, far less than the process's memory. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export class ClientStream implements Pooled, BodySender, Timed<ClientStream> {
  id = 0;
  tag = 0;
  timeoutNs: Nanoseconds | null = null;
  /** Whether the last byte of the request was put out, and END_STREAM with it. */
  requestPut = false;
  /** Whether `onSent` was told. */
  sent = false;

  awaits: (typeof AWAITS)[keyof typeof AWAITS] = AWAITS.head;
  httpStatus = 0;
  isGrpc = false;
  encoding = "identity";
  /** −1 when the answer did not say. */
  contentLength = -1;
  /** DATA without padding. */
  dataBytes = 0;
  readonly receiveWindow = new ReceiveWindow(STREAM_WINDOW);
  readonly framing = new MessageFraming(MAX_MESSAGE_BYTES);

  sendWindow = 0;
  body: Buffer | null = null;
  bodySent = 0;

  deadline = 0;
  queue: DeadlineQueue<ClientStream> | null = null;
  earlier: ClientStream | null = null;
  later: ClientStream | null = null;

  begin(tag: number, timeoutNs: Nanoseconds | null, sendWindow: number): void {
    this.tag = tag;
    this.timeoutNs = timeoutNs;
    this.requestPut = false;
    this.sent = false;
    this.awaits = AWAITS.head;
    this.contentLength = -1;
    this.dataBytes = 0;
    this.receiveWindow.reset();
    this.framing.reset();
    this.sendWindow = sendWindow;
    this.body = null;
  }
}
