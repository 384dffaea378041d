/**
 * The command line's end of the one stream into the cluster: `kubectl exec` into the driver's pod, where the relay
 * carries JSON lines to the driver and back.
 */
import { Fault } from "../../loadgen/fault.js";
import { RequestLink, type CallOptions, type FromAnswerer } from "../request-link.js";
import type { CommandStream } from "../shell.js";
import type { Kubectl } from "./kubectl.js";
import { PROGRAM_PATH } from "./pod-manifest.js";
import type { DriverCalls } from "./pod-protocol.js";
import { CONTAINER } from "./run-names.js";

const END_WITHIN_MS = 1_000;

export class DriverLink {
  readonly #stream: CommandStream;
  readonly #requests: RequestLink<DriverCalls>;
  #isOpen = true;

  private constructor(stream: CommandStream, requests: RequestLink<DriverCalls>) {
    this.#stream = stream;
    this.#requests = requests;
    void stream.ended.then(({ exitCode, stderr }) => {
      this.#isOpen = false;
      requests.lose(streamEnded(exitCode, stderr));
    });
  }

  /** @throws KubectlFault when the pod cannot be entered */
  static async open(kubectl: Kubectl, pod: string): Promise<DriverLink> {
    let send = (_line: string): void => undefined;
    const requests = new RequestLink<DriverCalls>(
      (message) => send(JSON.stringify(message)),
      "the driver in the cluster",
    );
    const stream = await kubectl.execLines({ pod, container: CONTAINER }, ["node", PROGRAM_PATH, "relay"], (line) =>
      requests.hear(JSON.parse(line) as FromAnswerer),
    );
    send = (line) => stream.send(line);
    return new DriverLink(stream, requests);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @throws Fault as the driver tells it, or when the stream has ended */
  call<K extends keyof DriverCalls>(
    call: K,
    ask: DriverCalls[K]["ask"],
    options: CallOptions = {},
  ): Promise<DriverCalls[K]["answer"]> {
    return this.#requests.call(call, ask, options);
  }

  async close(): Promise<void> {
    this.#stream.closeInput();
    const force = setTimeout(() => this.#stream.kill(), END_WITHIN_MS);
    await this.#stream.ended;
    clearTimeout(force);
  }
}

function streamEnded(exitCode: number, stderr: string): Fault {
  return new Fault({
    fact: "the stream to the driver in the cluster ended",
    expected: "one kubectl exec that lives as long as the run",
    seen: stderr.trim() === "" ? `exit code ${exitCode}` : stderr.trim(),
    so: "whatever was being measured is void",
  });
}
