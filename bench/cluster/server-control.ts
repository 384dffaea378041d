/**
 * The driver's end of a control connection to a server: asks for readings, which come in the order of the questions.
 */
import type { Socket } from "node:net";
import { Fault } from "../../loadgen/fault.js";
import { dialControl, readMessages, sendMessage } from "./control-socket.js";
import {
  CONTROL_PORT,
  type EndOrder,
  type PodAddress,
  type ServerQuestion,
  type ServerReading,
} from "./pod-protocol.js";

const ENDS_WITHIN_MS = 1_000;

interface Waiting {
  readonly resolve: (reading: ServerReading) => void;
  readonly reject: (why: Fault) => void;
}

export class ServerControl {
  readonly #address: PodAddress;
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #gone: Fault | null = null;

  private constructor(address: PodAddress, socket: Socket) {
    this.#address = address;
    this.#socket = socket;
    readMessages(socket, (message) => this.#waiting.shift()?.resolve(message as ServerReading));
    socket.once("close", () => {
      this.#gone = new Fault({
        fact: `the payments server in pod ${this.#address.pod} hung up`,
        so: "the trial is void",
      });
      for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#gone);
    });
  }

  /** @throws Fault that names the pod */
  static async dial(address: PodAddress, token: string, withinMs: number): Promise<ServerControl> {
    return new ServerControl(address, await dialControl(address, CONTROL_PORT, token, withinMs));
  }

  /** @throws Fault when the server is gone */
  read(): Promise<ServerReading> {
    return new Promise((resolve, reject) => {
      if (this.#gone !== null) return reject(this.#gone);
      this.#waiting.push({ resolve, reject });
      sendMessage(this.#socket, { kind: "read" } satisfies ServerQuestion);
    });
  }

  /** How far its node's clock is ahead of ours, ms; good to half the time of an answer. @throws Fault when it is gone */
  async clockSkewMs(): Promise<number> {
    const asked = Date.now();
    const { wallMs } = await this.read();
    return wallMs - (asked + Date.now()) / 2;
  }

  /** Called once, when the server hangs up. */
  onGone(hear: (why: Fault) => void): () => void {
    const listener = (): void => {
      if (this.#gone !== null) hear(this.#gone);
    };
    this.#socket.once("close", listener);
    return () => this.#socket.removeListener("close", listener);
  }

  /** Resolves when it has hung up, or a moment later. */
  endRun(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#gone !== null) return resolve();
      this.#socket.once("close", () => resolve());
      setTimeout(resolve, ENDS_WITHIN_MS).unref();
      sendMessage(this.#socket, { kind: "end" } satisfies EndOrder);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
