/**
 * Plays a script to a real ServerConnection and watches what it does.
 */
import { ListenerTally } from "../../listener-tally.js";
import { ns, type Nanoseconds } from "../../units.js";
import { MAX_BACKLOG_BYTES } from "../output-buffer.js";
import { ServerConnection } from "../server-connection.js";
import { FuzzService } from "./fuzz-service.js";
import { Referee } from "./referee.js";
import type { ByteScript, PeerBytes, Step } from "./script.js";

export interface ServerOutcome {
  /** The first thing that must not be; null when there is none. */
  readonly problem: string | null;
  readonly referee: Referee;
  /** Codes of GOAWAY that are errors. */
  readonly errors: readonly number[];
  /** Whether so much was answered that answers, or even requests, had to wait for the socket: then cutting matters. */
  readonly backlogged: boolean;
  readonly drained: boolean;
}

/** @throws whatever the connection throws */
export async function playServer(script: ByteScript): Promise<ServerOutcome> {
  const play = new ServerPlay();
  for (const step of script) await play.do(step);
  return play.finish();
}

export class ServerPlay {
  readonly referee = new Referee("server");
  private readonly service = new FuzzService();
  private readonly connection: ServerConnection;
  private downs = 0;
  private timeNs = 1e9;
  private waiting: Buffer[] = [];
  private drained = false;

  /** `onTaken`: where its bytes go, from the first on. */
  constructor(onTaken: ((bytes: Buffer) => void) | null = null) {
    this.referee.onTaken = onTaken;
    this.connection = new ServerConnection({
      sink: this.referee,
      clock: (): Nanoseconds => ns(this.timeNs),
      service: this.service,
      tally: new ListenerTally(this.service),
      onDown: () => this.downs++,
    });
    this.connection.open();
  }

  async do(step: Step<PeerBytes>): Promise<void> {
    switch (step.kind) {
      case "bytes":
        this.waiting.push(step.bytes);
        break;
      case "stall":
        this.referee.stall();
        break;
      case "unstall":
        this.referee.unstall();
        break;
      case "drain":
        this.drained = true;
        this.connection.drain();
        break;
      case "time":
        this.timeNs += step.ms * 1e6;
        this.service.answerDeferred();
        // Late answers are written in a microtask.
        await Promise.resolve();
        break;
      case "start":
      case "close":
        throw new Error(`a server cannot ${step.kind}`);
    }
    this.read();
  }

  async finish(): Promise<ServerOutcome> {
    const before = this.referee.bytesWritten;
    this.connection.lost("the end of the script");
    this.service.answerDeferred();
    this.connection.drained();
    this.connection.receive(Buffer.alloc(9));
    await Promise.resolve();
    const { referee, drained } = this;
    const backlogged = referee.bytesWritten > MAX_BACKLOG_BYTES;
    const errors = referee.goaways.filter((code) => code !== 0);
    return { problem: this.problem(before), referee, errors, backlogged, drained };
  }

  /** As lean-server.ts does: nothing is read from a peer that does not read. */
  private read(): void {
    this.drain();
    while (this.waiting.length > 0 && !this.connection.isBacklogged) {
      const bytes = this.waiting.shift()!;
      this.referee.sawInput(bytes);
      this.connection.receive(bytes);
      this.drain();
    }
  }

  private drain(): void {
    while (this.referee.takeDrain()) this.connection.drained();
  }

  private problem(bytesBefore: number): string | null {
    if (this.referee.problem !== null) return this.referee.problem;
    if (this.referee.bytesWritten !== bytesBefore) return "bytes were written after the socket was lost";
    if (this.downs !== 1) return `onDown was called ${this.downs} times`;
    return null;
  }
}

/** What a peer can tell from outside, without the frames whose number depends on how its bytes were cut. */
export function serverDigest({ referee, errors, drained }: ServerOutcome): string {
  const streams = [...referee.streams].sort(([a], [b]) => a - b);
  const lines = streams.map(([id, { said, dataBytes, ended, reset }]) =>
    JSON.stringify([id, said, dataBytes, ended, reset]),
  );
  // A drained server closes when all it has read is handled: a fault behind that is seen or not.
  return [...lines, drained ? "drained" : `errors ${errors.join()}`].join("\n");
}
