/** The supervisor's end of the pipe to the caller on whom the program in the kernel is shown (kernel-client-main.ts). */
import { Fault } from "../../../loadgen/fault.js";
import { programPath } from "../../../proto/package-root.js";
import type { CallEnd } from "../../../results/kernel-demonstration.js";
import { CLIENT_NAMESPACE, inNamespace } from "../network.js";
import { cpuList } from "../placement.js";
import { howItEnded, startProcess, type LineProcess } from "../processes.js";
import type { ClientOrder, ThreeAtOnce } from "./kernel-client-main.js";

export class KernelClient {
  readonly #process: LineProcess;
  readonly #waiting: ((answer: unknown) => void)[];

  private constructor(process: LineProcess, waiting: ((answer: unknown) => void)[]) {
    this.#process = process;
    this.#waiting = waiting;
  }

  static async start(cpus: readonly number[]): Promise<KernelClient> {
    const waiting: ((answer: unknown) => void)[] = [];
    const child = await startProcess({
      name: "kernel client",
      command: inNamespace(CLIENT_NAMESPACE, [
        ...["taskset", "--cpu-list", cpuList(cpus)],
        ...[process.execPath, programPath("bench/lab/kernel-demo/kernel-client-main")],
      ]),
      onMessage: (message) => waiting.shift()?.(message),
    });
    return new KernelClient(child, waiting);
  }

  threeAtOnce(order: Omit<Extract<ClientOrder, { kind: "three-at-once" }>, "kind">): Promise<ThreeAtOnce> {
    return this.#ask<ThreeAtOnce>({ kind: "three-at-once", ...order });
  }

  connect(order: Omit<Extract<ClientOrder, { kind: "connect" }>, "kind">): Promise<CallEnd> {
    return this.#ask<CallEnd>({ kind: "connect", ...order });
  }

  call(path: string): Promise<CallEnd> {
    return this.#ask<CallEnd>({ kind: "call", path });
  }

  async end(): Promise<void> {
    this.#process.closeInput();
    await this.#process.ended;
  }

  async #ask<T>(order: ClientOrder): Promise<T> {
    const answer = new Promise<unknown>((resolve) => this.#waiting.push(resolve));
    this.#process.send(order);
    const heard = await Promise.race([answer, this.#process.ended.then(() => null)]);
    if (heard !== null) return heard as T;
    const { end } = this.#process;
    throw new Fault({
      fact: "the caller that shows the program in the kernel died",
      ...(end === null ? {} : { seen: `it ${howItEnded(end)}` }),
    });
  }
}
