/**
 * A server connection whose client is played, and which serves one method: for tests.
 */
import { ListenerTally } from "../listener-tally.js";
import { okAnswer, type Outcome, type UnaryCall, type UnaryService } from "../unary-service.js";
import { ns, type Nanoseconds } from "../units.js";
import type { HeaderField } from "./hpack-encoder.js";
import { describeFrame, framed, MemorySink, PlayedPeer, type PlayedFrame } from "./played-peer.test-helper.js";
import { ServerConnection } from "./server-connection.js";

export const REQUEST: HeaderField[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/a.B/Echo"],
  [":authority", "payments.test"],
  ["te", "trailers"],
  ["content-type", "application/grpc"],
];
export const MESSAGE = Buffer.from("a request");

/** The request with other or further fields, pseudo-headers first. */
export function changed(...changes: HeaderField[]): HeaderField[] {
  const names = changes.map(([name]) => name);
  return [...REQUEST.filter(([name]) => !names.includes(name)), ...changes].sort(
    ([a], [b]) => Number(b.startsWith(":")) - Number(a.startsWith(":")),
  );
}

export type Handle = (message: string, call: UnaryCall) => Outcome | null;

/** A server connection whose client is played. */
export class ServerScene {
  readonly sink = new MemorySink();
  readonly client = new PlayedPeer();
  readonly requests: string[] = [];
  readonly downs: string[] = [];
  readonly tally: ListenerTally;
  readonly connection: ServerConnection;
  at: Nanoseconds = ns(1_000_000);

  constructor(setup: { handle?: Handle; settings?: readonly (readonly [id: number, value: number])[] } = {}) {
    const handle = setup.handle ?? ((message) => okAnswer(Buffer.from(`echo ${message}`)));
    const service: UnaryService = {
      methods: new Map([
        [
          "/a.B/Echo",
          {
            name: "Echo",
            handle: (request, start, end, call) => {
              const message = request.toString("latin1", start, end);
              this.requests.push(message);
              return handle(message, call);
            },
          },
        ],
      ]),
    };
    this.tally = new ListenerTally(service);
    this.connection = new ServerConnection({
      sink: this.sink,
      clock: () => this.at,
      service,
      tally: this.tally,
      onDown: (reason) => this.downs.push(reason),
    });
    this.connection.open();
    this.receive(this.client.preface(setup.settings));
    this.sink.take();
  }

  receive(...parts: Buffer[]): void {
    this.connection.receive(Buffer.concat(parts));
  }

  request(streamId: number, message = MESSAGE, fields = REQUEST): Buffer {
    return Buffer.concat([this.client.headers(streamId, fields), this.client.data(streamId, framed(message), true)]);
  }

  sent(): PlayedFrame[] {
    return this.client.read(this.sink.take());
  }

  described(): string[] {
    return this.sent().map(describeFrame);
  }

  /** The header lists that were sent since the last look, as `name: value` lines. */
  fieldsSent(): string[][] {
    return this.sent()
      .filter(({ type }) => type === "HEADERS")
      .map(({ payload }) => this.client.fields(payload).map(([name, value]) => `${name}: ${value}`));
  }
}
