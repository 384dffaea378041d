/**
 * Which command line holds the driver. One at a time: its stream may break and be opened again, and what was asked over it
 * is answered all the same, once, over the stream that is open then. Another command line is let in when the one before it
 * has been silent for a while: a broken stream and a command line that was killed look alike from here.
 */
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { RequestAnswerer, type Answer } from "../request-answerer.js";
import type { FromAnswerer } from "../request-link.js";
import { readMessages, sendMessage } from "./control-socket.js";
import { GIVEN_UP_AFTER_MS, type DriverCalls, type FromDriver, type HoldOrder, type ToDriver } from "./pod-protocol.js";

interface Holder {
  readonly name: string;
  readonly answerer: RequestAnswerer<DriverCalls>;
  /** Of requests that are being worked on. */
  readonly running: Set<number>;
  /** Requests come one after the other: an answer is wanted again until the next request. */
  lastAnswer: FromAnswerer | null;
  relay: Socket | null;
}

export class DriverHold {
  /** A driver that was started anew knows nothing of what was asked before. */
  readonly #driver = randomUUID();
  readonly #answer: Answer<DriverCalls>;
  readonly #nowMs: () => number;
  #holder: Holder | null = null;
  #heardAtMs: number;

  constructor(answer: Answer<DriverCalls>, nowMs: () => number) {
    this.#answer = answer;
    this.#nowMs = nowMs;
    this.#heardAtMs = nowMs();
  }

  /** Since the last word of a command line, or since the driver's start. */
  get quietMs(): number {
    return this.#nowMs() - this.#heardAtMs;
  }

  /** Answers one relay until it hangs up. */
  serve(socket: Socket): void {
    let holder: Holder | null = null;
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      if (holder?.relay === socket) holder.relay = null;
    });
    readMessages(socket, (message) => {
      if (holder === null) holder = this.#admit(socket, message as HoldOrder);
      else if (holder.relay === socket) this.#hear(holder, socket, message as ToDriver);
    });
  }

  /** Null: refused, since another command line holds the driver. */
  #admit(socket: Socket, { hold: name }: HoldOrder): Holder | null {
    const present = this.#holder;
    if (present !== null && present.name !== name && this.quietMs < GIVEN_UP_AFTER_MS) {
      say(socket, { refused: { quietMs: this.quietMs, isConnected: present.relay !== null } });
      socket.end();
      return null;
    }
    present?.relay?.destroy();
    const holder = present?.name === name ? present : this.#newHolder(name);
    holder.relay = socket;
    this.#holder = holder;
    this.#heardAtMs = this.#nowMs();
    say(socket, { held: this.#driver });
    return holder;
  }

  #newHolder(name: string): Holder {
    const running = new Set<number>();
    const tell = (message: FromAnswerer): void => {
      if (!("interval" in message)) {
        running.delete(message.id);
        holder.lastAnswer = message;
      }
      if (holder.relay !== null) say(holder.relay, message);
    };
    const answerer = new RequestAnswerer<DriverCalls>(tell, this.#answer, "the driver in the cluster");
    const holder: Holder = { name, answerer, running, lastAnswer: null, relay: null };
    return holder;
  }

  #hear(holder: Holder, socket: Socket, message: ToDriver): void {
    this.#heardAtMs = this.#nowMs();
    if ("ping" in message) return say(socket, { pong: message.ping });
    if ("id" in message) {
      if (holder.running.has(message.id)) return; // asked again: answered when it is done
      if (holder.lastAnswer?.id === message.id) return say(socket, holder.lastAnswer);
      holder.running.add(message.id);
    }
    void holder.answerer.handle(message);
  }
}

function say(socket: Socket, message: FromDriver): void {
  sendMessage(socket, message);
}
