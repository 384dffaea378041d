/**
 * The server that all peers of the bench call: the lean payments server as a process of its own, on one port without and
 * one with TLS, and what the kernel counts about it.
 */
import { readFile } from "node:fs/promises";
import { Fault } from "../../loadgen/fault.js";
import { QUIET_HEAP_FLAGS } from "../../loadgen/quiet-heap.js";
import { DEFAULT_SERVICE, type FromServer, type ServerOrder } from "../../loadgen/server-protocol.js";
import { programPath } from "../../proto/package-root.js";
import { issueCertificate, makeAuthority } from "../certificates.js";
import { startProcess, type Command, type LineProcess } from "../lab/processes.js";

const SERVER_NAME = "localhost";

export class BenchServer implements AsyncDisposable {
  private constructor(
    private readonly child: LineProcess,
    /** `127.0.0.1:port` */
    readonly plain: string,
    readonly secured: string,
    /** PEM of the authority that signed the server's certificate. */
    readonly ca: string,
  ) {}

  /** @param pinned words before the command, such as `taskset --cpu-list 0` */
  static async start(pinned: readonly string[]): Promise<BenchServer> {
    const authority = makeAuthority("tollgate bench");
    const { certPem, keyPem } = issueCertificate({ authority, cn: SERVER_NAME, sans: [SERVER_NAME, "127.0.0.1"] });
    const listen = { host: "127.0.0.1", port: 0 };
    const order: ServerOrder = {
      transport: "lean",
      listens: [
        { ...listen, tls: null },
        { ...listen, tls: { cert: certPem, key: keyPem, ca: null } },
      ],
      health: null,
      service: DEFAULT_SERVICE,
    };
    let hear: (message: FromServer) => void = () => undefined;
    const heard = new Promise<FromServer>((resolve) => (hear = resolve));
    const words = [...pinned, process.execPath, ...QUIET_HEAP_FLAGS, programPath("loadgen/server-main")];
    const child = await startProcess({
      name: "server",
      command: words as unknown as Command,
      onMessage: (message) => {
        if ((message as FromServer).kind !== "rehearsed") hear(message as FromServer);
      },
    });
    child.send({ kind: "rehearse" });
    child.send({ kind: "serve", order });
    const answer = await heard;
    if (answer.kind !== "listening")
      throw new Fault({ fact: "the server does not listen", seen: JSON.stringify(answer) });
    return new BenchServer(child, answer.addresses[0]!, answer.addresses[1]!, authority.certPem);
  }

  /** How often it has read from a socket or pipe: with one connection, as often as its client wrote. */
  async reads(): Promise<number> {
    const text = await readFile(`/proc/${this.child.pid}/io`, "utf8");
    return Number(/^syscr: (\d+)$/m.exec(text)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.closeInput();
    await this.child.ended;
  }
}
