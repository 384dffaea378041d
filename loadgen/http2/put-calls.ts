/**
 * The calls that were put into the output and not yet handed to the socket: they are told "sent" together, with the
 * instant of the write. A stream may close and its object be reused in between, so identifiers are kept beside.
 */
import type { ClientStream } from "./client-stream.js";

export class PutCalls {
  private streams: ClientStream[] = [];
  private ids: number[] = [];
  private count = 0;
  private spare: { streams: ClientStream[]; ids: number[] } = { streams: [], ids: [] };

  get isEmpty(): boolean {
    return this.count === 0;
  }

  add(stream: ClientStream): void {
    this.streams[this.count] = stream;
    this.ids[this.count++] = stream.id;
  }

  /** Hands over those that are still open and forgets all. `take` may add others: they wait for the next time. */
  take(onOpen: (stream: ClientStream) => void): void {
    const { streams, ids, count } = this;
    this.streams = this.spare.streams;
    this.ids = this.spare.ids;
    this.count = 0;
    for (let i = 0; i < count; i++) if (streams[i]!.id === ids[i]) onOpen(streams[i]!);
    this.spare = { streams, ids };
  }
}
