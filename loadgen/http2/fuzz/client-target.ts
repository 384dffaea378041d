/**
 * Plays a script to a real ClientConnection, watches what it writes, and keeps the books of its calls.
 */
import type { CallListener, PreparedCall } from "../../transport.js";
import { ns, type Nanoseconds } from "../../units.js";
import { ClientConnection } from "../client-connection.js";
import { Referee } from "./referee.js";
import type { ByteScript, PeerBytes, Step } from "./script.js";

export interface ClientOutcome {
  /** The first thing that must not be; null when there is none. */
  readonly problem: string | null;
  readonly referee: Referee;
  /** By call in the order of their start; null for those that did not end by the script. */
  readonly statuses: readonly (number | null)[];
}

/**
 * What becomes of calls for which there is no free stream: they are dropped, started when the step at hand is over, or
 * started from within the callback that tells of room, as a load loop does.
 */
export type Patience = "none" | "steps" | "callbacks";

/** @throws whatever the connection throws */
export function playClient(script: ByteScript, patience: Patience): ClientOutcome {
  const play = new ClientPlay(patience);
  for (const step of script) play.do(step);
  return play.finish();
}

/** One call as its owner sees it. */
export interface Books {
  readonly call: PreparedCall;
  sent: number;
  ends: number[];
}

export class ClientPlay implements CallListener {
  readonly referee = new Referee("client");
  readonly onMessage?: (tag: number, message: Buffer) => void;
  private readonly connection: ClientConnection;
  private readonly books: Books[] = [];
  private readonly problems: string[] = [];
  private queue: PreparedCall[] = [];
  private ready: string | null | undefined = undefined;
  private closes = 0;
  private closedByUs = false;
  private timeNs = 1e9;

  /** `onMessage`: who reads the answers; `onTaken`: where its bytes go. */
  constructor(
    private readonly patience: Patience,
    onMessage: ((tag: number, message: Buffer) => void) | null = null,
    onTaken: ((bytes: Buffer) => void) | null = null,
  ) {
    this.referee.onTaken = onTaken;
    if (onMessage !== null) this.onMessage = onMessage;
    this.connection = new ClientConnection({
      sink: this.referee,
      listener: this,
      clock: (): Nanoseconds => ns(this.timeNs),
      scheme: "http",
      authority: "peer.test",
      literalHeaders: false,
      onReady: (problem) => {
        if (this.ready !== undefined) this.problems.push("onReady was called twice");
        this.ready = problem;
      },
    });
    this.connection.open();
  }

  /** Those that were started, in order. */
  get calls(): readonly Books[] {
    return this.books;
  }

  do(step: Step<PeerBytes>): void {
    switch (step.kind) {
      case "bytes":
        this.referee.sawInput(step.bytes);
        this.connection.receive(step.bytes, step.bytes.length);
        break;
      case "start":
        this.queue.push(...step.calls);
        break;
      case "stall":
        this.referee.stall();
        break;
      case "unstall":
        this.referee.unstall();
        break;
      case "time":
        this.timeNs += step.ms * 1e6;
        this.connection.expire(ns(this.timeNs));
        break;
      case "close":
        this.closedByUs = this.closes === 0;
        this.connection.close();
        break;
      case "drain":
        throw new Error("a client cannot drain");
    }
    while (this.referee.takeDrain()) this.connection.drained();
    if (this.queue.length === 0) return;
    this.startQueued();
    this.connection.flush();
  }

  finish(): ClientOutcome {
    // All deadlines are over: no call that has one may be left, whatever the peer does.
    this.queue = [];
    this.timeNs += 60e9;
    this.connection.expire(ns(this.timeNs));
    const late = this.books.findIndex(({ call, ends }) => call.timeoutNs !== null && ends.length === 0);
    if (late >= 0) this.problems.push(`call ${late} has outlived its deadline`);
    const statuses = this.books.map(({ ends }) => ends[0] ?? null);
    this.connection.lost("the end of the script");
    const ended = this.books.map(({ ends }) => ends.length);
    this.connection.receive(Buffer.alloc(9), 9);
    this.connection.drained();
    this.connection.flush();
    this.connection.expire(ns(this.timeNs + 60e9));
    this.connection.close();
    this.judge(ended);
    return { problem: this.problems[0] ?? this.referee.problem, referee: this.referee, statuses };
  }

  onSent(tag: number): void {
    const call = this.books[tag];
    if (call === undefined) return void this.problems.push(`onSent of the unknown call ${tag}`);
    if (call.ends.length > 0) this.problems.push(`call ${tag} was sent after its end`);
    if (++call.sent > 1) this.problems.push(`call ${tag} was sent twice`);
  }

  onEnded(tag: number, status: number): void {
    const call = this.books[tag];
    if (call === undefined) return void this.problems.push(`onEnded of the unknown call ${tag}`);
    call.ends.push(status);
    if (call.ends.length > 1) this.problems.push(`call ${tag} ended twice`);
    if (status === 0 && call.sent === 0) this.problems.push(`call ${tag} is OK and was never sent`);
    if (!Number.isInteger(status) || status < 0 || status > 16) this.problems.push(`call ${tag} ended with ${status}`);
    if (this.patience === "callbacks") this.startQueued();
  }

  onCapacity(): void {
    if (this.patience === "callbacks") this.startQueued();
  }

  onClosed(): void {
    this.closes++;
    const open = this.books.findIndex(({ ends }) => ends.length === 0);
    if (open >= 0) this.problems.push(`call ${open} is open while the connection is gone`);
  }

  private startQueued(): void {
    while (this.queue.length > 0 && this.connection.freeStreams > 0) {
      const call = this.queue.shift()!;
      this.books.push({ call, sent: 0, ends: [] });
      this.connection.start(call, this.books.length - 1);
    }
    if (this.patience === "none") this.queue = [];
  }

  private judge(endsBefore: readonly number[]): void {
    this.books.forEach(({ ends }, tag) => {
      if (ends.length !== 1) this.problems.push(`call ${tag} ended ${ends.length} times`);
      if (ends.length !== endsBefore[tag]) this.problems.push(`call ${tag} ended after the connection was gone`);
    });
    if (this.ready === undefined) this.problems.push("onReady was never called");
    const closesDue = this.ready === null && !this.closedByUs ? 1 : 0;
    if (this.closes !== closesDue) this.problems.push(`onClosed was called ${this.closes} times, not ${closesDue}`);
  }
}
