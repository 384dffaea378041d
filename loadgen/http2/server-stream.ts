/**
 * One call of the server: what has come of its request, and what is still to be sent of its answer. Objects are pooled;
 * `begin` makes one new. Decides nothing about frames: server-calls.ts does.
 */
import { MessageFraming } from "../grpc/message-framing.js";
import type { BodySender } from "./body-queue.js";
import { ReceiveWindow } from "./flow-control.js";
import type { RequestHead } from "./request-head.js";
import type { Pooled } from "./stream-table.js";

/** Requests of every usual size fit without an update. */
export const STREAM_WINDOW = 1024 * 1024;
/** gRPC's usual limit for a message received. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

export class ServerStream implements Pooled, BodySender {
  id = 0;
  head: RequestHead | null = null;
  /** Whether the request has ended. */
  requestEnded = false;
  /** DATA without padding. */
  dataBytes = 0;
  readonly receiveWindow = new ReceiveWindow(STREAM_WINDOW);
  readonly framing = new MessageFraming(MAX_REQUEST_BYTES);

  sendWindow = 0;
  body: Buffer | null = null;
  bodySent = 0;

  begin(head: RequestHead, sendWindow: number): void {
    this.head = head;
    this.requestEnded = false;
    this.dataBytes = 0;
    this.receiveWindow.reset();
    this.framing.reset();
    this.sendWindow = sendWindow;
    this.body = null;
  }
}
